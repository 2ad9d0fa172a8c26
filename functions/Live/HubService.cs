using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.Tokens;

namespace Tasklane.Live;

/// <summary>Where the SignalR service is.</summary>
/// <param name="Endpoint">For clients.</param>
/// <param name="Authority">For this app: a front door for clients does not pass the service's own calls on.</param>
internal sealed record HubService(Uri Endpoint, string Authority)
{
    /// <summary>Of a connection string.</summary>
    /// <returns>The service, and the key that it knows this app by.</returns>
    /// <exception cref="InvalidOperationException">It has no address, or no key.</exception>
    public static (HubService Service, SigningCredentials Key) Parse(string? connectionString)
    {
        var parts = (connectionString ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2))
            .Where(part => part.Length == 2)
            .ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        if (!parts.TryGetValue("Endpoint", out var endpoint) || !parts.TryGetValue("AccessKey", out var key)
            || !Uri.TryCreate(endpoint, UriKind.Absolute, out var server)
            || !Uri.TryCreate(parts.GetValueOrDefault("ClientEndpoint", endpoint), UriKind.Absolute, out var address))
        {
            throw new InvalidOperationException(
                $"{HubTokens.Setting} must be a connection string of the SignalR service with Endpoint and AccessKey, or the group "
                + $"{HubTokens.Setting}__serviceUri for a managed identity; live updates need it.");
        }

        if (parts.TryGetValue("Port", out var text) && int.TryParse(text, out var port))
            (server, address) = (new UriBuilder(server) { Port = port }.Uri, new UriBuilder(address) { Port = port }.Uri);
        return (new HubService(address, server.GetLeftPart(UriPartial.Authority)), Credentials(key, keyId: null));
    }

    public static SigningCredentials Credentials(string key, string? keyId) =>
        new(new SymmetricSecurityKey(Encoding.UTF8.GetBytes(key)) { KeyId = keyId }, SecurityAlgorithms.HmacSha256);

    /// <summary>A service on this machine is named as the client names this machine.</summary>
    public string EndpointFor(HostString requested)
    {
        var named = Endpoint.IsLoopback && IsLoopback(requested.Host) && requested.Port == Endpoint.Port
            ? new UriBuilder(Endpoint) { Host = requested.Host }.Uri
            : Endpoint;
        return named.GetLeftPart(UriPartial.Authority);
    }

    private static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host is "127.0.0.1" or "[::1]";
}
