namespace Tasklane.Tasks.Storing;

/// <summary>Which tasks to list. Every part that is set must match.</summary>
public sealed record TaskQuery
{
    /// <summary>Creator; null = everybody's.</summary>
    public string? Owner { get; init; }
    public TaskState? Status { get; init; }
    public string? Type { get; init; }
    public TaskPriority? Priority { get; init; }
    public string? Tag { get; init; }

    /// <summary>Id of the task that made them.</summary>
    public string? Parent { get; init; }

    /// <summary>
    /// Words; each must be the beginning of one of the task's <see cref="SearchWords"/>, whatever the case. A whole id finds that task.
    /// A text without letters or digits finds nothing.
    /// </summary>
    public string? Text { get; init; }

    /// <summary>From 1; of no meaning where <see cref="After"/> is set.</summary>
    public int Page { get; init; } = 1;

    /// <summary>
    /// Only tasks that come after the one with this number, which are those with lower ones: see <see cref="TaskPage.Next"/>. A walk by it
    /// finds each task that matches throughout exactly once, whatever is created or purged meanwhile; pages shift.
    /// </summary>
    public long? After { get; init; }

    /// <summary>1 to <see cref="TaskLimits.MaxPageSize"/>.</summary>
    public int PageSize { get; init; } = 20;
}

/// <summary>See <see cref="ITaskStore.GetVersionAsync"/>. The texts are of no other meaning, and of none to another instance.</summary>
/// <param name="Tasks">Of what lists of tasks and of schedules say.</param>
/// <param name="Counts">Of what the statistics and the history say; changes also with a worker's sign of life.</param>
public sealed record HubVersion(string Tasks, string Counts);

/// <param name="LogLines">Written so far, those that were dropped too.</param>
public sealed record TaskVersion(long Version, bool CancelRequested, bool IsBlocked, bool HasChildren, long LogLines);

/// <param name="Total">Of all pages.</param>
/// <param name="Next">The <see cref="TaskQuery.After"/> of what follows; null when nothing does. A page that is not full may still have one.</param>
public sealed record TaskPage(IReadOnlyList<TaskRecord> Tasks, long Total, long? Next);

/// <summary>Levels of a task's log lines, mildest first.</summary>
public enum TaskLogLevel
{
    Debug,
    Info,
    Warning,
    Error,
}

/// <summary>A line of a task's log.</summary>
/// <param name="Message">At most 8 KiB; longer ones are cut by the worker.</param>
public sealed record TaskLogLine(DateTimeOffset At, TaskLogLevel Level, string Message);

public sealed record LogPage(IReadOnlyList<TaskLogLine> Lines, long Total)
{
    /// <summary>The line that stands where lines were dropped; see <see cref="TasklaneOptions.MaxLogLines"/>.</summary>
    /// <param name="at">Time of the line after it.</param>
    public static TaskLogLine Dropped(long count, DateTimeOffset at) =>
        new(at, TaskLogLevel.Warning, $"{count} log lines were dropped here: a task keeps its first and its last.");
}

/// <summary>Counts as they stand. <paramref name="Depth"/>: waiting in each lane (granted and delayed ones not counted).</summary>
/// <param name="ByStatus">Tasks stored, for each of the five states.</param>
/// <param name="Delayed">Pending tasks that wait for their time.</param>
/// <param name="OldestWaiting">Creation of the oldest task in any lane.</param>
/// <param name="Completed">Tasks completed since the store was made; likewise the others. Failed: for good. Retried: backed off, or by hand.</param>
/// <param name="Workers">Worker processes seen alive within a lease's time.</param>
public sealed record QueueStats(
    IReadOnlyDictionary<TaskState, long> ByStatus,
    IReadOnlyDictionary<TaskPriority, long> Depth,
    long Delayed,
    DateTimeOffset? OldestWaiting,
    long Created,
    long Completed,
    long Failed,
    long Cancelled,
    long Retried,
    IReadOnlyList<WorkerStats> Workers);

/// <param name="Running">As the worker said when it last renewed.</param>
public sealed record WorkerStats(string Name, int Running, DateTimeOffset SeenAt);

/// <summary>What happened within one minute, or within the longer time that begins with it. The histograms count durations in power-of-two buckets of milliseconds: bucket n holds [2^n, 2^(n+1)), bucket 0 also less.</summary>
/// <param name="WaitMs">From due (created, runAt, manual retry or release) to start, per start of a pending task.</param>
/// <param name="RunMs">From start to end, per completed or failed attempt (its last start, where workers were lost).</param>
/// <param name="Gauges">What was noted last within the minute; null when nothing was.</param>
public sealed record MinuteStats(
    DateTimeOffset Minute, long Created, long Completed, long Failed, long Cancelled, long Retried,
    IReadOnlyDictionary<int, long> WaitMs, IReadOnlyDictionary<int, long> RunMs, QueueGauges? Gauges)
{
    /// <summary>Minutes put together to longer times, which begin at multiples of their length since 1970.</summary>
    /// <param name="minutes">Ascending; may be longer times themselves.</param>
    public static IReadOnlyList<MinuteStats> By(TimeSpan step, IEnumerable<MinuteStats> minutes) =>
        [.. minutes.GroupBy(minute => minute.Minute.UtcTicks / step.Ticks, (begin, parts) => Sum(new DateTimeOffset(begin * step.Ticks, TimeSpan.Zero), [.. parts]))];

    private static MinuteStats Sum(DateTimeOffset begin, MinuteStats[] parts) => parts.Length == 1 ? parts[0] with { Minute = begin } : new(
        begin,
        parts.Sum(part => part.Created), parts.Sum(part => part.Completed), parts.Sum(part => part.Failed),
        parts.Sum(part => part.Cancelled), parts.Sum(part => part.Retried),
        Merge(parts.Select(part => part.WaitMs)), Merge(parts.Select(part => part.RunMs)),
        parts.LastOrDefault(part => part.Gauges is not null)?.Gauges);

    private static Dictionary<int, long> Merge(IEnumerable<IReadOnlyDictionary<int, long>> histograms) => histograms
        .SelectMany(histogram => histogram)
        .GroupBy(bucket => bucket.Key, bucket => bucket.Value)
        .ToDictionary(bucket => bucket.Key, counts => counts.Sum());
}

/// <summary>How full the queue was at a moment.</summary>
/// <param name="Depth">Waiting in each lane, as in <see cref="QueueStats"/>.</param>
/// <param name="OldestWaitingMs">Age of the oldest task in any lane; 0 = none waits.</param>
public sealed record QueueGauges(IReadOnlyDictionary<TaskPriority, long> Depth, long Running, long OldestWaitingMs)
{
    public static QueueGauges Of(QueueStats stats, DateTimeOffset now) => new(
        stats.Depth,
        stats.ByStatus[TaskState.Running],
        stats.OldestWaiting is { } oldest ? Math.Max(0, (long)(now - oldest).TotalMilliseconds) : 0);
}
