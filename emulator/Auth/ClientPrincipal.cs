using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tasklane.Emulator.Auth;

/// <summary>The principal in the shape of App Service: what it puts, as base64 JSON, into X-MS-CLIENT-PRINCIPAL.</summary>
internal sealed record ClientPrincipal(
    [property: JsonPropertyName("auth_typ")] string AuthType,
    [property: JsonPropertyName("claims")] IReadOnlyList<ClientPrincipal.Claim> Claims,
    [property: JsonPropertyName("name_typ")] string NameType,
    [property: JsonPropertyName("role_typ")] string RoleType)
{
    private const string NameIdentifier = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier";
    private const string NameClaim = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name";
    private const string RoleClaim = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";

    /// <summary>Entra's app roles come as "roles", whatever role_typ says; apps must look for both, so here it is too.</summary>
    private const string EntraRole = "roles";

    public static ClientPrincipal Of(SessionUser user) => new(
        user.Provider,
        [
            new(NameIdentifier, user.Name),
            new(NameClaim, user.Name),
            .. user.Roles.Select(r => new Claim(EntraRole, r)),
        ],
        NameClaim,
        RoleClaim);

    public string Encode() => Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(this));

    internal sealed record Claim([property: JsonPropertyName("typ")] string Type, [property: JsonPropertyName("val")] string Value);
}
