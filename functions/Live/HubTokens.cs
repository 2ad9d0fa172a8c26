using Azure.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Tasklane.Live;

/// <summary>
/// Addresses and access tokens for clients of the hub and for calls of its service, by the setting <c>AzureSignalRConnectionString</c> as
/// the host reads it: a connection string with a key, or the group <c>AzureSignalRConnectionString__serviceUri</c> (with
/// <c>__credential</c> and <c>__clientId</c>) for a service that knows no keys.
/// </summary>
public sealed class HubTokens
{
    internal const string Setting = "AzureSignalRConnectionString";

    /// <summary>The claim by which the service knows a connection's user.</summary>
    private const string UserClaim = "asrs.s.uid";

    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(1);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly TimeProvider _time;
    private readonly Lazy<(HubService Service, SigningCredentials? Key, HubKeys? Keys)> _hub;

    public HubTokens(IConfiguration configuration, TimeProvider time, IHttpClientFactory clients, AzureComponentFactory components)
        : this(configuration, time, clients, components.CreateTokenCredential)
    {
    }

    internal HubTokens(IConfiguration configuration, TimeProvider time, IHttpClientFactory clients, Func<IConfigurationSection, TokenCredential> signIn)
    {
        _time = time;
        // When first used: without live updates nothing of it need be there.
        _hub = new(() =>
        {
            var section = configuration.GetSection(Setting);
            if (section["serviceUri"] is not { Length: > 0 } text)
            {
                var (parsed, key) = HubService.Parse(section.Value);
                return (parsed, key, null);
            }
            if (!Uri.TryCreate(text, UriKind.Absolute, out var address))
                throw new InvalidOperationException($"{Setting}__serviceUri is '{text}'; it must be an absolute address, as https://NAME.service.signalr.net.");
            var service = new HubService(address, address.GetLeftPart(UriPartial.Authority));
            return (service, null, new HubKeys(service, signIn(section), clients, time));
        });
    }

    /// <param name="userId">Whom the connection is for.</param>
    /// <param name="requested">
    /// The host the client asked for. A service on this machine is named as the client names this machine, so that a page which came
    /// by 127.0.0.1 may connect.
    /// </param>
    /// <exception cref="InvalidOperationException">The setting is missing, or has no key.</exception>
    public async ValueTask<(string Url, string Token)> IssueAsync(string userId, HostString requested, CancellationToken cancellation)
    {
        var (service, key, keys) = _hub.Value;
        var url = $"{service.EndpointFor(requested)}/client/?hub={Hub.Name}";
        return (url, Sign(key ?? await keys!.KeyAsync(cancellation), url, new Dictionary<string, object> { [UserClaim] = userId }));
    }

    /// <summary>The address of a call of the service's REST API, and the token for it.</summary>
    /// <param name="path">Below the hub's own: <c>groups/NAME</c>.</param>
    /// <exception cref="InvalidOperationException">The setting is missing, or has no key.</exception>
    public async ValueTask<(string Url, string Token)> IssueForServiceAsync(string path, CancellationToken cancellation)
    {
        var (service, key, keys) = _hub.Value;
        var url = $"{service.Authority}/api/v1/hubs/{Hub.Name}/{path}";
        return (url, key is null ? await keys!.TokenAsync(cancellation) : Sign(key, url, claims: null));
    }

    private string Sign(SigningCredentials key, string audience, Dictionary<string, object>? claims)
    {
        var now = _time.GetUtcNow();
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            Audience = audience,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = (now + _lifetime).UtcDateTime,
            Claims = claims,
            SigningCredentials = key,
        });
    }
}
