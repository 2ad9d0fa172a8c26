using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Tasklane.Emulator.SignalR;

/// <summary>The service's access tokens: HS256, the resource's URL as audience, the user in the service's own claim.</summary>
internal sealed class AccessTokens
{
    public const string UserIdClaim = "asrs.s.uid";

    // A user's claim with the name of one of the token's own travels under this prefix.
    private const string UserClaimPrefix = "asrs.u.";
    private const string SystemClaimPrefix = "asrs.s.";
    private static readonly string[] TokenClaims = ["aud", "exp", "iat", "nbf", "iss"];
    private static readonly TimeSpan NotBeforeSkew = TimeSpan.FromMinutes(5);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };
    private readonly SymmetricSecurityKey _key;
    private readonly SigningCredentials _credentials;
    private readonly TimeProvider _time;

    public AccessTokens(ServiceKey key, TimeProvider time)
    {
        _key = new SymmetricSecurityKey(key.Bytes);
        _credentials = new SigningCredentials(_key, SecurityAlgorithms.HmacSha256);
        _time = time;
    }

    /// <param name="audience">The URL the token opens, such as `http://localhost:7071/client/?hub=tasks`.</param>
    public string Create(string audience, TimeSpan lifetime, string? userId = null, IEnumerable<Claim>? claims = null)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        var identity = new ClaimsIdentity();
        foreach (var claim in claims ?? [])
            identity.AddClaim(TokenClaims.Contains(claim.Type) ? new Claim(UserClaimPrefix + claim.Type, claim.Value) : claim);
        if (!string.IsNullOrEmpty(userId))
            identity.AddClaim(new Claim(UserIdClaim, userId));
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Audience = audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + lifetime,
            Subject = identity,
            SigningCredentials = _credentials,
        });
    }

    /// <summary>The token's claims when it is signed with the key, in its time, and meant for the audience; else null.</summary>
    public async ValueTask<ClaimsIdentity?> ValidateAsync(string? token, Func<Uri, bool> isAudience)
    {
        if (string.IsNullOrEmpty(token))
            return null;
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKey = _key,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidateIssuer = false,
            AudienceValidator = (audiences, _, _) =>
                audiences.Any(a => Uri.TryCreate(a, UriKind.Absolute, out var uri) && isAudience(uri)),
            LifetimeValidator = (notBefore, expires, _, _) => IsInTime(notBefore, expires),
        });
        return result.IsValid ? result.ClaimsIdentity : null;
    }

    /// <summary>The user a token speaks for; `nameid` is what hand-made tokens carry.</summary>
    public static string? UserIdOf(ClaimsIdentity identity) =>
        (identity.FindFirst(UserIdClaim) ?? identity.FindFirst("nameid") ?? identity.FindFirst(ClaimTypes.NameIdentifier))?.Value;

    /// <summary>The claims as a function sees them: the service's own left out, the user's under their own names.</summary>
    public static IEnumerable<KeyValuePair<string, string>> UserClaimsOf(ClaimsIdentity identity) =>
        from claim in identity.Claims
        where !claim.Type.StartsWith(SystemClaimPrefix, StringComparison.Ordinal)
        let isPrefixed = claim.Type.StartsWith(UserClaimPrefix, StringComparison.Ordinal)
        let type = isPrefixed ? claim.Type[UserClaimPrefix.Length..] : claim.Type
        select new KeyValuePair<string, string>(type, claim.Value);

    private bool IsInTime(DateTime? notBefore, DateTime? expires)
    {
        var now = _time.GetUtcNow().UtcDateTime;
        return expires > now && (notBefore is null || notBefore <= now + NotBeforeSkew);
    }
}
