namespace Tasklane.Tasks;

/// <summary>Names that the pipeline's orchestrations go by, so that whoever wakes them need not know the pipeline.</summary>
public static class Instances
{
    /// <summary>Orchestrator of a task's run; instance id <c>{taskId}-{run}</c>.</summary>
    public const string TaskOrchestrator = "TaskOrchestrator";

    /// <summary>Orchestrator that delivers the outbox.</summary>
    public const string EventPump = "EventPump";

    /// <summary>Instance id of the one event pump.</summary>
    public const string EventPumpId = "event-pump";

    /// <summary>Activity that pushes a batch of events.</summary>
    public const string PushTaskEvents = "PushTaskEvents";

    /// <summary>Event: the task has been given a slot.</summary>
    public const string Granted = "granted";

    /// <summary>Event: the task has been cancelled while it waited.</summary>
    public const string Cancel = "cancel";

    /// <summary>Event: the worker of the running attempt is gone.</summary>
    public const string Lost = "lost";

    /// <summary>Event: there is something in the outbox.</summary>
    public const string Ring = "ring";
}

/// <summary>Input of a task's orchestration and of its activities.</summary>
/// <param name="NotBefore">Wait until then and ask for admission; null = a slot is held already.</param>
public sealed record TaskWork(string Id, int Run, int RetryCount, DateTimeOffset? NotBefore = null);
