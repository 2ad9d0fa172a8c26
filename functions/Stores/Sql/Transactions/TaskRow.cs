using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>Whom a task's end concerns.</summary>
[Flags]
internal enum LinkFlags
{
    None = 0,

    /// <summary>Others wait for its end, or its parent does, or it has children that are stopped when it fails.</summary>
    Told = 1,

    /// <summary>It has made other tasks.</summary>
    HasChildren = 2,

    /// <summary>One of these has failed or been cancelled in this run.</summary>
    ChildFailed = 4,
}

/// <summary>
/// A task in a transition's hands: its row, its slot, and, once asked for, its body. What a transition changes here is written at
/// the end of the batch, once, however many transitions of the batch had a part in it.
/// </summary>
internal sealed class TaskRow
{
    // ---- Never changes ----
    public required long Number { get; init; }
    public required string Id { get; init; }
    public required string Type { get; init; }
    public required TaskPriority Priority { get; init; }
    public required int MaxRetries { get; init; }
    public required int TimeoutSeconds { get; init; }
    public required Backoff Backoff { get; init; }
    public required string CreatedBy { get; init; }
    public required string Source { get; init; }
    public required IReadOnlyList<string> Tags { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public TaskRelations? Relations { get; init; }

    // ---- Changes with the task ----
    public TaskProgress? Progress { get; set; }
    public TaskError? Error { get; set; }
    public int RetryCount { get; set; }
    public DateTimeOffset? StartedAt { get; set; }
    public DateTimeOffset? CompletedAt { get; set; }
    public DateTimeOffset? CancelledAt { get; set; }
    public DateTimeOffset? RunAt { get; set; }

    /// <summary>Since when it could have run, or go on: creation, run time, manual retry, release, or the end of those it waited for.</summary>
    public DateTimeOffset DueAt { get; set; }

    /// <summary>Time of the last event; a later one never has an earlier time.</summary>
    public DateTimeOffset? ChangedAt { get; set; }
    public long Version { get; set; }
    public int Run { get; set; }
    public int Attempt { get; set; }
    public long Fence { get; set; }

    /// <summary>Null while it is not running, and between two slices.</summary>
    public string? Worker { get; set; }
    public string? Epoch { get; set; }

    /// <summary>Running, but its lease, or its time between two slices, has ended: a slot that it holds is a grant to go on.</summary>
    public bool LeaseEnded { get; set; }
    public bool CancelRequested { get; set; }
    public int Recoveries { get; set; }

    /// <summary>True once a start was asked for in this run.</summary>
    public bool HasOrchestration { get; set; }

    /// <summary>Log lines written so far; they are numbered from 1. Those above <see cref="LogDroppedAfter"/> up to <see cref="LogDroppedTo"/> have been dropped.</summary>
    public long LogLines { get; set; }
    public long LogDroppedAfter { get; set; }

    /// <summary>0 = none.</summary>
    public long LogDroppedTo { get; set; }

    public LinkFlags Links { get; set; }

    // ---- What indexes are made of ----
    public TaskState Status { get; set; }

    /// <summary>The queue it stands in (see <see cref="TaskQueue"/>); null while it holds a slot. Set by <see cref="TaskTransaction.MoveTo"/>.</summary>
    public string? Queue { get; set; }
    public long QueueRank { get; set; }
    public long FacetOwn { get; set; }
    public long FacetAll { get; set; }

    // ---- Slot ----

    /// <summary>End of its slot (of its lease, while it runs), in milliseconds since 1970; null without one. Set by <see cref="Slots"/>.</summary>
    public long? SlotUntil { get; set; }

    /// <summary>Its seats in the pools it counts under; null in SQLite, and where there is no limit. Set by <see cref="Seats"/>.</summary>
    public string? Seats { get; set; }

    // ---- Body ----
    public bool HasBody { get; private set; }
    public string Payload { get; private set; } = "";
    public string? Result { get; private set; }
    public string? Checkpoint { get; private set; }

    // ---- What the database holds of it ----
    /// <summary>Set while the row is not yet in the database.</summary>
    public NewTaskText? NewText { get; set; }
    public bool IsDropped { get; set; }
    public bool IsTouched { get; set; }

    /// <summary>More has changed than its slot.</summary>
    public bool HasChanged { get; set; }
    public bool BodyChanged { get; set; }
    public bool SlotStored { get; set; }
    public long? StoredSlotUntil { get; set; }
    public string? StoredSeats { get; set; }
    public TaskState StoredStatus { get; set; }
    public string? StoredQueue { get; set; }
    public long StoredQueueRank { get; set; }

    /// <summary>The names under which lists find it among the tasks of a tag.</summary>
    public IEnumerable<string> Tagged => Tags.Distinct(StringComparer.Ordinal).Concat(Relations?.Parent is { } parent ? [TaskRelations.ListOf(parent)] : []);

    public bool IsRunning => Status == TaskState.Running;

    /// <summary>The body as read; a result or checkpoint not yet written is newer and stays.</summary>
    public void TakeBody(string payload, string? result, string? checkpoint)
    {
        (HasBody, Payload) = (true, payload);
        if (!BodyChanged) (Result, Checkpoint) = (result, checkpoint);
    }

    /// <summary>Sets result and checkpoint; both are known without having been read, as only one of them ever is not null.</summary>
    public void WriteBody(string? result, string? checkpoint) => (BodyChanged, Result, Checkpoint) = (true, result, checkpoint);

    /// <summary>Keeps no large body in memory beyond the transition that needed it.</summary>
    public void ForgetLargeBody(int most)
    {
        if (Payload.Length + (Result?.Length ?? 0) + (Checkpoint?.Length ?? 0) > most)
            (HasBody, Payload, Result, Checkpoint) = (false, "", null, null);
    }

    /// <summary>The database now holds it as it is here.</summary>
    public void Stored()
    {
        (NewText, IsTouched, HasChanged, BodyChanged) = (null, false, false, false);
        (StoredStatus, StoredQueue, StoredQueueRank) = (Status, Queue, QueueRank);
        (SlotStored, StoredSlotUntil, StoredSeats) = (SlotUntil is not null, SlotUntil, Seats);
    }

    /// <summary>The record, with its body.</summary>
    public TaskRecord ToRecord() => new()
    {
        Id = Id,
        Type = Type,
        Status = Status,
        Priority = Priority,
        Payload = Payload,
        Result = Result,
        Error = Error,
        Progress = Progress,
        CreatedAt = CreatedAt,
        StartedAt = StartedAt,
        CompletedAt = CompletedAt,
        CancelledAt = CancelledAt,
        CreatedBy = CreatedBy,
        Source = Source,
        RetryCount = RetryCount,
        MaxRetries = MaxRetries,
        TimeoutSeconds = TimeoutSeconds,
        Backoff = Backoff,
        RunAt = RunAt,
        Tags = Tags,
        Version = Version,
        Run = Run,
        Attempt = Attempt,
        Fence = Fence,
        Worker = Worker,
        CancelRequested = CancelRequested,
        Number = Number,
        DueAt = DueAt,
        Parent = Relations?.Parent,
        After = Relations?.After,
        UniqueKey = Relations?.Unique,
        IsBlocked = TaskQueue.IsBlocked(Queue),
        HasChildren = Links.HasFlag(LinkFlags.HasChildren),
    };
}
