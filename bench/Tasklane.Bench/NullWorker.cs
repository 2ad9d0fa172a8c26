using Tasklane.Emulator.Durable;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Bench;

/// <summary>A worker that knows what to answer without looking: an orchestrator of one activity, and the activity. What is left is the engine.</summary>
internal sealed class NullWorker : IDurableExecutor
{
    private static readonly P.OrchestratorResponse _first = new()
    {
        Actions = { new P.OrchestratorAction { Id = 0, ScheduleTask = new P.ScheduleTaskAction { Name = "Noop", Input = "[1]" } } },
    };

    private static readonly P.OrchestratorResponse _last = new()
    {
        Actions =
        {
            new P.OrchestratorAction
            {
                Id = 1,
                CompleteOrchestration = new P.CompleteOrchestrationAction
                {
                    OrchestrationStatus = P.OrchestrationStatus.Completed, Result = "1",
                },
            },
        },
    };

    private static readonly P.ActivityResponse _done = new() { Result = "1" };

    public bool Has(DurableKind kind, string name) => true;

    public ValueTask<P.OrchestratorResponse> RunTurnAsync(OrchestratorTurn turn, CancellationToken cancellation)
    {
        // Only a first turn has no past: its first event is a new one.
        var encoded = turn.Encoded.Span;
        var at = 2 + encoded[1];
        at += 2 + encoded[at + 1];
        return new(encoded[at] == 0x22 ? _first : _last);
    }

    public ValueTask<P.ActivityResponse> RunActivityAsync(P.ActivityRequest request, CancellationToken cancellation) => new(_done);

    public ValueTask<P.EntityBatchResult> RunEntityBatchAsync(P.EntityBatchRequest request, CancellationToken cancellation) =>
        throw new NotSupportedException();
}
