namespace Tasklane.Tasks.Storing;

/// <summary>
/// Where tasks live. Every transition is one atomic write of guard, change, indexes, event, slot and statistics together; a
/// caller never reads, checks and then writes. What a transition wakes is returned as <see cref="Wakes"/>, and waking is the
/// caller's duty; should it die before, the sweeper finds the same from <see cref="SweepAsync"/>.
/// <para>
/// Slots: a task holds a slot from its grant to its end (or its backoff). A slot is a lease: while the task is pending it
/// lapses after <see cref="TasklaneOptions.GrantSeconds"/>, while running after <see cref="TasklaneOptions.LeaseSeconds"/>
/// without renewal. A lapsed slot counts for nothing: at the very moment it ends another task may have it.
/// </para>
/// <para>
/// Lanes: a lane is served by creation, oldest first, whenever a task joined it. A task that its type's or its user's limit
/// holds back never holds back those behind it. <see cref="LaneOptions"/> says how the lanes take turns.
/// </para>
/// <para>
/// Versions: every event has the next version, and nothing else changes it: not admission, leases, checkpoints, slices, or the
/// mark that somebody asked to stop. Times are kept to the millisecond.
/// </para>
/// <para>
/// Errors: guards throw <see cref="TaskException"/> with a code of <see cref="TaskErrors"/>; an unreachable store throws one
/// with <see cref="TaskErrors.StoreUnavailable"/>, a full one with <see cref="TaskErrors.StoreFull"/>: nothing was changed then. A change
/// whose answer got lost throws one with <see cref="TaskErrors.OutcomeUnknown"/>. Time is the store's TimeProvider; servers that have a clock
/// of their own use that. A read sees one moment. All members are safe for concurrent use.
/// </para>
/// </summary>
public interface ITaskStore
{
    /// <summary>Makes schema or checks the connection; called before anything else, any number of times.</summary>
    Task InitializeAsync(CancellationToken cancellation);

    /// <summary>Answers within a second or throws <see cref="TaskErrors.StoreUnavailable"/> or <see cref="TaskErrors.StoreFull"/>; for health checks.</summary>
    Task PingAsync(CancellationToken cancellation);

    // ---- A task's way to its slot ----

    /// <summary>
    /// Writes a pending task, its indexes and <c>task:created</c>. Without a future <see cref="NewTask.RunAt"/> it takes a slot at
    /// once when one is free and nothing of its lane or a higher one waits for it, else it joins its lane. With one, it joins nothing until <see cref="StartAsync"/>.
    /// An idempotency key used before finds that task (<see cref="Created.Existing"/>) or throws
    /// <see cref="TaskErrors.IdempotencyConflict"/>; an id used before throws <see cref="TaskErrors.Exists"/>. A key is looked at
    /// before the id and is free again 24 hours after its first use. Until then it counts although its task has been purged: that
    /// throws <see cref="TaskErrors.IdempotencyGone"/>, and nothing is made a second time.
    /// <para>
    /// With <see cref="NewTask.After"/> it joins nothing either, until <see cref="SettleAsync"/> has told it of the end of those; one that
    /// does not exist throws <see cref="TaskErrors.AfterNotFound"/>. A <see cref="NewTask.Parent"/> that has ended, or does not exist, throws
    /// <see cref="TaskErrors.ParentEnded"/>.
    /// </para>
    /// <para>
    /// A <see cref="NewTask.Unique"/> key that another task of the user has finds that one (<see cref="Created.Taken"/>): one that has not
    /// ended, or was made less than <see cref="TaskUnique.ForSeconds"/> ago by what it said itself, and has not been purged. It is looked at last.
    /// </para>
    /// </summary>
    Task<Created> CreateAsync(NewTask task, CancellationToken cancellation);

    // ---- Running ----

