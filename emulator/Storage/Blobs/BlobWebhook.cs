using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>
/// `/runtime/webhooks/blobs?functionName=Host.Functions.NAME`, where Event Grid says that a blob was created, in its own schema or as
/// CloudEvents. The header `aeg-event-type` is asked for, which no page of another site can send without being allowed to.
/// </summary>
internal sealed class BlobWebhook(BlobTriggers triggers) : IHostEndpoints
{
    private const string Created = "Microsoft.Storage.BlobCreated";

    private const string Path = "/runtime/webhooks/blobs";

    // Event Grid's names in the clouds there are.
    private static readonly string[] _origins = ["eventgrid.azure.net", "eventgrid.azure.us", "eventgrid.azure.cn"];

    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPost(Path, HandleAsync);
        endpoints.MapMethods(Path, [HttpMethods.Options], Allow);
    }

    /// <summary>The handshake of CloudEvents: may you send here?</summary>
    private static IResult Allow(HttpContext http)
    {
        var origin = http.Request.Headers["WebHook-Request-Origin"].ToString();
        if (!_origins.Contains(origin, StringComparer.OrdinalIgnoreCase))
            return Results.BadRequest();
        http.Response.Headers["Webhook-Allowed-Origin"] = origin;
        return Results.Ok();
    }

    private async Task<IResult> HandleAsync(HttpRequest request)
    {
        var id = request.Query["functionName"].ToString();
        if (triggers.Find(id) is not { } function)
            return Results.Text($"cannot find function: '{id}'", statusCode: StatusCodes.Status404NotFound);
        JsonElement[] events;
        try
        {
            using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            var root = body.RootElement.Clone();
            events = root.ValueKind == JsonValueKind.Array ? [.. root.EnumerateArray()] : [root];
        }
        catch (JsonException e)
        {
            return Results.Text($"The events are not JSON: {e.Message}", statusCode: StatusCodes.Status400BadRequest);
        }

        switch (request.Headers["aeg-event-type"].ToString().ToUpperInvariant())
        {
            case "SUBSCRIPTIONVALIDATION":
                return events is [var first, ..] && Text(first, "data", "validationCode") is { } code
                    ? Results.Json(new { validationResponse = code })
                    : Results.BadRequest();
            case "NOTIFICATION":
                foreach (var item in events.Where(item => (Text(item, "eventType") ?? Text(item, "type")) == Created))
                {
                    if (Blob(item) is { } blob)
                        await triggers.AnnounceAsync(function, blob.Container, blob.Name);
                }

                return Results.Accepted();
            case "UNSUBSCRIBE":
                return Results.Accepted();
            default:
                return Results.BadRequest();
        }
    }

    // The subject is `/blobServices/default/containers/CONTAINER/blobs/NAME`.
    private static (string Container, string Name)? Blob(JsonElement item)
    {
        const string Containers = "/containers/";
        const string Blobs = "/blobs/";
        if (Text(item, "subject") is not { } subject)
            return null;
        var start = subject.IndexOf(Containers, StringComparison.Ordinal);
        var middle = start < 0 ? -1 : subject.IndexOf(Blobs, start, StringComparison.Ordinal);
        return middle < 0 ? null : (subject[(start + Containers.Length)..middle], subject[(middle + Blobs.Length)..]);
    }

    private static string? Text(JsonElement item, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
        {
            if (item.ValueKind != JsonValueKind.Object || !item.TryGetProperty(step, out item))
                return null;
        }

        return item.ValueKind == JsonValueKind.String ? item.GetString() : null;
    }
}
