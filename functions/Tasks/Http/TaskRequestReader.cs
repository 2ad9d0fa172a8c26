using System.Text.Json;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>Reads the body of a create request in one pass. Whether the values may be as they are is for <see cref="TaskService"/> to say.</summary>
internal static class TaskRequestReader
{
    private static readonly FieldNames Known =
        new("type", "payload", "priority", "maxRetries", "timeoutSeconds", "backoff", "delaySeconds", "runAt", "tags", "after", "unique");

    /// <summary>As the parts of a bulk request may be.</summary>
    private static readonly FieldNames KnownOfPart =
        new("type", "payload", "priority", "maxRetries", "timeoutSeconds", "backoff", "delaySeconds", "runAt", "tags", "after", "unique", "ref");

    /// <summary>As the admin API spells them.</summary>
    private static readonly FieldNames KnownOfAdmin =
        new("taskType", "params", "priority", "maxRetries", "timeoutSeconds", "backoff", "delaySeconds", "runAt", "tags", "after", "unique");

    private static readonly FieldNames KnownOfMessage =
        new("type", "payload", "priority", "maxRetries", "timeoutSeconds", "backoff", "delaySeconds", "runAt", "tags", "after", "unique", "owner", "idempotencyKey");

    private static readonly Dictionary<string, AfterFailure> AfterFailures =
        new(StringComparer.Ordinal) { ["cancel"] = AfterFailure.Cancel, ["fail"] = AfterFailure.Fail, ["run"] = AfterFailure.Run };

    private static readonly Dictionary<string, UniqueConflict> UniqueConflicts =
        new(StringComparer.Ordinal) { ["reuse"] = UniqueConflict.Reuse, ["replace"] = UniqueConflict.Replace, ["reject"] = UniqueConflict.Reject };

    private static readonly FieldNames KnownOfUnique = new("key", "forSeconds", "onConflict");
    private static readonly FieldNames KnownOfAfter = new("tasks", "any", "onFailure");
    private static readonly FieldNames KnownOfBackoff = new("kind", "delaySeconds", "factor", "maxDelaySeconds");

    /// <param name="key">The Idempotency-Key header.</param>
    /// <param name="isAdmin">With the names of the admin API: <c>taskType</c> and <c>params</c>.</param>
    public static TaskRequest Read(ReadOnlyMemory<byte> body, string? key, bool isAdmin = false) => Read(body, key, isAdmin ? KnownOfAdmin : Known);

    /// <summary>One of several tasks that are made together: it may have a <c>ref</c>.</summary>
    public static TaskRequest ReadPart(ReadOnlyMemory<byte> body, string? key) => Read(body, key, KnownOfPart);

    /// <summary>As <see cref="Read(ReadOnlyMemory{byte}, string?, bool)"/>, of a message that may also have <c>owner</c> and <c>idempotencyKey</c>.</summary>
    /// <param name="key">The key of a message that names none.</param>
    public static TaskRequest ReadMessage(ReadOnlyMemory<byte> body, string key) => Read(body, key, KnownOfMessage);

    private static TaskRequest Read(ReadOnlyMemory<byte> body, string? key, FieldNames names)
    {
        return RequestBody.Parse(body.Span, (ref Utf8JsonReader reader) => Object(ref reader, body, key, names));
    }

    private static TaskRequest Object(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, string? key, FieldNames names)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw InvalidRequestException.OfField("", FieldErrors.Type, "object", JsonFields.Name(ref reader));
        var fields = new JsonFields();
        string? type = null, owner = null, reference = null;
        TaskAfter? after = null;
        TaskUnique? unique = null;
        ReadOnlyMemory<byte>? payload = null;
        var priority = TaskPriority.Normal;
        int? maxRetries = null, timeoutSeconds = null;
        Backoff? backoff = null;
        double? delaySeconds = null;
        DateTimeOffset? runAt = null;
        IReadOnlyList<string> tags = [];
        for (var seen = 0u; fields.Next(ref reader, "", names, ref seen) is { } field;)
        {
            switch (field)
            {
                case "type" or "taskType":
                    type = fields.String(ref reader, $"/{field}");
                    break;
                case "payload" or "params":
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    payload = body[start..(int)reader.BytesConsumed];
                    break;
                case "priority":
                    priority = ReadPriority(ref reader, fields);
                    break;
                case "maxRetries":
                    maxRetries = fields.Whole(ref reader, "/maxRetries");
                    break;
                case "timeoutSeconds":
                    timeoutSeconds = fields.Whole(ref reader, "/timeoutSeconds");
                    break;
                case "backoff":
                    backoff = ReadBackoff(ref reader, fields);
                    break;
                case "delaySeconds":
                    delaySeconds = fields.Number(ref reader, "/delaySeconds");
                    break;
                case "runAt":
                    runAt = fields.Time(ref reader, "/runAt");
                    break;
                case "tags":
                    tags = ReadTexts(ref reader, fields, "/tags");
                    break;
                case "after":
                    after = ReadAfter(ref reader, fields);
                    break;
                case "unique":
                    unique = ReadUnique(ref reader, fields);
                    break;
                case "ref":
                    reference = fields.String(ref reader, "/ref");
                    if (reference is not null && (!TaskRequestRules.IsTag(reference) || TaskIds.IsWellFormed(reference)))
                        fields.Add("/ref", FieldErrors.Length, 1, TaskLimits.MaxTagLength, Characters.Count(reference));
                    break;
                case "owner":
                    owner = fields.String(ref reader, "/owner");
                    break;
                case "idempotencyKey":
                    key = fields.String(ref reader, "/idempotencyKey") ?? key;
                    break;
            }
        }
        if (type is null)
            fields.Add($"/{names[0]}", FieldErrors.Required);
        if (payload is null)
            fields.Add($"/{names[1]}", FieldErrors.Required);
        fields.ThrowIfAny();
        return new TaskRequest
        {
            Type = type!,
            Payload = payload!.Value,
            Priority = priority,
            MaxRetries = maxRetries,
            TimeoutSeconds = timeoutSeconds,
            Backoff = backoff,
            DelaySeconds = delaySeconds,
            RunAt = runAt,
            Tags = tags,
            After = after,
            Unique = unique,
            Ref = reference,
            IdempotencyKey = key,
            Owner = owner,
        };
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

