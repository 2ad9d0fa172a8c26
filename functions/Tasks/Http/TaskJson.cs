using System.Text.Json;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>Tasks as the API sends them. Written by hand: it is what every request ends with.</summary>
internal static class TaskJson
{
    /// <summary>In lists, a payload or result longer than this is left out: a page of them could be a hundred megabytes.</summary>
    public const int LongestInList = 4096;

    public static void Write(Utf8JsonWriter json, TaskRecord task) => Write(json, task, int.MaxValue);

    /// <summary>As lists have it.</summary>
    public static void WriteShort(Utf8JsonWriter json, TaskRecord task) => Write(json, task, LongestInList);

    private static void Write(Utf8JsonWriter json, TaskRecord task, int longest)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, task.Id);
        json.WriteString("type"u8, task.Type);
        json.WriteString("status"u8, task.Status.Name());
        json.WriteString("priority"u8, task.Priority.Name());
        Raw(json, "payload"u8, "payloadOmitted"u8, task.Payload, longest);
        Raw(json, "result"u8, "resultOmitted"u8, task.Result, longest);
        Error(json, task.Error);
        Progress(json, task.Progress);
        Time(json, "createdAt"u8, task.CreatedAt);
        Time(json, "startedAt"u8, task.StartedAt);
        Time(json, "completedAt"u8, task.CompletedAt);
        Time(json, "cancelledAt"u8, task.CancelledAt);
        json.WriteString("createdBy"u8, task.CreatedBy);
        json.WriteString("source"u8, task.Source);
        json.WriteNumber("retryCount"u8, task.RetryCount);
        json.WriteNumber("maxRetries"u8, task.MaxRetries);
        json.WriteNumber("timeoutSeconds"u8, task.TimeoutSeconds);
        Backoff(json, task.Backoff);
        Time(json, "runAt"u8, task.RunAt);
        json.WriteStartArray("tags"u8);
        foreach (var tag in task.Tags)
            json.WriteStringValue(tag);
        json.WriteEndArray();
        json.WriteNumber("version"u8, task.Version);
        json.WriteNumber("attempt"u8, task.Attempt);
        json.WriteBoolean("cancelRequested"u8, task.CancelRequested);
        json.WriteString("worker"u8, task.Worker);
        json.WriteString("parent"u8, task.Parent);
        After(json, task.After);
        json.WriteString("uniqueKey"u8, task.UniqueKey);
        json.WriteBoolean("blocked"u8, task.IsBlocked);
        json.WriteBoolean("hasChildren"u8, task.HasChildren);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, ChildCounts counts)
    {
        json.WriteStartObject();
        json.WriteNumber("total"u8, counts.Total);
        json.WriteNumber("pending"u8, counts.Pending);
        json.WriteNumber("running"u8, counts.Running);
        json.WriteNumber("completed"u8, counts.Completed);
        json.WriteNumber("failed"u8, counts.Failed);
        json.WriteNumber("cancelled"u8, counts.Cancelled);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, (TaskPage Page, TaskQuery Query) list)
    {
        json.WriteStartObject();
        json.WriteStartArray("tasks"u8);
        foreach (var task in list.Page.Tasks)
            Write(json, task, LongestInList);
        json.WriteEndArray();
        Paging(json, list.Page.Total, list.Query.Page, list.Query.PageSize);
        Next(json, list.Page);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, (LogPage Logs, int Page, int PageSize) list)
    {
        json.WriteStartObject();
        json.WriteStartArray("logs"u8);
        foreach (var line in list.Logs.Lines)
        {
            json.WriteStartObject();
            Time(json, "time"u8, line.At);
            json.WriteString("level"u8, LevelNames.Of(line.Level));
            json.WriteString("message"u8, line.Message);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Paging(json, list.Logs.Total, list.Page, list.PageSize);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, IReadOnlyList<TaskEvent> events)
    {
        json.WriteStartObject();
        json.WriteStartArray("events"u8);
        foreach (var change in events)
        {
            json.WriteStartObject();
            json.WriteString("id"u8, change.TaskId);
            json.WriteNumber("version"u8, change.Version);
            json.WriteString("event"u8, change.Name);
            Time(json, "at"u8, change.At);
            json.WritePropertyName("changed"u8);
            json.WriteRawValue(change.Data, skipInputValidation: true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>As <see cref="Timestamps"/> has it; null when there is none.</summary>
    public static void Time(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset? time)
    {
        if (time is { } at)
            Timestamps.Write(json, name, at);
        else
            json.WriteNull(name);
    }

    private static void Raw(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> omitted, string? text, int longest)
    {
        var isOmitted = text?.Length > longest;
        if (text is null || isOmitted)
        {
            json.WriteNull(name);
        }
        else
        {
            json.WritePropertyName(name);
            json.WriteRawValue(text, skipInputValidation: true);
        }
        if (isOmitted)
            json.WriteBoolean(omitted, true);
    }

    private static void Error(Utf8JsonWriter json, TaskError? error)
    {
        if (error is null)
        {
            json.WriteNull("error"u8);
            return;
        }
        json.WriteStartObject("error"u8);
        json.WriteString("code"u8, error.Code);
        json.WriteString("message"u8, error.Message);
        Raw(json, "details"u8, ""u8, error.Details, int.MaxValue);
        json.WriteEndObject();
    }

    private static void Progress(Utf8JsonWriter json, TaskProgress? progress)
    {
        if (progress is null)
        {
            json.WriteNull("progress"u8);
            return;
        }
        json.WriteStartObject("progress"u8);
        json.WriteNumber("current"u8, progress.Current);
        json.WriteNumber("total"u8, progress.Total);
        json.WriteNumber("percent"u8, progress.Percent);
        json.WriteString("message"u8, progress.Message);
        json.WriteEndObject();
    }

    private static void After(Utf8JsonWriter json, TaskAfter? after)
    {
        if (after is null)
        {
            json.WriteNull("after"u8);
            return;
        }
        json.WriteStartObject("after"u8);
        json.WriteStartArray("tasks"u8);
        foreach (var id in after.Tasks)
            json.WriteStringValue(id);
        json.WriteEndArray();
        json.WriteBoolean("any"u8, after.Any);
        json.WriteString("onFailure"u8, after.OnFailure switch
        {
            AfterFailure.Cancel => "cancel",
            AfterFailure.Fail => "fail",
            _ => "run",
        });
        json.WriteEndObject();
    }

    private static void Backoff(Utf8JsonWriter json, Backoff backoff)
    {
        json.WriteStartObject("backoff"u8);
        json.WriteString("kind"u8, backoff.Kind switch
        {
            BackoffKind.Exponential => "exponential",
            BackoffKind.Quadratic => "quadratic",
            _ => "fixed",
        });
        json.WriteNumber("delaySeconds"u8, backoff.DelaySeconds);
        json.WriteNumber("factor"u8, backoff.Factor);
        json.WriteNumber("maxDelaySeconds"u8, backoff.MaxDelaySeconds);
        json.WriteEndObject();
    }

    /// <summary>A string: for clients it is only what <c>?after=</c> takes.</summary>
    public static void Next(Utf8JsonWriter json, TaskPage page) =>
        json.WriteString("next"u8, page.Next?.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public static void Paging(Utf8JsonWriter json, long total, int page, int pageSize)
    {
        json.WriteNumber("total"u8, total);
        json.WriteNumber("page"u8, page);
        json.WriteNumber("pageSize"u8, pageSize);
    }
}
