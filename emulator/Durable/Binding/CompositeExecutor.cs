using Tasklane.Emulator.Durable.Rpc;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Binding;

/// <summary>The function app first, then whatever portable workers are connected.</summary>
internal sealed class CompositeExecutor(FunctionsExecutor functions, PortableWorkers workers) : IDurableExecutor
{
    /// <summary>
    /// An orchestrator is there while somebody runs it now. Activities and entities wait for their workers inside
    /// <see cref="PortableWorkers"/>.
    /// </summary>
    public bool Has(DurableKind kind, string name) =>
        functions.Has(kind, name) || (kind == DurableKind.Orchestrator ? workers.Has(kind, name) : Expects(kind, name));

    /// <summary>
    /// A function app with orchestrators knows all its names, so that another is misspelt unless portable workers have been here that took
    /// it. Without any, everything is for portable workers, and each may be still to come.
    /// </summary>
    public bool Expects(DurableKind kind, string name) =>
        functions.Has(kind, name) || workers.Expects(kind, name) || !functions.HasOrchestrators;

    public bool LimitsItself(DurableKind kind, string name) => !functions.Has(kind, name);

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
