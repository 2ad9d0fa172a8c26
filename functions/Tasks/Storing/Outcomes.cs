namespace Tasklane.Tasks.Storing;

/// <summary>A worker process: its name, and an epoch that differs each time a process starts under that name.</summary>
public readonly record struct WorkerName(string Name, string Epoch);

/// <summary>A started task in a worker's hand.</summary>
/// <param name="Fence">The token that start handed out.</param>
public readonly record struct Held(string Id, long Fence);

/// <summary>What a worker's word about a task met with.</summary>
public enum Hold
{
    /// <summary>Still its own.</summary>
    Held,

    /// <summary>Still its own, and somebody asked to stop it.</summary>
    CancelRequested,

    /// <summary>Not its own any more: the handler must stop, nothing it writes will be taken.</summary>
    Lost,
}

/// <summary>A task whose orchestration is to look at it: it has been given a slot, or ended without one, or waits for a time now.</summary>
/// <param name="Waiting">True: its orchestration waits to be woken (it has asked for a start in this run). False: it has none yet, so schedule it.</param>
public readonly record struct Grant(string Id, int Run, bool Waiting);

/// <summary>Whom the caller must wake now that the change is written.</summary>
/// <param name="Grants">Other tasks that hold a slot now; the task that the call was about is never among them.</param>
/// <param name="Ring">The event pump sleeps and there are events for it.</param>
/// <param name="Settle">A task has ended for which others wait: call <see cref="ITaskStore.SettleAsync"/>.</param>
public readonly record struct Wakes(IReadOnlyList<Grant> Grants, bool Ring, bool Settle = false)
{
    public static Wakes None { get; } = new([], false);
}

/// <param name="Granted">It holds a slot and has not started: schedule its orchestration.</param>
/// <param name="Existing">It is the task of an earlier request with the same idempotency key; nothing was changed. <paramref name="Task"/> is as it is now.</param>
/// <param name="Taken">It is another task, which has the <see cref="NewTask.Unique"/> key; nothing was changed, and it is also <paramref name="Existing"/>.</param>
public sealed record Created(TaskRecord Task, bool Granted, bool Existing, Wakes Wakes, bool Taken = false);

/// <summary>What start met with.</summary>
public enum StartKind
{
    /// <summary>The caller runs it now.</summary>
    Started,

    /// <summary>Not before <see cref="Started.Until"/>: its time has not come, or a predecessor's lease is alive until then. Ask again then.</summary>
    Later,

    /// <summary>No slot is free for it: it waits in its lane, and whoever gives it one wakes it.</summary>
    Waiting,

    /// <summary>It has ended, or is at another run: nothing left to do.</summary>
    Gone,
}

/// <param name="Task">The task after the start; set for <see cref="StartKind.Started"/>, and for Gone where it still exists (after too many recoveries: as it failed).</param>
/// <param name="Checkpoint">What an earlier slice or attempt saved, JSON text.</param>
public sealed record Started(StartKind Kind, TaskRecord? Task, string? Checkpoint, DateTimeOffset? Until, Wakes Wakes);

/// <param name="Ring">See <see cref="Wakes.Ring"/>.</param>
public readonly record struct Reported(Hold Hold, bool Ring);

/// <param name="Version">The task's version after the change.</param>
/// <param name="Status">What it is now: pending after a backoff or release, unless somebody asked to stop it.</param>
public readonly record struct Ended(long Version, TaskState Status, Wakes Wakes);

/// <param name="Task">The task after the change.</param>
/// <param name="Stopping">True: it is running and has been asked to stop. False: it is cancelled.</param>
public sealed record Cancelled(TaskRecord Task, bool Stopping, Wakes Wakes);

/// <param name="Wakes">Tasks that go on, or have ended, because one that they waited for has ended; <see cref="Wakes.Settle"/>: there is more.</param>
public sealed record Settled(Wakes Wakes);

/// <summary>A task that ended long enough ago to be purged, as <see cref="ITaskStore.ListPurgeableAsync"/> found it.</summary>
public sealed record PurgeableTask(string Id, int Run)
{
    /// <summary>Ids of its orchestrations, one per run.</summary>
    public IEnumerable<string> Instances => Enumerable.Range(0, Run + 1).Select(run => TaskIds.InstanceOf(Id, run));
}

/// <param name="Lapsed">Pending tasks that hold a renewed grant but whose start nobody has seen: wake them again.</param>
/// <param name="DeadLeases">Running tasks whose worker is gone (those that wait in a lane for a slot excepted): wake them.</param>
/// <param name="Overdue">Pending tasks whose time came long ago and which nobody has started: wake them.</param>
/// <param name="More">There was more than the limit.</param>
public sealed record Sweep(IReadOnlyList<Grant> Lapsed, IReadOnlyList<Grant> DeadLeases, IReadOnlyList<Grant> Overdue, Wakes Wakes, bool More);