    /// <summary>
    /// The one question of a task's orchestration, asked as often as it likes: what comes next? The answer is the task itself, to be run
    /// now, or what to wait for, or that nothing is left to do.
    /// pending → running, or the takeover of a running task whose worker is dead: new fence token, lease, <c>task:started</c>.
    /// One whose time (runAt, backoff) has not come by the store's clock is told when it does (<see cref="StartKind.Later"/>). When it has, it
    /// takes a slot unless others wait for one, else it joins its lane (<see cref="StartKind.Waiting"/>).
    /// A lapsed slot is taken again when one is free, else the task joins its lane; so does a running task whose worker is dead.
    /// A predecessor counts as dead when its lease has ended, or when it bore <paramref name="worker"/>'s name with another
    /// epoch. A takeover increments the attempt and the recoveries; past
    /// <see cref="TasklaneOptions.MaxRecoveries"/> the task fails with <see cref="TaskErrors.WorkerLost"/>. After <see cref="ContinueAsync"/> a
    /// start opens the next slice: same attempt, new fence, no event.
    /// The started event's time is the task's startedAt; a slice leaves it alone.
    /// </summary>
    Task<Started> StartAsync(string id, int run, WorkerName worker, CancellationToken cancellation);

    /// <summary>
    /// Renews the leases of all that a worker runs, in one go, and marks the worker alive. Answers in the same order. A lease that
    /// has ended is renewed all the same while its token is the latest and a slot is free for it, else it is lost.
    /// </summary>
    Task<IReadOnlyList<Hold>> RenewAsync(WorkerName worker, IReadOnlyList<Held> held, CancellationToken cancellation);

    /// <summary>
    /// Progress (an event <c>task:progress</c>; null = none) and log lines of a running task; renews its lease too. With an old
    /// token nothing is written and the answer is <see cref="Hold.Lost"/>. Ended leases are treated as by <see cref="RenewAsync"/>.
    /// Of more lines than <see cref="TasklaneOptions.MaxLogLines"/> the first half and the last half are kept.
    /// </summary>
    Task<Reported> ReportAsync(Held held, TaskProgress? progress, IReadOnlyList<TaskLogLine> lines, CancellationToken cancellation);

    /// <summary>Keeps a checkpoint (JSON text, up to 256 KiB) for whoever goes on with the task. Refuses an old token with <see cref="TaskErrors.LeaseLost"/>.</summary>
    Task SaveCheckpointAsync(Held held, string checkpoint, CancellationToken cancellation);

    /// <summary>The slice is over, the attempt goes on: keeps the slot (for a grant's time) and lets the next start follow at once; recoveries back to 0. The token is spent: refuses an old one with <see cref="TaskErrors.LeaseLost"/>. A null checkpoint leaves the last one.</summary>
    Task ContinueAsync(Held held, string? checkpoint, CancellationToken cancellation);

    /// <summary>
    /// As <see cref="ContinueAsync"/>, but the next slice follows when all children of the task have ended, or, with
    /// <paramref name="toFailure"/>, one of them has failed or been cancelled. Until then the task runs on without a slot, and the children
    /// that have ended, of <paramref name="total"/>, are its progress. Where there is nothing to wait for it keeps its slot. A task that
    /// somebody asked to stop is cancelled instead. Refuses an old token with <see cref="TaskErrors.LeaseLost"/>.
    /// </summary>
    Task<Ended> AwaitChildrenAsync(Held held, long total, bool toFailure, CancellationToken cancellation);

    // ---- Ends of an attempt. All free the slot and refuse an old token with lease_lost: one that is not the latest, whose task
    // does not run any more, was handed in by ContinueAsync, or does not exist. A lease that has ended is no reason to refuse. ----

    /// <summary>running → completed, with a result (JSON text). Drops the checkpoint.</summary>
    Task<Ended> CompleteAsync(Held held, string result, CancellationToken cancellation);

    /// <summary>running → failed, for good.</summary>
    Task<Ended> FailAsync(Held held, TaskError error, CancellationToken cancellation);

