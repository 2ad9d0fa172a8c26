using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Tasklane.Emulator.Auth;

/// <summary>
/// Session tokens: JWTs signed with a key kept in the data folder, so that a login survives a restart. The same token
/// is the cookie and the bearer token.
/// </summary>
internal sealed class SessionTokens(HostEnvironment environment, TimeProvider time)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    private const string Issuer = "tasklane-emulator";
    private const string RolesClaim = "roles";
    private const int MaxRemembered = 10_000;
    private const int KeyBytes = 32;

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };

    private readonly Lazy<SymmetricSecurityKey> _key = new(() => LoadKey(environment.DataDirectory), LazyThreadSafetyMode.PublicationOnly);
    private readonly ConcurrentDictionary<string, Session> _remembered = new(StringComparer.Ordinal);

    public string Issue(SessionUser user) => Handler.CreateToken(new SecurityTokenDescriptor
    {
        Issuer = Issuer,
        Audience = Issuer,
        IssuedAt = time.GetUtcNow().UtcDateTime,
        Expires = user.Expires.UtcDateTime,
        Subject = new ClaimsIdentity(
        [
            new(JwtRegisteredClaimNames.Sub, user.Name),
            new("idp", user.Provider),
            .. user.Roles.Select(r => new Claim(RolesClaim, r)),
        ]),
        SigningCredentials = new SigningCredentials(_key.Value, SecurityAlgorithms.HmacSha256),
    });

    /// <summary>The session of a token; null when it is not ours, tampered with or expired.</summary>
    public async ValueTask<Session?> FindAsync(string token)
    {
        // Checking a signature costs more than many a request; a token says the same every time.
        if (!_remembered.TryGetValue(token, out var session))
        {
            if (await ReadAsync(token) is not { } user)
                return null;
            session = new Session(user);
            if (_remembered.Count >= MaxRemembered)
                _remembered.Clear();
            _remembered[token] = session;
        }
        return session.User.Expires > time.GetUtcNow() ? session : null;
    }

    private async ValueTask<SessionUser?> ReadAsync(string token)
    {
        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = Issuer,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKey = _key.Value,
            // By our own clock, above.
            ValidateLifetime = false,
        });
        if (!result.IsValid || result.SecurityToken is not JsonWebToken jwt)
            return null;
        return new SessionUser(
            jwt.GetClaim("idp").Value,
            jwt.Subject,
            [.. jwt.Claims.Where(c => c.Type == RolesClaim).Select(c => c.Value)],
            new DateTimeOffset(jwt.ValidTo, TimeSpan.Zero));
    }

    private static SymmetricSecurityKey LoadKey(string dataDirectory)
    {
        var file = Path.Combine(dataDirectory, "auth.key");
        OwnFiles.CreateDirectory(dataDirectory);

        // An empty or short file, left by a full disk, can sign nothing: sessions of before are over either way.
        if (!File.Exists(file) || new FileInfo(file).Length < KeyBytes)
        {
            var own = $"{file}.{Environment.ProcessId}";
            OwnFiles.Create(own);
            File.WriteAllBytes(own, RandomNumberGenerator.GetBytes(KeyBytes));
            File.Move(own, file, overwrite: true);
        }

        return new SymmetricSecurityKey(File.ReadAllBytes(file));
    }
}

/// <summary>A signed-in user with the headers that requests of theirs carry to functions.</summary>
internal sealed class Session(SessionUser user)
{
    public SessionUser User => user;

    public ClientPrincipal Principal { get; } = ClientPrincipal.Of(user);

    public string Header => field ??= Principal.Encode();
}