    /// <summary>An array of ids, or an object with more to say.</summary>
    private static TaskAfter ReadAfter(ref Utf8JsonReader reader, JsonFields fields)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
            return new TaskAfter(ReadTexts(ref reader, fields, "/after"));
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            fields.Wrong(ref reader, "/after", "array or object");
            return new TaskAfter([]);
        }
        IReadOnlyList<string>? tasks = null;
        var (any, onFailure) = (false, AfterFailure.Cancel);
        for (var seen = 0u; fields.Next(ref reader, "/after", KnownOfAfter, ref seen) is { } field;)
        {
            switch (field)
            {
                case "tasks":
                    tasks = ReadTexts(ref reader, fields, "/after/tasks");
                    break;
                case "any":
                    any = reader.TokenType == JsonTokenType.True;
                    if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                        fields.Wrong(ref reader, "/after/any", "boolean");
                    break;
                case "onFailure":
                    var name = fields.String(ref reader, "/after/onFailure");
                    if (name is not null && !AfterFailures.TryGetValue(name, out onFailure))
                        fields.Add("/after/onFailure", FieldErrors.OneOf, string.Join(", ", AfterFailures.Keys), JsonFields.Shorten(name));
                    break;
            }
        }
        if (tasks is null)
            fields.Add("/after/tasks", FieldErrors.Required);
        return new TaskAfter(tasks ?? [], any, onFailure);
    }

    private static TaskUnique? ReadUnique(ref Utf8JsonReader reader, JsonFields fields)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            fields.Wrong(ref reader, "/unique", "object");
            return null;
        }
        string? key = null;
        double? seconds = null;
        var onConflict = UniqueConflict.Reuse;
        for (var seen = 0u; fields.Next(ref reader, "/unique", KnownOfUnique, ref seen) is { } field;)
        {
            switch (field)
            {
                case "key":
                    key = fields.String(ref reader, "/unique/key");
                    break;
                case "forSeconds":
                    seconds = fields.Number(ref reader, "/unique/forSeconds");
                    break;
                case "onConflict":
                    var name = fields.String(ref reader, "/unique/onConflict");
                    if (name is not null && !UniqueConflicts.TryGetValue(name, out onConflict))
                        fields.Add("/unique/onConflict", FieldErrors.OneOf, string.Join(", ", UniqueConflicts.Keys), JsonFields.Shorten(name));
                    break;
            }
        }
        if (key is null)
            fields.Add("/unique/key", FieldErrors.Required);
        return new TaskUnique(key ?? "", seconds ?? 0, onConflict);
    }

    private static List<string> ReadTexts(ref Utf8JsonReader reader, JsonFields fields, string parent)
    {
        var texts = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            fields.Wrong(ref reader, parent, "array");
            return texts;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType == JsonTokenType.Null)
                fields.Add($"{parent}/{texts.Count}", FieldErrors.Type, "string", "null");
            texts.Add(fields.String(ref reader, $"{parent}/{texts.Count}") ?? "");
        }
        return texts;
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
        for (var seen = 0u; fields.Next(ref reader, "/backoff", KnownOfBackoff, ref seen) is { } field;)
        {
            switch (field)
            {
                case "kind":
                    kind = fields.String(ref reader, "/backoff/kind");
                    break;
                case "delaySeconds":
                    delay = fields.Number(ref reader, "/backoff/delaySeconds");
                    break;
                case "factor":
                    factor = fields.Number(ref reader, "/backoff/factor");
                    break;
                case "maxDelaySeconds":
                    most = fields.Number(ref reader, "/backoff/maxDelaySeconds");
                    break;
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
