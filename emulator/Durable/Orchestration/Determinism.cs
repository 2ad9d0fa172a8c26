using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>
/// Under strict replay every turn is run twice from the same history. What differs would differ in some later replay too, where it may
/// go unnoticed or make no sense.
/// </summary>
internal static class Determinism
{
    /// <summary>What the second run did otherwise, as a sentence; null when it did the same.</summary>
    public static string? Difference(OrchestratorTurn turn, P.OrchestratorResponse first, P.OrchestratorResponse second)
    {
        for (var i = 0; i < Math.Max(first.Actions.Count, second.Actions.Count); i++)
        {
            var one = i < first.Actions.Count ? Comparable(first.Actions[i]) : null;
            var other = i < second.Actions.Count ? Comparable(second.Actions[i]) : null;
            if (!Equals(one, other))
            {
                return $"Non-deterministic orchestrator '{turn.Name}' (instance '{turn.InstanceId}'): run twice from the same history, it first "
                    + $"asked for {Shown(one)} and then for {Shown(other)}.";
            }
        }

        return first.CustomStatus == second.CustomStatus
            ? null
            : $"Non-deterministic orchestrator '{turn.Name}' (instance '{turn.InstanceId}'): run twice from the same history, its custom "
                + $"status was {first.CustomStatus ?? "none"} and then {second.CustomStatus ?? "none"}.";
    }

    // Where in the code an exception came from is no difference, nor is the id that a request to an entity was given.
    private static P.OrchestratorAction Comparable(P.OrchestratorAction action)
    {
        if (action.SendEvent is { } sent && sent.Instance.InstanceId.StartsWith('@'))
        {
            return new P.OrchestratorAction
            {
                Id = action.Id,
                SendEvent = new P.SendEventAction { Instance = sent.Instance, Name = sent.Name },
            };
        }

        if (action.SendEntityMessage is not null)
            return new P.OrchestratorAction { Id = action.Id };
        if (action.CompleteOrchestration?.FailureDetails is null)
            return action;
        var copy = action.Clone();
        for (var failure = copy.CompleteOrchestration.FailureDetails; failure is not null; failure = failure.InnerFailure)
            failure.StackTrace = null;
        return copy;
    }

    private static string Shown(P.OrchestratorAction? action) => action?.OrchestratorActionTypeCase switch
    {
        null => "nothing",
        P.OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask =>
            $"activity '{action.ScheduleTask.Name}' with input {action.ScheduleTask.Input ?? "none"}",
        P.OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration =>
            $"sub-orchestration '{action.CreateSubOrchestration.Name}' with input {action.CreateSubOrchestration.Input ?? "none"}",
        P.OrchestratorAction.OrchestratorActionTypeOneofCase.CreateTimer => $"a timer at {action.CreateTimer.FireAt}",
        P.OrchestratorAction.OrchestratorActionTypeOneofCase.CompleteOrchestration =>
            $"its end ({action.CompleteOrchestration.OrchestrationStatus}) with {action.CompleteOrchestration.Result ?? "nothing"}",
        var other => $"{other}",
    };
}
