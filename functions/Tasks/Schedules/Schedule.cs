namespace Tasklane.Tasks.Schedules;

/// <summary>What happens to ticks whose time passed while nothing could be started: those whose next tick is due too, and those a minute late.</summary>
public enum MissedTicks
{
    /// <summary>They are left out.</summary>
    Skip,

    /// <summary>One task for all of them.</summary>
    Once,

    /// <summary>A task for each.</summary>
    All,
}

/// <summary>What happens at a tick while the task of the one before has not ended.</summary>
public enum Overlap
{
    /// <summary>The tick is left out.</summary>
    Skip,

    /// <summary>The tick waits for its end.</summary>
    Queue,

    /// <summary>The former task is cancelled, or asked to stop.</summary>
    Cancel,
}

/// <summary>A schedule as the store keeps it.</summary>
public sealed record Schedule
{
    /// <summary>As a task's; grows with the time of creation.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is, and whose its tasks are.</summary>
    public required string Owner { get; init; }

    /// <summary>The owner's roles when it was last changed: types may ask for one.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>For people; may be empty.</summary>
    public string Name { get; init; } = "";

    public required Timing Timing { get; init; }

    public MissedTicks Missed { get; init; } = MissedTicks.Once;

    public Overlap Overlap { get; init; } = Overlap.Skip;

    /// <summary>The task to create, as <c>POST /api/tasks</c> takes it: JSON text.</summary>
    public required string Task { get; init; }

    public bool IsPaused { get; init; }

    /// <summary>The tick that comes next; null when there is none, or it is paused.</summary>
    public DateTimeOffset? Tick { get; init; }

    /// <summary>When to look at it; after <see cref="Tick"/> where that waits for the end of a task.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>The last tick for which a task was made, and that task.</summary>
    public DateTimeOffset? LastTick { get; init; }

    public string? LastTaskId { get; init; }

    /// <summary>Why the last tick made no task; null when it did.</summary>
    public string? LastError { get; init; }

    /// <summary>Ticks for which a task was made.</summary>
    public long Fired { get; init; }

    /// <summary>Ticks that were left out: missed, overlapping, or refused.</summary>
    public long Skipped { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Hash of the request that made it under an idempotency key; null without one.</summary>
    public string? Request { get; init; }

    /// <summary>Grows with every change; 0 = not stored yet.</summary>
    public long Version { get; init; }

    /// <summary>The tag that its tasks have.</summary>
    public string Tag => $"schedule:{Id}";

    /// <summary>Looks forward from a time: the next tick, which is due when it comes.</summary>
    public Schedule From(DateTimeOffset after)
    {
        var tick = IsPaused ? null : Timing.Next(after);
        return this with { Tick = tick, DueAt = tick };
    }
}
