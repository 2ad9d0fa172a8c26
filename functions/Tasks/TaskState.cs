namespace Tasklane.Tasks;

/// <summary>
/// Where a task stands. Stored and sent in lower case ("pending").
/// <code>
///           create ─▶ pending ──start──▶ running ──▶ completed
///                       ▲  │               │  ├────▶ cancelled   (cooperative)
///           retry       │  └─▶ cancelled   │  └────▶ failed      (out of attempts)
///           (manual) ───┴──────────────────┘ fail, attempts left: back to pending after backoff
/// </code>
/// </summary>
public enum TaskState
{
    /// <summary>Entered by create, by a failed attempt with attempts left, and by a manual retry. Waits for its time, then for a slot; kept until started or cancelled.</summary>
    Pending,

    /// <summary>Entered by start, which hands out a fence token and a lease. Moved on by the holder of the token, or taken over once the lease has ended.</summary>
    Running,

    /// <summary>The handler returned a result. Terminal; purged after the retention time.</summary>
    Completed,

    /// <summary>The last attempt failed. Terminal, but a manual retry makes it pending again; purged after the retention time.</summary>
    Failed,

    /// <summary>Cancelled while pending, or stopped cooperatively while running. Terminal, but a manual retry makes it pending again.</summary>
    Cancelled,
}

/// <summary>The lanes, in the order in which they are served.</summary>
public enum TaskPriority
{
    /// <summary>Served first.</summary>
    High,

    /// <summary>Served when no high task waits, and at least every few grants (see <see cref="LaneOptions.NormalWaitsAtMost"/>).</summary>
    Normal,

    /// <summary>Served when nothing else waits, and at least every some grants (see <see cref="LaneOptions.LowWaitsAtMost"/>).</summary>
    Low,
}

/// <summary>The one table of legal moves; stores enforce the same table in their own language and are tested against this one.</summary>
public static class TaskStates
{
    /// <summary>Whether a task may go from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public static bool CanMove(TaskState from, TaskState to) => (from, to) switch
    {
        (TaskState.Pending, TaskState.Running) => true,
        (TaskState.Pending, TaskState.Cancelled) => true,
        (TaskState.Running, TaskState.Completed) => true,
        (TaskState.Running, TaskState.Failed) => true,
        (TaskState.Running, TaskState.Cancelled) => true,
        (TaskState.Running, TaskState.Pending) => true, // another attempt, or a graceful shutdown
        (TaskState.Failed, TaskState.Pending) => true, // manual retry
        (TaskState.Cancelled, TaskState.Pending) => true, // manual retry
        _ => false,
    };

    /// <summary>Whether nothing but a manual retry or the purge touches a task in this state.</summary>
    public static bool IsTerminal(this TaskState state) => state is TaskState.Completed or TaskState.Failed or TaskState.Cancelled;

    /// <summary>The state's name as stored and sent.</summary>
    public static string Name(this TaskState state) => state switch
    {
        TaskState.Pending => "pending",
        TaskState.Running => "running",
        TaskState.Completed => "completed",
        TaskState.Failed => "failed",
        TaskState.Cancelled => "cancelled",
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, null),
    };

    /// <summary>The lane's name as stored and sent.</summary>
    public static string Name(this TaskPriority priority) => priority switch
    {
        TaskPriority.High => "high",
        TaskPriority.Normal => "normal",
        TaskPriority.Low => "low",
        _ => throw new ArgumentOutOfRangeException(nameof(priority), priority, null),
    };

    /// <summary>Reads a state's name; false when it is none.</summary>
    public static bool TryParse(string? name, out TaskState state)
    {
        (var known, state) = name switch
        {
            "pending" => (true, TaskState.Pending),
            "running" => (true, TaskState.Running),
            "completed" => (true, TaskState.Completed),
            "failed" => (true, TaskState.Failed),
            "cancelled" => (true, TaskState.Cancelled),
            _ => (false, default),
        };
        return known;
    }

    /// <summary>Reads a lane's name; false when it is none.</summary>
    public static bool TryParse(string? name, out TaskPriority priority)
    {
        (var known, priority) = name switch
        {
            "high" => (true, TaskPriority.High),
            "normal" => (true, TaskPriority.Normal),
            "low" => (true, TaskPriority.Low),
            _ => (false, default),
        };
        return known;
    }
}
