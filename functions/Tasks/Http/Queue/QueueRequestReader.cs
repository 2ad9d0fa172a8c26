using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http.Queue;

/// <summary>
/// Reads what is to be queued: <c>{"type": "log_analysis", "payload": {"log_ids": [...]}, "priority": 5, "max_retries": 3}</c>, or, for the
/// analysis of stored log lines, <c>{"log_ids": [...]}</c> alone.
/// </summary>
internal static class QueueRequestReader
{
    private static readonly FieldNames Known = new("type", "payload", "log_ids", "priority", "max_retries", "timeout_seconds", "scheduled_at");
    private static readonly JsonDocumentOptions NoTwice = new() { AllowDuplicateProperties = false };
    private static readonly Backoff Minutes = new(BackoffKind.Quadratic, 60, 2, 3600);

    /// <param name="key">The Idempotency-Key header.</param>
    public static TaskRequest Read(ReadOnlyMemory<byte> body, string? key)
    {
        return RequestBody.Parse(body.Span, (ref Utf8JsonReader reader) => Object(ref reader, body, key));
    }

    private static TaskRequest Object(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, string? key)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw InvalidRequestException.OfField("", FieldErrors.Type, "object", JsonFields.Name(ref reader));
        var fields = new JsonFields();
        string? type = null;
        ReadOnlyMemory<byte>? payload = null, ids = null;
        var priority = 5;
        int? maxRetries = null, timeoutSeconds = null;
        DateTimeOffset? runAt = null;
        for (var seen = 0u; fields.Next(ref reader, "", Known, ref seen) is { } field;)
        {
            switch (field)
            {
                case "type":
                    type = fields.String(ref reader, "/type");
                    break;
                case "payload":
                    payload = Raw(ref reader, body);
                    break;
                case "log_ids":
                    ids = Raw(ref reader, body);
                    break;
                case "priority":
                    priority = fields.Whole(ref reader, "/priority") ?? priority;
                    if (priority is < 1 or > 10)
                        fields.Add("/priority", FieldErrors.Range, 1, 10, priority);
                    break;
                case "max_retries":
                    maxRetries = fields.Whole(ref reader, "/max_retries");
                    break;
                case "timeout_seconds":
                    timeoutSeconds = fields.Whole(ref reader, "/timeout_seconds");
                    break;
                case "scheduled_at":
                    runAt = fields.Time(ref reader, "/scheduled_at");
                    break;
            }
        }
        if (ids is not null && payload is not null)
            fields.Add("/log_ids", FieldErrors.NotTogether, "payload");
        if (type is null && ids is null)
            fields.Add("/type", FieldErrors.Required);
        if (payload is null && ids is null)
            fields.Add("/payload", FieldErrors.Required);
        fields.ThrowIfAny();
        type ??= QueueTaskJson.LogAnalysis;
        return new TaskRequest
        {
            Type = type,
            Payload = ids is { } list ? OfIds(list) : type == QueueTaskJson.LogAnalysis ? Renamed(payload!.Value) : payload!.Value,
            Priority = QueueTaskJson.PriorityOf(priority),
            MaxRetries = maxRetries,
            TimeoutSeconds = timeoutSeconds,
            Backoff = Minutes,
            RunAt = runAt,
            IdempotencyKey = key,
        };
    }

    private static ReadOnlyMemory<byte> Raw(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return body[start..(int)reader.BytesConsumed];
    }

    private static byte[] OfIds(ReadOnlyMemory<byte> ids) => [.. "{\"ids\":"u8, .. ids.Span, .. "}"u8];

    private static ReadOnlyMemory<byte> Renamed(ReadOnlyMemory<byte> payload)
    {
        if (JsonNode.Parse(payload.Span, documentOptions: NoTwice) is not JsonObject values || !values.Remove("log_ids", out var ids))
            return payload;
        if (!values.TryAdd("ids", ids))
            throw InvalidRequestException.OfField("/payload/log_ids", FieldErrors.NotTogether, "ids");
        return Encoding.UTF8.GetBytes(values.ToJsonString());
    }
}
