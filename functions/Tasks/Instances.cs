namespace Tasklane.Tasks;

/// <summary>Names that the pipeline's orchestrations go by, so that whoever wakes them need not know the pipeline.</summary>
public static class Instances
{
    /// <summary>Orchestrator of a task's run; instance id <c>{taskId}-{run}</c>.</summary>
    public const string TaskOrchestrator = "TaskOrchestrator";

    /// <summary>Orchestrator that delivers the outbox.</summary>
    public const string EventPump = "EventPump";

    /// <summary>
    /// Instance id of the event pump before its hub's name was in it. One that is left over drains nothing and ends; see <see cref="HubOfPump"/>.
    /// </summary>
    public const string FormerEventPumpId = "event-pump";

    /// <summary>Orchestrator that makes the tasks of schedules when they are due.</summary>
    public const string Scheduler = "Scheduler";

    /// <summary>Activity that pushes a batch of events.</summary>
    public const string PushTaskEvents = "PushTaskEvents";

    /// <summary>Event: something has happened (a slot came, the task was cancelled, its worker is gone; a schedule was made): ask the store what comes next.</summary>
    public const string Wake = "wake";

    /// <summary>Event: there is something in the outbox.</summary>
    public const string Ring = "ring";

    /// <summary>Instance id of a hub's one event pump: several hubs may share a task hub.</summary>
    public static string EventPumpOf(string hub) => $"{FormerEventPumpId}-{hub}";

    /// <summary>Instance id of a hub's one scheduler.</summary>
    public static string SchedulerOf(string hub) => $"scheduler-{hub}";

    /// <summary>The hub of a scheduler.</summary>
    public static string HubOfScheduler(string instance) => instance["scheduler-".Length..];

    /// <summary>The hub of a pump; empty for <see cref="FormerEventPumpId"/>.</summary>
    public static string HubOfPump(string instance) =>
        instance.Length > FormerEventPumpId.Length ? instance[(FormerEventPumpId.Length + 1)..] : "";
}

/// <summary>Input of the activities that read the outbox and push from it.</summary>
/// <param name="Hub">Whose outbox; empty from a pump of a former version, for which there is nothing.</param>
/// <param name="Position">Up to where all has been pushed (to read), or what to push.</param>
public sealed record OutboxWork(string Hub, string? Position);

/// <summary>Input of a task's orchestration and of its activities.</summary>
/// <param name="NotBefore">Wait until then before asking the store; null = ask at once.</param>
/// <param name="Hub">Whose task; null in the input of a former version.</param>
public sealed record TaskWork(string Id, int Run, DateTimeOffset? NotBefore = null, string? Hub = null);
