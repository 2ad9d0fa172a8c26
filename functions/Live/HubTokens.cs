using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Tasklane.Live;

/// <summary>
/// Addresses and access tokens for clients of the hub and for calls of its service, made from the connection string of the SignalR service
/// (<c>AzureSignalRConnectionString</c>).
/// </summary>
public sealed class HubTokens(IConfiguration configuration, TimeProvider time)
{
    private const string Setting = "AzureSignalRConnectionString";

    /// <summary>The claim by which the service knows a connection's user.</summary>
    private const string UserClaim = "asrs.s.uid";

    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(1);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly Lazy<Service> _service = new(() => Service.Parse(configuration[Setting]));

    /// <param name="userId">Whom the connection is for.</param>
    /// <param name="requested">
    /// The host the client asked for. A service on this machine is named as the client names this machine, so that a page which came
    /// by 127.0.0.1 may connect.
    /// </param>
    /// <exception cref="InvalidOperationException">The setting is missing, or has no key.</exception>
    public (string Url, string Token) Issue(string userId, HostString requested)
    {
        var service = _service.Value;
        var url = $"{service.EndpointFor(requested)}/client/?hub={Hub.Name}";
        return (url, Sign(service, url, new Dictionary<string, object> { [UserClaim] = userId }));
    }

    /// <summary>The address of a call of the service's REST API, and the token for it.</summary>
    /// <param name="path">Below the hub's own: <c>groups/NAME</c>.</param>
    /// <exception cref="InvalidOperationException">The setting is missing, or has no key.</exception>
    public (string Url, string Token) IssueForService(string path)
    {
        var service = _service.Value;
        var url = $"{service.Authority}/api/v1/hubs/{Hub.Name}/{path}";
        return (url, Sign(service, url, claims: null));
    }

    private string Sign(Service service, string audience, Dictionary<string, object>? claims)
    {
        var now = time.GetUtcNow();
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Audience = audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + _lifetime).UtcDateTime,
            Claims = claims,
            SigningCredentials = service.Credentials,
        });
    }

    /// <param name="Endpoint">For clients.</param>
    /// <param name="Authority">For this app: a front door for clients does not pass the service's own calls on.</param>
    private sealed record Service(Uri Endpoint, string Authority, SigningCredentials Credentials)
    {
        public static Service Parse(string? connectionString)
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
                    $"{Setting} must be a connection string of the SignalR service with Endpoint and AccessKey; live updates need it.");
            }

            if (parts.TryGetValue("Port", out var text) && int.TryParse(text, out var port))
            {
                (server, address) = (new UriBuilder(server) { Port = port }.Uri, new UriBuilder(address) { Port = port }.Uri);
            }
            var secret = new SymmetricSecurityKey(System.Text.Encoding.UTF8.GetBytes(key));
            return new Service(address, server.GetLeftPart(UriPartial.Authority), new SigningCredentials(secret, SecurityAlgorithms.HmacSha256));
        }

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
}
