using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Streams;

/// <summary>A message of the stream: execute or stop the work of an id. Each property is a field of its own, or all are JSON in one.</summary>
/// <param name="TaskId">The id that its sender knows the work by; a number, or a text of at most 50 characters.</param>
/// <param name="Json">The message as JSON, the payload of its task.</param>
internal sealed record StreamMessage(string TaskId, bool IsStop, string Json)
{
    private const string TaskIdName = "task_id";
    private const string ActionName = "action";
    private const string TimestampName = "timestamp";
    private const string RetryName = "retry";
    private const string SourceName = "source";
    private const int MaxId = 50;
    private const int MaxSource = 100;

    /// <summary>Fields that may have all of it as JSON.</summary>
    private static readonly string[] _wholes = ["data", "message", "payload"];

    /// <summary>Marks the tasks of an id, so that the newest of them is found.</summary>
    public string Tag => $"{TaskIdName}:{TaskId}";

    /// <exception cref="InvalidRequestException">It is no such message.</exception>
    public static StreamMessage Read(NameValueEntry[] fields)
    {
        var values = fields.DistinctBy(field => (string)field.Name!).ToDictionary(field => (string)field.Name!, field => field.Value);
        if (!values.ContainsKey(TaskIdName) && Array.Find(_wholes, values.ContainsKey) is { } whole)
            return Check(Parse(values[whole]));
        var json = new JsonObject();
        foreach (var name in new[] { TaskIdName, ActionName, TimestampName, RetryName, SourceName }.Where(values.ContainsKey))
        {
            var text = (string?)values[name] ?? "";
            json[name] = name is TaskIdName or RetryName && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                ? JsonValue.Create(number)
                : JsonValue.Create(text);
        }
        return Check(json);
    }

    private static JsonObject Parse(RedisValue value)
    {
        try
        {
            return JsonNode.Parse((ReadOnlyMemory<byte>)value is { IsEmpty: false } bytes ? bytes.Span : "null"u8) as JsonObject
                ?? throw InvalidRequestException.OfField("", FieldErrors.Type, "object", Characters.Shorten(value.ToString()));
        }
        catch (JsonException broken)
        {
            throw RequestBody.Broken(broken);
        }
    }

    private static StreamMessage Check(JsonObject json)
    {
        var errors = new List<FieldError>();
        var id = Id(json, errors);
        var action = Text(json, ActionName, errors);
        if (action is null && errors.TrueForAll(error => error.Field != "/" + ActionName))
            errors.Add(new FieldError("/" + ActionName, FieldErrors.Required));
        else if (action is not (null or "execute" or "stop"))
            errors.Add(new FieldError("/" + ActionName, FieldErrors.OneOf, "execute, stop", Characters.Shorten(action)));
        if (Text(json, TimestampName, errors) is { } time && !DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
            errors.Add(new FieldError("/" + TimestampName, FieldErrors.Format, "date-time (2026-01-31T08:00:00Z)", Characters.Shorten(time)));
        if (json[RetryName] is { } retry && !(retry is JsonValue number && number.TryGetValue<ulong>(out _)))
            errors.Add(new FieldError("/" + RetryName, FieldErrors.Type, "a whole number from 0", Characters.Shorten(retry.ToJsonString())));
        if (Text(json, SourceName, errors) is { } source && (Characters.Count(source) > MaxSource || !Characters.AreVisible(source)))
            errors.Add(new FieldError("/" + SourceName, FieldErrors.MaxLength, MaxSource, Characters.Count(source)));
        return errors.Count == 0
            ? new StreamMessage(id!, action == "stop", json.ToJsonString())
            : throw InvalidRequestException.OfFields(RequestErrors.InvalidField, errors);
    }

    private static string? Id(JsonObject json, List<FieldError> errors)
    {
        const string Field = "/" + TaskIdName;
        switch (json[TaskIdName])
        {
            case JsonValue value when value.TryGetValue<ulong>(out var number):
                return number.ToString(CultureInfo.InvariantCulture);
            case JsonValue value when value.TryGetValue<string>(out var text):
                if (Characters.Count(text) is 0 or > MaxId)
                    errors.Add(new FieldError(Field, FieldErrors.Length, 1, MaxId, Characters.Count(text)));
                else if (!Characters.AreVisible(text))
                    errors.Add(new FieldError(Field, FieldErrors.Text));
                return text;
            case null:
                errors.Add(new FieldError(Field, FieldErrors.Required));
                return null;
            case var other:
                errors.Add(new FieldError(Field, FieldErrors.Type, "a whole number from 0, or a string", Characters.Shorten(other.ToJsonString())));
                return null;
        }
    }

    /// <summary>Null when there is none, or it is no text, which is noted.</summary>
    private static string? Text(JsonObject json, string name, List<FieldError> errors)
    {
        if (json[name] is not { } value)
            return null;
        if (value is JsonValue text && text.TryGetValue<string>(out var found))
            return found;
        errors.Add(new FieldError("/" + name, FieldErrors.Type, "string", Characters.Shorten(value.ToJsonString())));
        return null;
    }

    /// <summary>The request of the task, as its type gets it: the message is the payload.</summary>
    public TaskRequest ToRequest(string type, string identity, string key) => new()
    {
        Type = type,
        Payload = Encoding.UTF8.GetBytes(Json),
        Tags = [Tag, identity],
        IdempotencyKey = key,
    };
}
