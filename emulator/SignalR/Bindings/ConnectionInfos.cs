using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Tasklane.Emulator.SignalR;

/// <summary>What a client needs to connect.</summary>
/// <param name="Url">Of the hub.</param>
/// <param name="AccessToken">Opens it, for an hour.</param>
internal sealed record ConnectionInfo(string Url, string AccessToken);

/// <summary>Makes what a client needs to connect: the address of its hub and a token for it.</summary>
internal sealed class ConnectionInfos(AccessTokens tokens, SignalRServiceOptions options, HostEnvironment environment)
{
    public ConnectionInfo Create(Hub hub, string? userId, IEnumerable<Claim> claims, HttpContext? http)
    {
        var url = ClientEndpoint.UrlOf(Endpoint(http), hub);
        return new ConnectionInfo(url, tokens.Create(url, options.TokenLifetime, userId, claims));
    }

    /// <summary>The wanted claims of an identity token, unchecked as on the real host: it came through authentication.</summary>
    public static IEnumerable<Claim> ClaimsOf(string? idToken, IReadOnlyList<string> wanted) =>
        string.IsNullOrEmpty(idToken) || wanted.Count == 0 ? []
            : new JsonWebToken(idToken).Claims.Where(c => wanted.Contains(c.Type)).ToArray();

    /// <summary>
    /// The service's address. A page that came by 127.0.0.1 instead of localhost stays there, so that the
    /// connection has its origin; any other name may be a proxy's, which need not forward WebSockets.
    /// </summary>
    public string Endpoint(HttpContext? http)
    {
        var own = environment.BaseAddress
            ?? throw new InvalidOperationException("The host does not listen yet, so its SignalR service has no address.");
        if (http is not null && http.Request.Host.Port == own.Port && IsLoopback(http.Request.Host.Host))
            return $"{http.Request.Scheme}://{http.Request.Host}";
        return own.GetLeftPart(UriPartial.Authority);
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
