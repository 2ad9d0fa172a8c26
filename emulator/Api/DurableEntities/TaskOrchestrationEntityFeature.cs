using System.Diagnostics.CodeAnalysis;

namespace Microsoft.DurableTask.Entities;

/// <summary>What an orchestrator may do with entities.</summary>
public abstract class TaskOrchestrationEntityFeature
{
    /// <exception cref="EntityOperationFailedException">The operation threw.</exception>
    public abstract Task<TResult> CallEntityAsync<TResult>(
        EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null);

    public virtual Task<TResult> CallEntityAsync<TResult>(
        EntityInstanceId id, string operationName, CallEntityOptions? options) =>
        CallEntityAsync<TResult>(id, operationName, null, options);

    /// <exception cref="EntityOperationFailedException">The operation threw.</exception>
    public abstract Task CallEntityAsync(
        EntityInstanceId id, string operationName, object? input = null, CallEntityOptions? options = null);

    public virtual Task CallEntityAsync(EntityInstanceId id, string operationName, CallEntityOptions? options) =>
        CallEntityAsync(id, operationName, null, options);

    public abstract Task SignalEntityAsync(
        EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null);

    public virtual Task SignalEntityAsync(EntityInstanceId id, string operationName, SignalEntityOptions? options) =>
        SignalEntityAsync(id, operationName, null, options);

    /// <summary>Enters a critical section; disposing what comes back leaves it.</summary>
    public virtual Task<IAsyncDisposable> LockEntitiesAsync(params EntityInstanceId[] entityIds) =>
        LockEntitiesAsync((IEnumerable<EntityInstanceId>)entityIds);

    /// <inheritdoc cref="LockEntitiesAsync(EntityInstanceId[])"/>
    public abstract Task<IAsyncDisposable> LockEntitiesAsync(IEnumerable<EntityInstanceId> entityIds);

    public virtual bool InCriticalSection() => InCriticalSection(out _);

    public abstract bool InCriticalSection([NotNullWhen(true)] out IReadOnlyList<EntityInstanceId>? entityIds);
}
