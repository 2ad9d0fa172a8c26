using System.Collections.Concurrent;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Tasklane.Emulator.Auth;

/// <summary>
/// Session tokens: JWTs signed with a key kept in the data folder, so that a login survives a restart. The same token
/// is the cookie and the bearer token.
/// </summary>
internal sealed partial class SessionTokens(HostEnvironment environment, TimeProvider time, ILogger<SessionTokens> log)
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(8);

    private const string Issuer = "tasklane-emulator";
    private const string RolesClaim = "roles";
    private const int MaxRemembered = 10_000;
    private const int KeyBytes = 32;

    private static readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };

    private readonly string _keyFile = Path.Combine(environment.DataDirectory, "auth.key");
    private readonly ConcurrentDictionary<string, Session> _remembered = new(StringComparer.Ordinal);
    private readonly Lock _loading = new();
    private SymmetricSecurityKey? _key;

    /// <exception cref="OwnFileException">There is no key yet, and none can be kept.</exception>
    public string Issue(SessionUser user) => _handler.CreateToken(new SecurityTokenDescriptor
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
        SigningCredentials = new SigningCredentials(KeyToSignWith(), SecurityAlgorithms.HmacSha256),
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
        if (KeyToReadWith() is not { } key)
            return null;
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = Issuer,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKey = key,
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

    // Nobody can have a session as long as there is no key; so a stranger's token makes none.
    private SymmetricSecurityKey? KeyToReadWith()
    {
        if (Volatile.Read(ref _key) is { } known)
            return known;
        try
        {
            lock (_loading)
                return _key ??= Stored();
        }
        catch (OwnFileException e)
        {
            LogUnreadable(log, e.Message);
            return null;
        }
    }

    private SymmetricSecurityKey KeyToSignWith()
    {
        lock (_loading)
        {
            if ((_key ??= Stored()) is { } key)
                return key;
            var bytes = RandomNumberGenerator.GetBytes(KeyBytes);
            if (File.Exists(_keyFile))
                LogReplaced(log, _keyFile);
            OwnFiles.Write(_keyFile, bytes);
            return _key = new SymmetricSecurityKey(bytes);
        }
    }

    // An empty or short file, left by a full disk, can sign nothing.
    private SymmetricSecurityKey? Stored() =>
        OwnFiles.Read(_keyFile) is { Length: >= KeyBytes } bytes ? new SymmetricSecurityKey(bytes) : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} was empty or damaged and is made anew: whoever was signed in must sign in again.")]
    private static partial void LogReplaced(ILogger logger, string file);

    [LoggerMessage(Level = LogLevel.Error, Message = "No session can be checked: {Reason}")]
    private static partial void LogUnreadable(ILogger logger, string reason);
}

/// <summary>A signed-in user with the headers that requests of theirs carry to functions.</summary>
internal sealed class Session(SessionUser user)
{
    public SessionUser User => user;

    public ClientPrincipal Principal { get; } = ClientPrincipal.Of(user);

    public string Header => field ??= Principal.Encode();
}
