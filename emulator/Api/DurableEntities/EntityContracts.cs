namespace Microsoft.DurableTask.Entities;

/// <summary>A class that handles an entity's operations. Prefer <see cref="TaskEntity{TState}"/>.</summary>
public interface ITaskEntity
{
    /// <returns>What the caller gets; signals have no caller.</returns>
    ValueTask<object?> RunAsync(TaskEntityOperation operation);
}

/// <summary>One operation on one entity.</summary>
public abstract class TaskEntityOperation
{
    public abstract string Name { get; }

    public abstract TaskEntityContext Context { get; }

    public abstract TaskEntityState State { get; }

    public abstract bool HasInput { get; }

    public virtual T? GetInput<T>() => (T?)GetInput(typeof(T));

    public abstract object? GetInput(Type inputType);

    public override string ToString() => $"{Context.Id}/{Name}";
}

/// <summary>What the entity keeps between operations; set to null it is deleted.</summary>
public abstract class TaskEntityState
{
    public abstract bool HasState { get; }

    public virtual T? GetState<T>(T? defaultValue = default) => GetState(typeof(T)) is { } state ? (T)state : defaultValue;

    public abstract object? GetState(Type type);

    public abstract void SetState(object? state);
}

/// <summary>What an entity may cause; effects start when the operation has succeeded.</summary>
public abstract class TaskEntityContext
{
    public abstract EntityInstanceId Id { get; }

    public virtual void SignalEntity(EntityInstanceId id, string operationName, SignalEntityOptions options) =>
        SignalEntity(id, operationName, null, options);

    public abstract void SignalEntity(
        EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null);

    public virtual string ScheduleNewOrchestration(TaskName name, StartOrchestrationOptions options) =>
        ScheduleNewOrchestration(name, null, options);

    /// <returns>The instance id.</returns>
    public abstract string ScheduleNewOrchestration(
        TaskName name, object? input = null, StartOrchestrationOptions? options = null);
}

/// <summary>Delivers a signal not before a time.</summary>
public record SignalEntityOptions
{
    public DateTimeOffset? SignalTime { get; init; }

    public static implicit operator SignalEntityOptions(DateTimeOffset value) => new() { SignalTime = value };
}

/// <summary>How an orchestrator calls an entity.</summary>
public record CallEntityOptions;

/// <summary>An entity's operation threw; thrown where the orchestrator awaits the call.</summary>
public sealed class EntityOperationFailedException(
    EntityInstanceId entityId, string operationName, TaskFailureDetails failureDetails)
    : Exception($"Operation '{operationName}' of entity '{entityId}' failed: {failureDetails.ErrorMessage}")
{
    public EntityInstanceId EntityId { get; } = entityId;

    public string OperationName { get; } = operationName;

    public TaskFailureDetails FailureDetails { get; } = failureDetails;
}
