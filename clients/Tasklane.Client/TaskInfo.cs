using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Tasklane.Client;

[JsonConverter(typeof(Json.EnumConverter<TaskState>))]
public enum TaskState
{
    Pending,
    Running,
    Completed,
    Failed,
    Cancelled,
}

[JsonConverter(typeof(Json.EnumConverter<TaskPriority>))]
public enum TaskPriority
{
    High,
    Normal,
    Low,
}

/// <summary>A task as the service has it.</summary>
public sealed record TaskInfo
{
    public required string Id { get; init; }
    public required string Type { get; init; }
    public required TaskState Status { get; init; }
    public required TaskPriority Priority { get; init; }

    /// <summary>Null in lists when <see cref="PayloadOmitted"/>.</summary>
    public JsonElement? Payload { get; init; }

    /// <summary>In lists: the payload is long, <see cref="TasklaneClient.GetAsync"/> has it.</summary>
    public bool PayloadOmitted { get; init; }

    /// <summary>What a completed task came to; see <see cref="ResultAs{T}(JsonTypeInfo{T})"/>.</summary>
    public JsonElement? Result { get; init; }

    public bool ResultOmitted { get; init; }

    /// <summary>Why the last attempt failed, also while another is waited for.</summary>
    public TaskError? Error { get; init; }

    public TaskProgress? Progress { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? CompletedAt { get; init; }
    public DateTimeOffset? CancelledAt { get; init; }
    public required string CreatedBy { get; init; }
    public required string Source { get; init; }
    public int RetryCount { get; init; }
    public int MaxRetries { get; init; }
    public int TimeoutSeconds { get; init; }
    public Backoff? Backoff { get; init; }

    /// <summary>It does not begin before.</summary>
    public DateTimeOffset? RunAt { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Grows with every change.</summary>
    public required long Version { get; init; }

    public int Attempt { get; init; }
    public bool CancelRequested { get; init; }
    public string? Worker { get; init; }

    /// <summary>Nothing but a retry by hand changes it any more.</summary>
    [JsonIgnore]
    public bool HasEnded => Status is TaskState.Completed or TaskState.Failed or TaskState.Cancelled;

    /// <summary>The result, read by source-generated code.</summary>
    /// <exception cref="TaskNotCompletedException">It has none, as it failed or was cancelled.</exception>
    public T? ResultAs<T>(JsonTypeInfo<T> json) => Status == TaskState.Completed
        ? Result is { } result ? result.Deserialize(json) : default
        : throw new TaskNotCompletedException(this);

    /// <summary>The result, read by reflection: names in camelCase unless the options say otherwise.</summary>
    /// <exception cref="TaskNotCompletedException">It has none, as it failed or was cancelled.</exception>
    public T? ResultAs<T>(JsonSerializerOptions? options = null) => Status == TaskState.Completed
        ? Result is { } result ? result.Deserialize<T>(options ?? JsonSerializerOptions.Web) : default
        : throw new TaskNotCompletedException(this);
}

/// <param name="Code">Stable, for programs.</param>
public sealed record TaskError(string Code, string Message, JsonElement? Details = null);

/// <param name="Percent">0 to 100; 0 where no total is known.</param>
public sealed record TaskProgress(long Current, long Total, double Percent, string? Message);

/// <summary>The wait before another attempt.</summary>
/// <param name="Kind">exponential, quadratic or fixed.</param>
public sealed record Backoff(string? Kind = null, double? DelaySeconds = null, double? Factor = null, double? MaxDelaySeconds = null);

/// <summary>One page of a list.</summary>
/// <param name="Next">What the next page begins after; null on the last.</param>
public sealed record TaskPage(IReadOnlyList<TaskInfo> Tasks, long Total, int Page, int PageSize, string? Next);

/// <summary>A change of a task.</summary>
/// <param name="Event">task:created, task:started, task:progress, task:retrying, task:completed, task:failed or task:cancelled.</param>
/// <param name="Changed">The fields that changed, as the task has them.</param>
public sealed record TaskEvent(string Id, long Version, string Event, DateTimeOffset At, JsonElement Changed)
{
    /// <summary>The task has ended with it.</summary>
    [JsonIgnore]
    public bool IsEnd => Event is "task:completed" or "task:failed" or "task:cancelled";

    /// <summary>How far the task was, when that is what changed.</summary>
    [JsonIgnore]
    public TaskProgress? Progress =>
        Changed.ValueKind == JsonValueKind.Object && Changed.TryGetProperty("progress", out var progress) && progress.ValueKind == JsonValueKind.Object
            ? progress.Deserialize(Json.TasklaneJson.Default.TaskProgress)
            : null;
}

/// <summary>A line of a task's log.</summary>
/// <param name="Level">debug, info, warning or error.</param>
public sealed record TaskLogLine(DateTimeOffset Time, string Level, string Message);

/// <summary>A type of tasks that the service runs.</summary>
/// <param name="RequiredRole">Who may create them; null = anybody.</param>
/// <param name="Schema">JSON Schema of the payload.</param>
public sealed record TaskType(string Name, string Description, string? RequiredRole, JsonElement Schema);

/// <summary>States' names as the service has them.</summary>
public static class TaskStates
{
    public static string Name(this TaskState state) => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    public static string Name(this TaskPriority priority) => JsonNamingPolicy.CamelCase.ConvertName(priority.ToString());
}