    /// <summary>running → pending with retryCount + 1 and a runAt; event <c>task:retrying</c>. Keeps the checkpoint. A task that somebody asked to stop is cancelled instead; <see cref="Ended.Status"/> says which.</summary>
    Task<Ended> BackOffAsync(Held held, TaskError error, DateTimeOffset runAt, CancellationToken cancellation);

    /// <summary>running → cancelled: the handler has stopped because it was asked to.</summary>
    Task<Ended> StopAsync(Held held, CancellationToken cancellation);

    /// <summary>running → pending without a lost attempt (graceful shutdown): retryCount stays, it may start again at once. Event <c>task:retrying</c>. A task that somebody asked to stop is cancelled instead.</summary>
    Task<Ended> ReleaseAsync(Held held, CancellationToken cancellation);

    // ---- Tasks that wait for others ----

    /// <summary>
    /// Tells those who wait of tasks that have ended: up to <paramref name="limit"/> of these, longest ended first. One whose predecessors have
    /// completed, as its <see cref="TaskAfter"/> says, joins its lane (or waits for its time); one whose predecessors failed it ends. A parent
    /// counts its children and goes on as <see cref="AwaitChildrenAsync"/> says. The children of a parent that failed or was cancelled are
    /// cancelled, or asked to stop. Call it again while <see cref="Wakes.Settle"/>; a sweep says so too where nobody did.
    /// </summary>
    Task<Settled> SettleAsync(int limit, CancellationToken cancellation);

    // ---- Requests from outside. owner = null is an admin's; another user's task is not found. ----

    /// <summary>
    /// pending → cancelled, out of its lane, slot freed. A running task: refused with <see cref="TaskErrors.Running"/>, or, with
    /// <paramref name="stopRunning"/>, marked so that its worker learns of it (<see cref="Cancelled.Stopping"/>).
    /// With <paramref name="stopRunning"/>, running between two slices or with a lapsed lease: cancelled at once. Ended: <see cref="TaskErrors.NotCancellable"/>, but
    /// cancelling a cancelled task again is answered like the first time. The mark is gone with the attempt.
    /// </summary>
    Task<Cancelled> CancelAsync(string id, string? owner, bool stopRunning, CancellationToken cancellation);

    /// <summary>failed or cancelled → pending: retryCount 0, run + 1, result, error, progress, checkpoint and times (runAt too) cleared; takes a slot or joins its lane, or waits again for those of its predecessors that have not ended. Event <c>task:retrying</c>. Any other state: <see cref="TaskErrors.NotRetryable"/>. A key counts as in <see cref="CreateAsync"/>: the same retry again begins no further run.</summary>
    Task<Created> RetryAsync(string id, string? owner, RequestKey? key, CancellationToken cancellation);

    // ---- Reading ----

    /// <summary>The task; null when there is none or it is not <paramref name="owner"/>'s.</summary>
    Task<TaskRecord?> GetAsync(string id, string? owner, CancellationToken cancellation);

