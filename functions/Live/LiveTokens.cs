using System.Security.Claims;
using System.Text;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Tasklane.Live;

/// <summary>
/// Makes the hub's access tokens for users. The binding that could do so takes the user from a header, and where the header is
/// missing the host fails before the app can answer 401. So it only says where the hub is, and the user is put in here. That takes
/// the service's access key: with an identity-based connection (a serviceUri, no key) nobody can negotiate.
/// </summary>
public sealed class LiveTokens(IConfiguration configuration, TimeProvider time)
{
    private const string Setting = "AzureSignalRConnectionString";

    /// <summary>The claim that the service addresses a user's connections by.</summary>
    private const string UserIdClaim = "asrs.s.uid";

    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(1);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly string? _key = KeyOf(configuration[Setting]);

    /// <summary>A token like the binding's, for this user.</summary>
    public string Issue(SignalRConnectionInfo hub, string userId)
    {
        if (_key is null)
            throw new InvalidOperationException($"{Setting} has no AccessKey, and without it no user can be let in to the live hub.");
        var now = time.GetUtcNow().UtcDateTime;
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            // Not always the URL: behind a client endpoint of its own the service is still meant by its own name.
            Audience = new JsonWebToken(hub.AccessToken).Audiences.First(),
            Subject = new ClaimsIdentity([new Claim(UserIdClaim, userId)]),
            IssuedAt = now,
            NotBefore = now,
            Expires = now + _lifetime,
            SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(_key)), SecurityAlgorithms.HmacSha256),
        });
    }

    private static string? KeyOf(string? connectionString) => (connectionString ?? "").Split(';')
        // A key is Base64 and may end in equal signs: only the first one separates.
        .Select(part => part.Split('=', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(pair => pair is [var name, { Length: > 0 }] && name.Equals("AccessKey", StringComparison.OrdinalIgnoreCase))?[1];
}
