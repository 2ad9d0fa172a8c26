using Microsoft.AspNetCore.Http;
using Tasklane.Emulator.Http.Keys;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>Where callers find the management API, as the Durable extension tells them.</summary>
internal sealed class ManagementAddresses(HostEnvironment environment, HostKeys keys)
{
    /// <summary>Where the real extension answers.</summary>
    public const string Path = "/runtime/webhooks/durabletask";

    /// <summary>What asks for its system key when keys are required.</summary>
    public static ExtensionWebhook Extension { get; } =
        new("durabletask", "durableClient", "orchestrationTrigger", "activityTrigger", "entityTrigger");

    private readonly bool _useForwardedHost =
        bool.TryParse(environment.HostJson.Extension("durableTask")["httpSettings:useForwardedHost"], out var use) && use;

    /// <summary>The API's system key; null when no key is required.</summary>
    public string? Key => keys.SystemKey(Extension.KeyName);

    /// <summary>
    /// For what is made without a request: the host's name is WEBSITE_HOSTNAME, which is public and so has https unless it is localhost
    /// with a port. Null while the host does not listen.
    /// </summary>
    public string? Webhook
    {
        get
        {
            if (environment.Setting("WEBSITE_HOSTNAME") is { Length: > 0 } name)
                return $"{(name.StartsWith("localhost:", StringComparison.OrdinalIgnoreCase) ? "http" : "https")}://{name}{Path}";
            return environment.BaseAddress is { } address ? new Uri(address, Path).AbsoluteUri : null;
        }
    }

    /// <summary>What every address of the API carries in its query; empty when no key is required.</summary>
    public static string QueryWith(string? key) => key is null ? "" : $"code={Uri.EscapeDataString(key)}";

    /// <summary>
    /// As the caller named this host; with host.json's `useForwardedHost` as a proxy before it was named, where both of its headers are
    /// there. The port stays the request's, unless the forwarded host has one.
    /// </summary>
    public string Of(HttpRequest request)
    {
        var scheme = request.Scheme;
        var host = request.Host;
        if (_useForwardedHost
            && request.Headers["X-Forwarded-Host"].FirstOrDefault() is { Length: > 0 } forwardedHost
            && request.Headers["X-Forwarded-Proto"].FirstOrDefault() is { Length: > 0 } forwardedScheme)
        {
            scheme = forwardedScheme;
            var forwarded = HostString.FromUriComponent(forwardedHost);
            host = forwarded.Port is null && request.Host.Port is { } port ? new HostString(forwarded.Host, port) : forwarded;
        }

        return $"{scheme}://{host.ToUriComponent()}{Path}";
    }
}
