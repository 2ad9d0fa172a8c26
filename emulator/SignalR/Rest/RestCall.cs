using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.SignalR;

/// <summary>One authorized call of the data plane's REST API: what its path and query say.</summary>
internal sealed class RestCall(HttpContext http, Hub hub)
{
    public Hub Hub => hub;

    public string Connection => Value("connection");

    public string User => Value("user");

    public string Group => Value("group");

    public string? Reason => Query("reason");

    /// <summary>Where a client of the hub connects, by the address this call came to.</summary>
    public string ClientUrl => ClientEndpoint.UrlOf($"{http.Request.Scheme}://{http.Request.Host}", hub);

    public string? Query(string name) => http.Request.Query.TryGetValue(name, out var value) ? value.ToString() : null;

    /// <summary>Connections the call leaves out; `excluded` comes once for each.</summary>
    public HashSet<string> Excluded => [.. http.Request.Query["excluded"].OfType<string>()];

    /// <summary>The message in the body, ready for clients; null when the body holds none.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> MessageAsync()
    {
        try
        {
            var payload = await http.Request.ReadFromJsonAsync<Payload>(http.RequestAborted);
            if (payload?.Target is not { Length: > 0 } target)
                return null;
            return HubMessages.Invocation(target, Array.ConvertAll(payload.Arguments ?? [], RawJson.Of));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>200, or 404 with the code the service's own clients look at.</summary>
    public static IResult Found(bool found, string otherwise) => found ? Results.Ok() : new NotFound(otherwise);

    // The server leaves an encoded slash in a path as it is.
    private string Value(string name) =>
        ((string)http.Request.RouteValues[name]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private sealed record Payload(string? Target, JsonElement[]? Arguments);

    private sealed class NotFound(string code) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status404NotFound;
            httpContext.Response.Headers["x-ms-error-code"] = code;
            return Task.CompletedTask;
        }
    }
}
