using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Tasklane.Tasks;

namespace Tasklane.Security;

/// <summary>
/// The signed-in user as App Service authentication tells it: <c>X-MS-CLIENT-PRINCIPAL-ID</c>, and the claims as JSON in base64 in
/// <c>X-MS-CLIENT-PRINCIPAL</c>. The front door drops these headers from what clients send. Also reads the shape that Static Web
/// Apps gives the second header.
/// </summary>
internal sealed class Principal
{
    private const string IdHeader = "X-MS-CLIENT-PRINCIPAL-ID";
    private const string NameHeader = "X-MS-CLIENT-PRINCIPAL-NAME";
    private const string ClaimsHeader = "X-MS-CLIENT-PRINCIPAL";
    private const int MostKnown = 10_000;

    private static readonly string[] IdClaims =
    [
        "http://schemas.microsoft.com/identity/claims/objectidentifier", "oid",
        "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier", "sub",
    ];

    private static readonly string[] RoleClaims = ["roles", "role", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"];

    /// <summary>A user sends the same headers with every request of a session.</summary>
    private readonly ConcurrentDictionary<(string Id, string Name, string Claims), Caller> _known = new();

    /// <summary>Null when nobody is signed in, or the headers make no sense.</summary>
    public Caller? Find(IHeaderDictionary headers)
    {
        var id = headers[IdHeader].ToString();
        var claims = headers[ClaimsHeader].ToString();
        if (id.Length == 0 && claims.Length == 0)
            return null;
        var key = (id, headers[NameHeader].ToString(), claims);
        if (_known.TryGetValue(key, out var known))
            return known;
        if (Read(key.id, key.Item2, claims) is not { } caller)
            return null;
        // Started over rather than aged: that many sessions at once are rare, and reading one again is cheap.
        if (_known.Count >= MostKnown)
            _known.Clear();
        return _known[key] = caller;
    }

    private static Caller? Read(string id, string name, string claims)
    {
        if (claims.Length == 0)
            return new Caller(id, name.Length > 0 ? name : id);
        try
        {
            using var document = JsonDocument.Parse(Convert.FromBase64String(claims));
            var root = document.RootElement;
            var told = root.TryGetProperty("claims", out var list) ? OfAppService(root, list) : OfStaticWebApps(root);
            // The header is the one that push messages are addressed by, so it is the one that counts.
            var user = id.Length > 0 ? id : told.Id;
            return user is { Length: > 0 } ? new Caller(user, name.Length > 0 ? name : told.Name ?? user, told.Roles) : null;
        }
        catch (Exception unreadable) when (unreadable is FormatException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static (string? Id, string? Name, string[] Roles) OfAppService(JsonElement root, JsonElement list)
    {
        var nameType = Text(root, "name_typ");
        var roleType = Text(root, "role_typ");
        string? name = null;
        var ids = new string?[IdClaims.Length];
        var roles = new List<string>();
        foreach (var claim in list.EnumerateArray())
        {
            if (Text(claim, "typ") is not { } type || Text(claim, "val") is not { } value)
                continue;
            if (type == nameType)
                name ??= value;
            if (type == roleType || Array.IndexOf(RoleClaims, type) >= 0)
                roles.Add(value);
            if (Array.IndexOf(IdClaims, type) is >= 0 and var rank)
                ids[rank] ??= value;
        }
        return (ids.FirstOrDefault(one => one is not null), name, [.. roles]);
    }

    private static (string? Id, string? Name, string[] Roles) OfStaticWebApps(JsonElement root) => (
        Text(root, "userId"),
        Text(root, "userDetails"),
        root.TryGetProperty("userRoles", out var roles) ? [.. roles.EnumerateArray().Select(role => role.GetString() ?? "")] : []);

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
