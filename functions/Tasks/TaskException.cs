namespace Tasklane.Tasks;

/// <summary>The stable codes of what can go wrong with a task; an HTTP answer's problem document carries the same.</summary>
public static class TaskErrors
{
    /// <summary>No such task, or it is somebody else's.</summary>
    public const string NotFound = "task_not_found";

    /// <summary>Asked to remove a task that is running; it can only be asked to stop.</summary>
    public const string Running = "task_running";

    /// <summary>Asked to cancel a task that has ended.</summary>
    public const string NotCancellable = "task_not_cancellable";

    /// <summary>Asked to retry a task that has not failed or been cancelled.</summary>
    public const string NotRetryable = "task_not_retryable";

    /// <summary>A move that the table of states does not have.</summary>
    public const string IllegalTransition = "illegal_transition";

    /// <summary>The fence token is not the latest: another start has taken the task over, or it has ended.</summary>
    public const string LeaseLost = "lease_lost";

    /// <summary>The idempotency key was used before with another request.</summary>
    public const string IdempotencyConflict = "idempotency_conflict";

    /// <summary>The request was carried out before under this idempotency key, and the task it was about has been purged since.</summary>
    public const string IdempotencyGone = "idempotency_gone";

    /// <summary>A task with this id exists already.</summary>
    public const string Exists = "task_exists";

    /// <summary>One of the tasks that a new one is to wait for does not exist, or is somebody else's.</summary>
    public const string AfterNotFound = "after_not_found";

    /// <summary>Another task has the unique key, and the request does not want that one.</summary>
    public const string NotUnique = "not_unique";

    /// <summary>The task that was to be the parent of a new one has ended.</summary>
    public const string ParentEnded = "parent_ended";

    /// <summary>A task that this one waited for failed or was cancelled.</summary>
    public const string PredecessorFailed = "predecessor_failed";

    /// <summary>No such schedule, or it is somebody else's.</summary>
    public const string ScheduleNotFound = "schedule_not_found";

    /// <summary>Nobody may have more schedules.</summary>
    public const string TooManySchedules = "too_many_schedules";

    /// <summary>The store cannot be reached, and nothing was changed. Try again.</summary>
    public const string StoreUnavailable = "store_unavailable";

    /// <summary>
    /// The store was asked for a change and its answer got lost: the change is done, or is not. Ask again what may be done twice;
    /// what creates something, with the same idempotency key.
    /// </summary>
    public const string OutcomeUnknown = "outcome_unknown";

    /// <summary>The store can be reached and has no room for what was to be written; nothing was changed. Somebody has to make room.</summary>
    public const string StoreFull = "store_full";

    /// <summary>The attempt took longer than its timeout.</summary>
    public const string Timeout = "timeout";

    /// <summary>The handler neither ended nor returned for another slice before the host would have killed its worker.</summary>
    public const string SliceOverrun = "slice_overrun";

    /// <summary>Too many attempts ended with the worker's death.</summary>
    public const string WorkerLost = "worker_lost";

    /// <summary>The result is larger than a task may carry.</summary>
    public const string ResultTooLarge = "result_too_large";

    /// <summary>No handler is registered for the task's type.</summary>
    public const string UnknownType = "unknown_task_type";

    /// <summary>The handler threw an exception that carries no code of its own.</summary>
    public const string HandlerFailed = "handler_failed";

    /// <summary>The task was cancelled.</summary>
    public const string Cancelled = "cancelled";
}

/// <summary>A refusal with a stable code (see <see cref="TaskErrors"/>).</summary>
public class TaskException : Exception
{
    public TaskException(string code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>Stable, for programs.</summary>
    public string Code { get; }

    /// <summary>The store is away or full, or its answer got lost: what was asked may be asked again later, if it bears being done twice.</summary>
    public bool IsOutage => Code is TaskErrors.StoreUnavailable or TaskErrors.StoreFull or TaskErrors.OutcomeUnknown;
}
