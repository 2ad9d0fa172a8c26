using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>Writes and reads bodies as the real extension does: camelCase, payloads as the JSON they are.</summary>
internal static class ManagementJson
{
    /// <summary>Carries the rest of a list from one answer to the next request.</summary>
    public const string ContinuationHeader = "x-ms-continuation-token";

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    public static Task WriteAsync<T>(HttpContext http, int status, T body)
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsJsonAsync(body, Options, http.RequestAborted);
    }

    public static Task WriteErrorAsync(HttpContext http, int status, string message) =>
        WriteAsync(http, status, new ErrorBody(message));

    public static Task WriteStatusAsync(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    /// <returns>Null when there is no body.</returns>
    /// <exception cref="JsonException">The body is no JSON.</exception>
    public static async Task<JsonElement?> ReadBodyAsync(HttpContext http)
    {
        var text = await ReadTextAsync(http);
        return string.IsNullOrWhiteSpace(text) ? null : JsonSerializer.Deserialize<JsonElement>(text);
    }

    public static async Task<string> ReadTextAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        return await reader.ReadToEndAsync(http.RequestAborted);
    }

    /// <summary>Serialized data as the JSON it is; data of a serializer that writes none is shown as text.</summary>
    public static JsonElement? Payload(string? serialized)
    {
        if (serialized is null)
            return null;
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(serialized);
        }
        catch (JsonException)
        {
            return JsonSerializer.SerializeToElement(serialized);
        }
    }

    public static InstanceBody Instance(
        OrchestrationMetadata instance, bool showInput, IReadOnlyList<object>? history = null) => new(
        instance.Name,
        instance.InstanceId,
        instance.RuntimeStatus.ToString(),
        showInput ? Payload(instance.SerializedInput) : null,
        Payload(instance.SerializedCustomStatus),
        instance.FailureDetails is { } failure
            ? JsonSerializer.SerializeToElement(failure.ErrorMessage)
            : Payload(instance.SerializedOutput),
        Seconds(instance.CreatedAt),
        Seconds(instance.LastUpdatedAt),
        history);

    private static string Seconds(DateTimeOffset time) => $"{time.UtcDateTime.ToString("s", CultureInfo.InvariantCulture)}Z";

    internal sealed record InstanceBody(
        string Name,
        string InstanceId,
        string RuntimeStatus,
        JsonElement? Input,
        JsonElement? CustomStatus,
        JsonElement? Output,
        string CreatedTime,
        string LastUpdatedTime,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<object>? HistoryEvents);

    private sealed record ErrorBody([property: JsonPropertyName("Message")] string Message);
}
