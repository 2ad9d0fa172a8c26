using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Primitives;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http.Queue;

/// <summary>Tasks as the queue API sends them.</summary>
internal static class QueueTaskJson
{
    /// <summary>The type whose payload has ids of log lines: <c>log_ids</c> here, <c>ids</c> in its schema.</summary>
    public const string LogAnalysis = "log_analysis";

    /// <summary>The state's name in a filter, either way; RETRYING ones are pending, and are found among them.</summary>
    public static StringValues StateOf(StringValues name) => name.Count != 1 ? name : name[0] switch
    {
        "PENDING" => "pending",
        "PROCESSING" => "running",
        "COMPLETED" => "completed",
        "FAILED" => "failed",
        "CANCELLED" => "cancelled",
        _ => name,
    };

    public static void Write(Utf8JsonWriter json, TaskRecord task)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, task.Id);
        json.WriteString("type"u8, task.Type);
        json.WriteString("status"u8, NameOf(task));
        json.WriteNumber("priority"u8, NumberOf(task.Priority));
        json.WritePropertyName("payload"u8);
        json.WriteRawValue(PayloadOf(task), skipInputValidation: true);
        json.WritePropertyName("result"u8);
        if (task.Result is { } result)
            json.WriteRawValue(result, skipInputValidation: true);
        else
            json.WriteNullValue();
        json.WriteString("error"u8, task.Error?.Message);
        json.WriteNumber("progress"u8, task.Progress?.Percent ?? 0);
        json.WriteNumber("retry_count"u8, task.RetryCount);
        json.WriteNumber("max_retries"u8, task.MaxRetries);
        TaskJson.Time(json, "created_at"u8, task.CreatedAt);
        TaskJson.Time(json, "scheduled_at"u8, task.RunAt);
        TaskJson.Time(json, "started_at"u8, task.StartedAt);
        TaskJson.Time(json, "completed_at"u8, task.CompletedAt ?? task.CancelledAt);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, (TaskPage Page, TaskQuery Query) list)
    {
        json.WriteStartObject();
        json.WriteStartArray("tasks"u8);
        foreach (var task in list.Page.Tasks)
            Write(json, task);
        json.WriteEndArray();
        json.WriteNumber("total"u8, list.Page.Total);
        json.WriteNumber("page"u8, list.Query.Page);
        json.WriteNumber("page_size"u8, list.Query.PageSize);
        TaskJson.Next(json, list.Page);
        json.WriteEndObject();
    }

    /// <summary>1 is the least, 10 the most.</summary>
    public static TaskPriority PriorityOf(int number) => number switch
    {
        <= 3 => TaskPriority.Low,
        <= 6 => TaskPriority.Normal,
        _ => TaskPriority.High,
    };

    private static int NumberOf(TaskPriority priority) => priority switch
    {
        TaskPriority.Low => 1,
        TaskPriority.Normal => 5,
        _ => 10,
    };

    private static string NameOf(TaskRecord task) => task.Status switch
    {
        TaskState.Pending => task.RetryCount > 0 ? "RETRYING" : "PENDING",
        TaskState.Running => "PROCESSING",
        TaskState.Completed => "COMPLETED",
        TaskState.Failed => "FAILED",
        _ => "CANCELLED",
    };

    private static string PayloadOf(TaskRecord task)
    {
        if (task.Type != LogAnalysis || JsonNode.Parse(task.Payload) is not JsonObject payload || !payload.Remove("ids", out var ids))
            return task.Payload;
        payload["log_ids"] = ids;
        return payload.ToJsonString();
    }
}
