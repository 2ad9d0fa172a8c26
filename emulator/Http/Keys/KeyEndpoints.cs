using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Http.Keys;

/// <summary>Lists the keys, for whoever has the master key. They are changed in keys.json, while the host is down.</summary>
internal sealed class KeyEndpoints(HostKeys keys, FunctionCatalog catalog) : IHostEndpoints
{
    public void Map(IEndpointRouteBuilder endpoints)
    {
        if (!keys.AreRequired)
            return;
        endpoints.MapGet("/admin/host/keys", http => WriteAsync(http, keys.HostWide));
        endpoints.MapGet("/admin/host/systemkeys/_master", http =>
            http.Response.WriteAsJsonAsync(new { name = "_master", value = keys.Master }, http.RequestAborted));
        endpoints.MapGet("/admin/functions/{name}/keys", OfFunctionAsync);
    }

    private async Task OfFunctionAsync(HttpContext http)
    {
        if (catalog.Find((string)http.Request.RouteValues["name"]!) is not { } function)
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        try
        {
            await WriteAsync(http, keys.OfFunction(function.Name));
        }
        catch (OwnFileException e)
        {
            await Problem.WriteAsync(http, StatusCodes.Status503ServiceUnavailable, $"No key can be made: {e.Message}");
        }
    }

    private static Task WriteAsync(HttpContext http, IReadOnlyDictionary<string, string> listed)
    {
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsJsonAsync(
            new JsonObject
            {
                ["keys"] = new JsonArray([.. listed.Select(key => new JsonObject { ["name"] = key.Key, ["value"] = key.Value })]),
                ["links"] = new JsonArray(),
            },
            http.RequestAborted);
    }
}
