using Tasklane.Emulator.Durable.Rpc;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Binding;

/// <summary>The function app first, then whatever portable workers are connected.</summary>
internal sealed class CompositeExecutor(FunctionsExecutor functions, PortableWorkers workers) : IDurableExecutor
{
    public bool Has(DurableKind kind, string name) => functions.Has(kind, name) || workers.Has(kind, name);

    public ValueTask<P.OrchestratorResponse> RunTurnAsync(OrchestratorTurn turn, CancellationToken cancellation) =>
        functions.Has(DurableKind.Orchestrator, turn.Name) ? functions.RunTurnAsync(turn, cancellation) : workers.RunTurnAsync(turn, cancellation);

    public ValueTask<P.ActivityResponse> RunActivityAsync(P.ActivityRequest request, CancellationToken cancellation) =>
        functions.Has(DurableKind.Activity, request.Name)
            ? functions.RunActivityAsync(request, cancellation)
            : workers.RunActivityAsync(request, cancellation);

    public ValueTask<P.EntityBatchResult> RunEntityBatchAsync(P.EntityBatchRequest request, CancellationToken cancellation) =>
        functions.Has(DurableKind.Entity, request.InstanceId[1..request.InstanceId.IndexOf('@', 1)])
            ? functions.RunEntityBatchAsync(request, cancellation)
            : workers.RunEntityBatchAsync(request, cancellation);
}
