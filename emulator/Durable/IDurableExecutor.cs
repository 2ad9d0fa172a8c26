using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable;

internal enum DurableKind
{
    Orchestrator,
    Activity,
    Entity,
}

/// <summary>
/// Runs what the engine has to run, in a worker: a function app, or a portable Durable Task worker. The worker replays; the engine
/// stores, orders and delivers.
/// </summary>
internal interface IDurableExecutor
{
    /// <summary>Whether a worker that is there can run it; names are compared without case.</summary>
    bool Has(DurableKind kind, string name);

    /// <summary>Whether a worker that has it is there or may still come. What nobody will ever take fails at once.</summary>
    bool Expects(DurableKind kind, string name) => Has(kind, name);

    /// <summary>
    /// Whether who runs it says itself how much it takes, so that the engine's limits are not for it: they are the function app's.
    /// </summary>
    bool LimitsItself(DurableKind kind, string name) => false;

    /// <summary>Runs one turn of an orchestrator.</summary>
    /// <exception cref="WorkAbandonedException">It must be run again.</exception>
    ValueTask<P.OrchestratorResponse> RunTurnAsync(OrchestratorTurn turn, CancellationToken cancellation);

    /// <summary>Runs an activity once.</summary>
    /// <exception cref="WorkAbandonedException">It must be run again.</exception>
    ValueTask<P.ActivityResponse> RunActivityAsync(P.ActivityRequest request, CancellationToken cancellation);

    /// <summary>Runs operations of an entity, one after the other.</summary>
    /// <exception cref="WorkAbandonedException">They must be run again.</exception>
    ValueTask<P.EntityBatchResult> RunEntityBatchAsync(P.EntityBatchRequest request, CancellationToken cancellation);
}

/// <summary>The worker went away before it had an answer. The work has not failed; it is run again.</summary>
internal sealed class WorkAbandonedException(string message) : Exception(message);

/// <summary>One turn of an orchestrator for a worker.</summary>
/// <param name="Name">The orchestrator's.</param>
/// <param name="InstanceId">Of the instance.</param>
/// <param name="Version">Of this execution; empty or null for none.</param>
/// <param name="Encoded">An encoded `OrchestratorRequest`. Valid until the turn has been answered.</param>
/// <param name="Trace">Of whoever started the instance.</param>
internal sealed record OrchestratorTurn(string Name, string InstanceId, string? Version, ReadOnlyMemory<byte> Encoded, P.TraceContext? Trace = null)
{
    /// <summary>The request as an object, for executors that need one.</summary>
    public P.OrchestratorRequest Parse() => P.OrchestratorRequest.Parser.ParseFrom(Encoded.Span);
}
