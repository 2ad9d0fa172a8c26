using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.Http.Keys;

/// <summary>
/// Asks for keys, where they are required: functions by their level, the host's own API and what the inspector's page reads for the
/// master key, webhooks for their extension's. Comes after routing. The key is the header `x-functions-key` or `code` in the query.
/// </summary>
internal sealed class KeyGate(HostKeys keys)
{
    private static readonly PathString _admin = "/admin";
    private static readonly PathString _ping = "/admin/host/ping";
    private static readonly PathString _webhooks = "/runtime/webhooks";

    // The page itself holds nothing; it asks for the key.
    private static readonly PathString _inspector = "/_emulator/api";

    public RequestDelegate Wrap(RequestDelegate next) => http =>
    {
        if (IsOpen(http))
            return next(http);

        // Without a word, as the real host.
        http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        return Task.CompletedTask;
    };

    private bool IsOpen(HttpContext http)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<HttpRoute>() is { } route)
        {
            return route.Level switch
            {
                AuthLevel.Anonymous => true,
                AuthLevel.Function => KeyOf(http.Request) is { } key && keys.OpensFunction(route.Function.Name, key),
                _ => KeyOf(http.Request) is { } key && keys.IsMaster(key),
            };
        }

        var path = http.Request.Path;
        if (path.StartsWithSegments(_webhooks, out var rest))
        {
            var extension = rest.Value!.Split('/', 3) is [_, { Length: > 0 } name, ..] ? ExtensionWebhook.KeyNameOf(name) : "";
            return KeyOf(http.Request) is { } key && keys.OpensExtension(extension, key);
        }

        return !(path.StartsWithSegments(_admin) || path.StartsWithSegments(_inspector)) || path.StartsWithSegments(_ping)
            || (KeyOf(http.Request) is { } master && keys.IsMaster(master));
    }

    private static string? KeyOf(HttpRequest request)
    {
        if (request.Headers.TryGetValue("x-functions-key", out var header) && header.Count == 1)
            return header.ToString();
        return request.Query.TryGetValue("code", out var code) && code.Count == 1 ? code.ToString() : null;
    }
}
