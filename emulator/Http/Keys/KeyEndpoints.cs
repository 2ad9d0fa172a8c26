using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Http.Keys;

/// <summary>
/// Keys over HTTP, for whoever has the master key: `/admin/host/keys` (also `functionkeys`), `/admin/host/systemkeys`,
/// `/admin/functions/NAME/keys`. The master key is the system key `_master`.
/// </summary>
internal sealed class KeyEndpoints(HostKeys keys, FunctionCatalog catalog) : IHostEndpoints
{
    private const string MasterName = "_master";

    private delegate Task Handler(HttpContext http, KeyScope scope, string name);

    public void Map(IEndpointRouteBuilder endpoints)
    {
        if (!keys.AreRequired)
            return;
        MapScope(endpoints.MapGroup("/admin/host/keys"), static _ => KeyScope.Host);
        MapScope(endpoints.MapGroup("/admin/host/functionkeys"), static _ => KeyScope.Host);
        MapScope(endpoints.MapGroup("/admin/host/systemkeys"), static _ => KeyScope.System);
        MapScope(endpoints.MapGroup("/admin/functions/{function}/keys"), http =>
            catalog.Find((string)http.Request.RouteValues["function"]!) is { } function ? KeyScope.Of(function.Name) : null);
    }

    private void MapScope(RouteGroupBuilder group, Func<HttpContext, KeyScope?> scopeOf)
    {
        group.MapGet("", With(ListAsync));
        group.MapGet("/{key}", With(GetAsync));
        group.MapPost("/{key}", With((http, scope, name) => SetAsync(http, scope, name, value: null)));
        group.MapPut("/{key}", With(PutAsync));
        group.MapDelete("/{key}", With(DeleteAsync));

        RequestDelegate With(Handler handle) => async http =>
        {
            http.Response.Headers.CacheControl = "no-store";
            try
            {
                await (scopeOf(http) is { } scope ? handle(http, scope, http.Request.RouteValues["key"] as string ?? "") : NotFound(http));
            }
            catch (OwnFileException e)
            {
                await Problem.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, $"The keys cannot be kept: {e.Message}");
            }
        };
    }

    // The master key is not among them.
    private Task ListAsync(HttpContext http, KeyScope scope, string name) => WriteAsync(http, StatusCodes.Status200OK, new
    {
        keys = keys.In(scope).Select(key => new { name = key.Key, value = key.Value }),
        links = Links(http),
    });

    private Task GetAsync(HttpContext http, KeyScope scope, string name) =>
        scope.IsSystem && IsMaster(name) ? WriteKeyAsync(http, StatusCodes.Status200OK, name, keys.Master)
        : keys.In(scope).TryGetValue(name, out var value) ? WriteKeyAsync(http, StatusCodes.Status200OK, name, value)
        : NotFound(http);

    private async Task PutAsync(HttpContext http, KeyScope scope, string name)
    {
        if (!http.Request.HasJsonContentType())
        {
            await Problem.WriteAsync(http, StatusCodes.Status415UnsupportedMediaType, "Send JSON: {\"name\": \"...\", \"value\": \"...\"}.");
            return;
        }

        Key? key = null;
        try
        {
            key = await http.Request.ReadFromJsonAsync<Key>(http.RequestAborted);
        }
        catch (JsonException)
        {
            // Answered below, like a body without a value.
        }

        // An empty key would open the door to whoever shows none.
        await (string.IsNullOrEmpty(key?.Value)
            ? Problem.WriteAsync(http, StatusCodes.Status400BadRequest, "Invalid key value")
            : SetAsync(http, scope, name, key.Value));
    }

    private Task SetAsync(HttpContext http, KeyScope scope, string name, string? value)
    {
        // The real host says "created" of every master key that it makes up.
        var (kept, isNew) = scope.Function is null && IsMaster(name) ? (keys.SetMaster(value), value is null) : keys.Set(scope, name, value);
        if (isNew)
            http.Response.Headers.Location = Self(http);
        return WriteKeyAsync(http, isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK, name, kept);
    }

    private Task DeleteAsync(HttpContext http, KeyScope scope, string name)
    {
        if (name.StartsWith('_'))
            return Problem.WriteAsync(http, StatusCodes.Status400BadRequest, "Invalid key name.");
        http.Response.StatusCode = keys.Delete(scope, name) ? StatusCodes.Status204NoContent : StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static bool IsMaster(string name) => name.Equals(MasterName, StringComparison.OrdinalIgnoreCase);

    private static Task NotFound(HttpContext http)
    {
        http.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static Task WriteKeyAsync(HttpContext http, int status, string name, string value) =>
        WriteAsync(http, status, new { name, value, links = Links(http) });

    private static Task WriteAsync<T>(HttpContext http, int status, T body)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(body, http.RequestAborted);
    }

    private static object[] Links(HttpContext http) => [new { rel = "self", href = Self(http) }];

    // Without the query: it carries the caller's key.
    private static string Self(HttpContext http) => $"{http.Request.Scheme}://{http.Request.Host}{http.Request.Path}";

    private sealed record Key(string? Name, string? Value);
}
