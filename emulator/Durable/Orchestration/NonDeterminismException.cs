using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>A replay did not ask for what history has.</summary>
internal sealed class NonDeterminismException(string message) : Exception(message)
{
    /// <param name="row">The instance.</param>
    /// <param name="action">How many actions had matched before.</param>
    /// <param name="record">Where in the history, counted in records from 0.</param>
    /// <param name="recorded">What was asked for before; null = nothing.</param>
    /// <param name="asked">What the replay asks for; null = nothing.</param>
    public static NonDeterminismException Of(InstanceRow row, int action, int record, Event? recorded, Event? asked) => new(
        $"Non-deterministic orchestrator '{row.Name}' (instance '{row.Id}') at action {action}, history record {record}: "
        + $"before it asked for {Describe(recorded)}, in this replay for {Describe(asked)}. Was its code changed while the "
        + "instance was running, or does it depend on something that is not in its history?");

    private static string Describe(Event? action) => action?.Kind switch
    {
        null => "nothing",
        EventKind.TaskScheduled => $"activity '{action.Name}' with input {action.Text ?? "null"}",
        EventKind.TimerCreated => $"a timer at {new DateTime(action.Time, DateTimeKind.Utc):O}",
        EventKind.ChildScheduled => $"sub-orchestration '{action.Name}' as '{action.Target}' with input {action.Text ?? "null"}",
        EventKind.EventSent => $"event '{action.Name}' to '{action.Target}' with {action.Text ?? "null"}",
        EventKind.EntityCalled => $"a call of '{action.Name}' on {action.Target} with {action.Text ?? "null"}",
        EventKind.EntitySignaled => $"a signal '{action.Name}' to {action.Target} with {action.Text ?? "null"}",
        EventKind.LockRequested => $"a lock on {action.Text}",
        EventKind.LockReleased => $"the end of a lock on {action.Text}",
        EventKind.Completed => $"its end with output {action.Text ?? "null"}",
        EventKind.Failed => "its end by failure",
        EventKind.ContinuedAsNew => $"a new generation with input {action.Text ?? "null"}",
        _ => action.Kind.ToString(),
    };
}
