namespace Tasklane.Tasks;

/// <summary>Names of the events that a change of a task makes, as clients receive them.</summary>
public static class TaskEvents
{
    public const string Created = "task:created";
    public const string Started = "task:started";
    public const string Progress = "task:progress";
    public const string Retrying = "task:retrying";
    public const string Completed = "task:completed";
    public const string Failed = "task:failed";
    public const string Cancelled = "task:cancelled";
}

/// <summary>A change of a task, written in the same atomic write as the change itself.</summary>
/// <param name="Name">One of <see cref="TaskEvents"/>.</param>
/// <param name="Version">The task's version after the change.</param>
/// <param name="Data">JSON object text: what changed (see <see cref="TaskEventData"/>).</param>
public sealed record TaskEvent(string TaskId, string Owner, string Name, long Version, DateTimeOffset At, string Data);

/// <summary>Undelivered events in their order; <paramref name="Position"/> acknowledges all of them.</summary>
/// <param name="Position">Opaque; null when the batch is empty.</param>
public sealed record OutboxBatch(string? Position, IReadOnlyList<TaskEvent> Events);
