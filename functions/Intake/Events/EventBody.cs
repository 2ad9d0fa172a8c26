using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Events;

/// <summary>The events of a request, each as JSON: of Event Grid's schema, or CloudEvents in structured, batched or binary mode.</summary>
internal static class EventBody
{
    /// <summary>As Event Grid's own limit of a request, with room.</summary>
    private const int MostBytes = 2 * 1024 * 1024;

    /// <summary>Headers of binary mode; each is an attribute of the event.</summary>
    private const string Prefix = "ce-";

    public static async Task<IReadOnlyList<string>> ReadAsync(HttpRequest request)
    {
        var body = await RequestBody.ReadJsonAsync(request, MostBytes, () => new InvalidRequestException(RequestErrors.BodyTooLarge, MostBytes));
        if (!Utf8.IsValid(body.Span))
            throw new InvalidRequestException(RequestErrors.InvalidJson, 1, 1, "The body is not UTF-8.");
        try
        {
            using var json = JsonDocument.Parse(body);
            if (request.Headers.ContainsKey(Prefix + "specversion") && !IsStructured(request.ContentType))
                return [OfHeaders(request, json.RootElement)];
            return json.RootElement.ValueKind == JsonValueKind.Array
                ? [.. json.RootElement.EnumerateArray().Select(one => one.GetRawText())]
                : [json.RootElement.GetRawText()];
        }
        catch (JsonException broken)
        {
            throw RequestBody.Broken(broken);
        }
    }

    /// <summary>The code that Event Grid wants to have repeated before it sends events; null when the events are no handshake.</summary>
    public static string? ValidationCode(IReadOnlyList<string> events)
    {
        foreach (var text in events.Where(text => text.Contains("SubscriptionValidationEvent", StringComparison.OrdinalIgnoreCase)))
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("eventType", out var type)
                && type.ValueEquals("Microsoft.EventGrid.SubscriptionValidationEvent")
                && root.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Object
                && data.TryGetProperty("validationCode", out var code) && code.ValueKind == JsonValueKind.String)
            {
                return code.GetString();
            }
        }
        return null;
    }

    private static bool IsStructured(string? contentType) => contentType?.StartsWith("application/cloudevents", StringComparison.OrdinalIgnoreCase) == true;

    private static string OfHeaders(HttpRequest request, JsonElement data)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var (name, value) in request.Headers.Where(header => header.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)))
                json.WriteString(name[Prefix.Length..].ToLowerInvariant(), Uri.UnescapeDataString(value.ToString()));
            json.WriteString("datacontenttype"u8, "application/json");
            json.WritePropertyName("data"u8);
            data.WriteTo(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
