using System.Text.Json;
using System.Text.Unicode;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>Reads the body of a create request in one pass. Whether the values may be as they are is for <see cref="TaskService"/> to say.</summary>
internal static class TaskRequestReader
{
    private const string Known = "type, payload, priority, maxRetries, timeoutSeconds, backoff, delaySeconds, runAt, tags";

    /// <param name="key">The Idempotency-Key header.</param>
    public static TaskRequest Read(ReadOnlyMemory<byte> body, string? key)
    {
        if (!Utf8.IsValid(body.Span))
            throw new InvalidRequestException(RequestErrors.InvalidJson, 1, 1, "The body is not UTF-8.");
        var reader = new Utf8JsonReader(body.Span);
        try
        {
            reader.Read();
            var request = Object(ref reader, body, key);
            reader.Read(); // nothing may follow
            return request;
        }
        catch (JsonException broken)
        {
            throw RequestBody.Broken(broken);
        }
    }

    private static TaskRequest Object(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, string? key)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw InvalidRequestException.OfField("", FieldErrors.Type, "object", JsonFields.Name(ref reader));
        var fields = new JsonFields();
        string? type = null;
        ReadOnlyMemory<byte>? payload = null;
        var request = new Parts();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                Once(type is not null, fields, "/type");
                reader.Read();
                type = fields.String(ref reader, "/type");
            }
            else if (reader.ValueTextEquals("payload"u8))
            {
                Once(payload is not null, fields, "/payload");
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                payload = body[start..(int)reader.BytesConsumed];
            }
            else if (!request.TryRead(ref reader, fields))
            {
                fields.Unknown(ref reader, "", Known);
            }
        }
        if (type is null)
            fields.Add("/type", FieldErrors.Required);
        if (payload is null)
            fields.Add("/payload", FieldErrors.Required);
        fields.ThrowIfAny();
        return new TaskRequest
        {
            Type = type!,
            Payload = payload!.Value,
            Priority = request.Priority,
            MaxRetries = request.MaxRetries,
            TimeoutSeconds = request.TimeoutSeconds,
            Backoff = request.Backoff,
            DelaySeconds = request.DelaySeconds,
            RunAt = request.RunAt,
            Tags = request.Tags,
            IdempotencyKey = key,
        };
    }

    private static void Once(bool again, JsonFields fields, string field)
    {
        if (again)
            fields.Add(field, FieldErrors.Duplicate);
    }

    /// <summary>The optional fields.</summary>
    private struct Parts()
    {
        public TaskPriority Priority = TaskPriority.Normal;
        public int? MaxRetries;
        public int? TimeoutSeconds;
        public Backoff? Backoff;
        public double? DelaySeconds;
        public DateTimeOffset? RunAt;
        public IReadOnlyList<string> Tags = [];

        /// <summary>From the field's name to the end of its value; false, and nothing read, when there is no such field.</summary>
        public bool TryRead(ref Utf8JsonReader reader, JsonFields fields)
        {
            if (reader.ValueTextEquals("priority"u8))
            {
                reader.Read();
                Priority = ReadPriority(ref reader, fields);
            }
            else if (reader.ValueTextEquals("maxRetries"u8))
            {
                reader.Read();
                MaxRetries = fields.Whole(ref reader, "/maxRetries");
            }
            else if (reader.ValueTextEquals("timeoutSeconds"u8))
            {
                reader.Read();
                TimeoutSeconds = fields.Whole(ref reader, "/timeoutSeconds");
            }
            else if (reader.ValueTextEquals("delaySeconds"u8))
            {
                reader.Read();
                DelaySeconds = fields.Number(ref reader, "/delaySeconds");
            }
            else if (reader.ValueTextEquals("runAt"u8))
            {
                reader.Read();
                RunAt = fields.Time(ref reader, "/runAt");
            }
            else if (reader.ValueTextEquals("tags"u8))
            {
                reader.Read();
                Tags = ReadTags(ref reader, fields);
            }
            else if (reader.ValueTextEquals("backoff"u8))
            {
                reader.Read();
                Backoff = ReadBackoff(ref reader, fields);
            }
            else
            {
                return false;
            }
            return true;
        }
    }

    private static TaskPriority ReadPriority(ref Utf8JsonReader reader, JsonFields fields)
    {
        var name = fields.String(ref reader, "/priority");
        if (name is null)
            return TaskPriority.Normal;
        if (!TaskStates.TryParse(name, out TaskPriority priority))
            fields.Add("/priority", FieldErrors.OneOf, "high, normal, low", JsonFields.Shorten(name));
        return priority;
    }

    private static List<string> ReadTags(ref Utf8JsonReader reader, JsonFields fields)
    {
        var tags = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            fields.Wrong(ref reader, "/tags", "array");
            return tags;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Null)
                fields.Add($"/tags/{tags.Count}", FieldErrors.Type, "string", "null");
            tags.Add(fields.String(ref reader, $"/tags/{tags.Count}") ?? "");
        }
        return tags;
    }

    private static Backoff? ReadBackoff(ref Utf8JsonReader reader, JsonFields fields)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            fields.Wrong(ref reader, "/backoff", "object");
            return null;
        }
        string? kind = null;
        double? delay = null, factor = null, most = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("kind"u8))
            {
                reader.Read();
                kind = fields.String(ref reader, "/backoff/kind");
            }
            else if (reader.ValueTextEquals("delaySeconds"u8))
            {
                reader.Read();
                delay = fields.Number(ref reader, "/backoff/delaySeconds");
            }
            else if (reader.ValueTextEquals("factor"u8))
            {
                reader.Read();
                factor = fields.Number(ref reader, "/backoff/factor");
            }
            else if (reader.ValueTextEquals("maxDelaySeconds"u8))
            {
                reader.Read();
                most = fields.Number(ref reader, "/backoff/maxDelaySeconds");
            }
            else
            {
                fields.Unknown(ref reader, "/backoff", "kind, delaySeconds, factor, maxDelaySeconds");
            }
        }
        (BackoffKind Kind, double Delay)? chosen = kind switch
        {
            null or "exponential" => (BackoffKind.Exponential, 1),
            "quadratic" => (BackoffKind.Quadratic, 60), // 1, 4, 9 minutes
            "fixed" => (BackoffKind.Fixed, 1),
            _ => null,
        };
        if (chosen is null)
            fields.Add("/backoff/kind", FieldErrors.OneOf, "exponential, quadratic, fixed", JsonFields.Shorten(kind!));
        var usual = Backoff.Default;
        return new Backoff(
            chosen?.Kind ?? usual.Kind, delay ?? chosen?.Delay ?? 1, factor ?? usual.Factor, most ?? Math.Max(usual.MaxDelaySeconds, delay ?? 0));
    }
}
