using System.Text.Json;
using Tasklane.Tasks.Bulk;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>What a bulk request asks for: <see cref="Tasks"/>, or <see cref="Action"/> with <see cref="Ids"/> or <see cref="Filter"/>.</summary>
/// <param name="Owner">Whose tasks may be changed; null = everybody's.</param>
internal sealed record BulkRequest(
    IReadOnlyList<TaskRequest>? Tasks, BulkAction? Action, IReadOnlyList<string>? Ids, BulkFilter? Filter, string? Owner, bool IsDryRun, string? Key);

/// <summary>Reads the body of a bulk request; says of every part what is wrong with it.</summary>
internal static class BulkRequestReader
{
    private static readonly FieldNames Known = new("tasks", "action", "ids", "filter", "dryRun");
    private static readonly FieldNames KnownOfFilter = new("owner", "status", "type", "priority", "tag", "q");
    private const string Actions = "cancel, retry, delete";

    public static string NameOf(BulkAction action) => action switch
    {
        BulkAction.Cancel => "cancel",
        BulkAction.Retry => "retry",
        _ => "delete",
    };

    /// <param name="key">The Idempotency-Key header.</param>
    public static BulkRequest Read(ReadOnlyMemory<byte> body, string? key, Caller caller)
    {
        if (key is not null && RequestKey.Problem(key) is { } problem)
            throw InvalidRequestException.OfFields(RequestErrors.InvalidField, [problem]);
        return RequestBody.Parse(body.Span, (ref Utf8JsonReader reader) => Object(ref reader, body, key, caller));
    }

    private static BulkRequest Object(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, string? key, Caller caller)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw InvalidRequestException.OfField("", FieldErrors.Type, "object", JsonFields.Name(ref reader));
        var fields = new JsonFields();
        List<TaskRequest>? tasks = null;
        BulkAction? action = null;
        List<string>? ids = null;
        BulkFilter? filter = null;
        bool isDryRun = false, hasAction = false;
        for (var seen = 0u; fields.Next(ref reader, "", Known, ref seen) is { } field;)
        {
            switch (field)
            {
                case "tasks":
                    tasks = ReadTasks(ref reader, body, key, fields);
                    break;
                case "action":
                    hasAction = true;
                    action = ReadAction(ref reader, fields);
                    break;
                case "ids":
                    ids = ReadIds(ref reader, fields);
                    break;
                case "filter":
                    filter = ReadFilter(ref reader, fields, caller);
                    break;
                case "dryRun":
                    isDryRun = reader.TokenType == JsonTokenType.True;
                    if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                        fields.Wrong(ref reader, "/dryRun", "boolean");
                    break;
            }
        }
        fields.ThrowIfAny();
        if (tasks is not null && (hasAction || ids is not null || filter is not null))
            fields.Add("/tasks", FieldErrors.NotTogether, "action, ids, filter");
        else if (tasks is null && !hasAction)
            fields.Add("/action", FieldErrors.Required);
        else if (tasks is null && (ids is null) == (filter is null))
            fields.Add("/ids", ids is null ? FieldErrors.Required : FieldErrors.NotTogether, "filter");
        fields.ThrowIfAny();
        var owner = filter is not null ? filter.Owner : caller.ActsOnAll ? null : caller.Id;
        return new BulkRequest(tasks, action, ids, filter, owner, isDryRun, key is null ? null : $"{caller.Id} {key}");
    }

    private static List<TaskRequest>? ReadTasks(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, string? key, JsonFields fields)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            fields.Wrong(ref reader, "/tasks", "array");
            return null;
        }
        var tasks = new List<TaskRequest>();
        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (count >= BulkRunner.MostAtOnce)
                continue;
            try
            {
                tasks.Add(TaskRequestReader.ReadPart(body[start..(int)reader.BytesConsumed], key) with { PartName = $"bulk {count}" });
            }
            catch (InvalidRequestException wrong)
            {
                foreach (var error in wrong.Below($"/tasks/{count}"))
                    fields.Add(error.Field, error.Code, error.Args);
            }
        }
        if (count is 0 or > BulkRunner.MostAtOnce)
            fields.Add("/tasks", count == 0 ? FieldErrors.MinItems : FieldErrors.MaxItems, count == 0 ? 1 : BulkRunner.MostAtOnce, count);
        return tasks;
    }

    private static BulkAction? ReadAction(ref Utf8JsonReader reader, JsonFields fields)
    {
        var name = fields.String(ref reader, "/action");
        BulkAction? action = name switch
        {
            "cancel" => BulkAction.Cancel,
            "retry" => BulkAction.Retry,
            "delete" => BulkAction.Delete,
            _ => null,
        };
        if (action is null && name is not null)
            fields.Add("/action", FieldErrors.OneOf, Actions, JsonFields.Shorten(name));
        return action;
    }

    private static List<string>? ReadIds(ref Utf8JsonReader reader, JsonFields fields)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            fields.Wrong(ref reader, "/ids", "array");
            return null;
        }
        var ids = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            ids.Add(fields.String(ref reader, $"/ids/{ids.Count}") ?? "");
        if (ids.Count is 0 or > BulkRunner.MostAtOnce)
            fields.Add("/ids", ids.Count == 0 ? FieldErrors.MinItems : FieldErrors.MaxItems, ids.Count == 0 ? 1 : BulkRunner.MostAtOnce, ids.Count);
        return [.. ids.Distinct(StringComparer.Ordinal)];
    }

    private static BulkFilter? ReadFilter(ref Utf8JsonReader reader, JsonFields fields, Caller caller)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            fields.Wrong(ref reader, "/filter", "object");
            return null;
        }
        var values = new Dictionary<string, string>();
        for (var seen = 0u; fields.Next(ref reader, "/filter", KnownOfFilter, ref seen) is { } field;)
        {
            if (fields.String(ref reader, $"/filter/{field}") is not { } value)
                continue;
            if (value.Length == 0)
                fields.Add($"/filter/{field}", FieldErrors.Blank);
            values[field] = value;
        }
        // All of one's tasks are asked for in words: {"owner": "me"}.
        if (values.Count == 0)
            fields.Add("/filter", FieldErrors.MinItems, 1, 0);
        // The rules, and what is said of whoever breaks them, are those of the list's parameters.
        var query = new Query(name => values.GetValueOrDefault(name));
        try
        {
            var wanted = query.Tasks(caller);
            return new BulkFilter(wanted.Owner, wanted.Status, wanted.Type, wanted.Priority, wanted.Tag, wanted.Text);
        }
        catch (InvalidRequestException wrong) when (wrong.Errors.Count > 0)
        {
            foreach (var error in wrong.Errors)
                fields.Add($"/filter/{error.Field}", error.Code, error.Args);
            return null;
        }
    }
}