    /// <summary>One page, newest first, with the total of all pages.</summary>
    Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellation);

    /// <summary>Log lines, oldest first, one page; null level = all. Where lines were dropped stands a warning that says how many.</summary>
    Task<LogPage> GetLogsAsync(string id, TaskLogLevel? atLeast, int page, int pageSize, CancellationToken cancellation);

    /// <summary>Events with a version above <paramref name="afterVersion"/>, oldest first. The newest 1,000 of a task are kept at least.</summary>
    Task<IReadOnlyList<TaskEvent>> GetEventsAsync(string id, long afterVersion, int limit, CancellationToken cancellation);

    /// <summary>
    /// What must have changed when an answer has: read first, and kept beside the answer, it tells later for one cheap read whether the
    /// answer still holds. The same version twice means that no change was made between, on any instance. Null where the store has none.
    /// </summary>
    Task<HubVersion?> GetVersionAsync(CancellationToken cancellation);

    /// <summary>The same of one task, its events and its log; null when there is none or it is not <paramref name="owner"/>'s.</summary>
    Task<TaskVersion?> GetTaskVersionAsync(string id, string? owner, CancellationToken cancellation);

    /// <summary>Counts as they stand.</summary>
    Task<QueueStats> GetStatsAsync(CancellationToken cancellation);

    /// <summary>Minute by minute, oldest first, for the last <paramref name="minutes"/> (1 to 1440); minutes in which nothing happened are left out.</summary>
    Task<IReadOnlyList<MinuteStats>> GetHistoryAsync(int minutes, CancellationToken cancellation);

    /// <summary>
    /// Hour by hour (of UTC), oldest first, for the last <paramref name="hours"/> (1 to 720), this one too; hours in which nothing happened are
    /// left out. Each minute counts in its hour exactly once, also while old minutes are being added to their hours.
    /// </summary>
    Task<IReadOnlyList<MinuteStats>> GetHoursAsync(int hours, CancellationToken cancellation);

    /// <summary>Notes for the history how full the queue is; the last note of a minute is the one that stays.</summary>
    Task NoteGaugesAsync(QueueGauges gauges, CancellationToken cancellation);

    // ---- Outbox ----

    /// <summary>
    /// Acknowledges everything up to <paramref name="acknowledge"/> (null = nothing) and reads the next events. When nothing is
    /// left the pump is marked asleep in the same atomic step, so that the next transition answers <see cref="Wakes.Ring"/>, once.
    /// A new store's pump is asleep. What is not acknowledged is read again; a position acknowledged before does nothing.
    /// </summary>
    Task<OutboxBatch> DrainOutboxAsync(string? acknowledge, int limit, CancellationToken cancellation);

    // ---- Recovery ----

    /// <summary>
    /// Finds what was lost on the way and gives free slots away: slots that lapsed before their task started, running tasks
    /// whose lease has ended, delayed tasks overdue by more than a grant's time, events that nobody has been rung for.
    /// Changes nothing but slots and lanes: a lapsed grant is renewed and reported, or, where its slot has gone to another, back
    /// in its lane. What is reported is not reported again before another grant's time. The pump is rung for when events have
    /// waited, and nobody drained, for a grant's time. Call it again while <see cref="Sweep.More"/>.
    /// </summary>
    Task<Sweep> SweepAsync(int limit, CancellationToken cancellation);

    // ---- Purge: list, purge the orchestrations that the tasks name, then the tasks. In this order nothing is ever left that no row names. ----

    /// <summary>Tasks that ended before a time, longest ended first. Fewer than the limit means that there are no more.</summary>
    Task<IReadOnlyList<PurgeableTask>> ListPurgeableAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellation);

    /// <summary>
    /// Deletes those of the listed tasks that still are as they were listed, ended before the time and in that run, with their logs, events,
    /// files and index entries; one that has been retried since stays. In slices, so that nobody waits long. Returns how many were deleted.
    /// </summary>
    Task<int> PurgeAsync(IReadOnlyList<PurgeableTask> tasks, DateTimeOffset endedBefore, CancellationToken cancellation);

    /// <summary>Drops what grows old without belonging to a task: idempotency keys, names of workers; minutes of the history older than a day are added to their hours, and hours older than 30 days go. In slices, until none is left.</summary>
    Task DropExpiredAsync(CancellationToken cancellation);

    // ---- Files that a task makes ----

    /// <summary>Writes (or writes again) the chunk with this index, at most 1 MiB. Refuses an old token with <see cref="TaskErrors.LeaseLost"/>.</summary>
    Task WriteFileChunkAsync(Held held, int index, ReadOnlyMemory<byte> bytes, CancellationToken cancellation);

    /// <summary>The chunk with this index; null past the end. Kept until the task is purged.</summary>
    Task<byte[]?> ReadFileChunkAsync(string id, int index, CancellationToken cancellation);
}
