using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// `/runtime/webhooks/signalr`, where a service elsewhere tells a function app what its clients do. Who calls, and about which
/// connection, is in the `X-ASRS-` headers; the signature shows that the caller has the access key.
/// </summary>
internal sealed class UpstreamWebhook(Upstream upstream, ServiceKey key) : IHostEndpoints
{
    private const string Path = "/runtime/webhooks/signalr";

    private const char Separator = '\u001e';

    private static readonly JsonSerializerOptions _names = new() { PropertyNameCaseInsensitive = true };

    public void Map(IEndpointRouteBuilder endpoints) => endpoints.MapPost(Path, HandleAsync);

    /// <summary>What the service signs with: the connection's id under the access key.</summary>
    public static string SignatureOf(string connectionId, ServiceKey key) =>
        "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(key.Bytes, Encoding.UTF8.GetBytes(connectionId)));

    private async Task<IResult> HandleAsync(HttpRequest request)
    {
        if (!request.HasJsonContentType())
            return Results.StatusCode(StatusCodes.Status415UnsupportedMediaType);
        if (UpstreamContext.Read(request) is not { } context)
            return Problem("A header is missing: X-ASRS-Connection-Id, X-ASRS-Hub, X-ASRS-Category or X-ASRS-Event.");
        if (!IsSigned(request, context.ConnectionId))
            return Results.Unauthorized();
        if (upstream.Find(context) is not { } handler)
            return Results.NotFound();
        if (await BodyAsync(request) is not { } body)
            return Problem("The body is no message of the service.");

        if (context.Category == UpstreamCategory.Connections)
        {
            await upstream.RunAsync(handler, context.With(null, body.Error));
            return Results.Ok();
        }

        if (!context.Event.Equals(body.Target, StringComparison.OrdinalIgnoreCase))
            return Problem("The message's target is not the event of the header X-ASRS-Event.");
        var (answer, error) = await upstream.RunAsync(handler, context.With(body.Arguments ?? [], null));
        if (string.IsNullOrEmpty(body.InvocationId))
            return Results.Ok();
        var completion = error is null ? HubMessages.Result(body.InvocationId, answer) : HubMessages.Error(body.InvocationId, error);
        return Results.Bytes(completion, "application/json");
    }

    // A service has two keys, and signs with both; one of them is enough.
    private bool IsSigned(HttpRequest request, string connectionId)
    {
        var expected = Encoding.UTF8.GetBytes(SignatureOf(connectionId, key));
        return request.Headers["X-ASRS-Signature"].ToString().Split(',', StringSplitOptions.TrimEntries)
            .Any(given => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given.ToLowerInvariant()), expected));
    }

    private static async Task<Body?> BodyAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        var text = (await reader.ReadToEndAsync(request.HttpContext.RequestAborted)).TrimEnd(Separator);
        try
        {
            return JsonSerializer.Deserialize<Body>(text, _names);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IResult Problem(string sentence) => Results.Problem(sentence, statusCode: StatusCodes.Status400BadRequest);

    private sealed record Body(string? InvocationId, string? Target, JsonElement[]? Arguments, string? Error);
}
