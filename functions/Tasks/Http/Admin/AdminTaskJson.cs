using System.Text.Json;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http.Admin;

/// <summary>Tasks as the admin API sends them.</summary>
internal static class AdminTaskJson
{
    public static void Write(Utf8JsonWriter json, TaskRecord task)
    {
        json.WriteStartObject();
        Fields(json, task);
        json.WritePropertyName("params"u8);
        json.WriteRawValue(task.Payload, skipInputValidation: true);
        json.WritePropertyName("result"u8);
        if (task.Result is { } result)
            json.WriteRawValue(result, skipInputValidation: true);
        else
            json.WriteNullValue();
        json.WriteNumber("maxRetries"u8, task.MaxRetries);
        json.WriteNumber("timeoutSeconds"u8, task.TimeoutSeconds);
        json.WriteString("source"u8, task.Source);
        json.WriteNumber("attempt"u8, task.Attempt);
        json.WriteString("worker"u8, task.Worker);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, (TaskPage Page, TaskQuery Query) list)
    {
        json.WriteStartObject();
        json.WriteStartArray("tasks"u8);
        foreach (var task in list.Page.Tasks)
        {
            json.WriteStartObject();
            Fields(json, task);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        TaskJson.Paging(json, list.Page.Total, list.Query.Page, list.Query.PageSize);
        TaskJson.Next(json, list.Page);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, (LogPage Logs, int Page, int PageSize) list)
    {
        json.WriteStartObject();
        json.WriteStartArray("logs"u8);
        foreach (var line in list.Logs.Lines)
        {
            json.WriteStartObject();
            json.WriteString("level"u8, LevelNames.Of(line.Level).ToUpperInvariant());
            json.WriteString("message"u8, line.Message);
            TaskJson.Time(json, "createdAt"u8, line.At);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        TaskJson.Paging(json, list.Logs.Total, list.Page, list.PageSize);
        json.WriteEndObject();
    }

    private static void Fields(Utf8JsonWriter json, TaskRecord task)
    {
        json.WriteString("taskId"u8, task.Id);
        json.WriteString("taskType"u8, task.Type);
        json.WriteString("status"u8, task.Status.Name());
        json.WriteString("priority"u8, task.Priority.Name());
        json.WriteNumber("progress"u8, task.Progress?.Current ?? 0);
        json.WriteNumber("total"u8, task.Progress?.Total ?? 0);
        json.WriteNumber("percent"u8, task.Progress?.Percent ?? 0);
        json.WriteString("message"u8, task.Progress?.Message);
        json.WriteString("error"u8, task.Error?.Message);
        json.WriteString("errorCode"u8, task.Error?.Code);
        json.WriteNumber("retryCount"u8, task.RetryCount);
        json.WriteString("createdBy"u8, task.CreatedBy);
        TaskJson.Time(json, "createdAt"u8, task.CreatedAt);
        TaskJson.Time(json, "startedAt"u8, task.StartedAt);
        TaskJson.Time(json, "completedAt"u8, task.CompletedAt);
        TaskJson.Time(json, "cancelledAt"u8, task.CancelledAt);
    }
}
