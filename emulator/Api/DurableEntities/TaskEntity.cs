using System.Reflection;

namespace Microsoft.DurableTask.Entities;

/// <summary>
/// An entity whose public methods are its operations, found without case. A method may take the operation's input, a
/// <see cref="TaskEntityContext"/> and a <see cref="TaskEntityOperation"/>, each at most once. <c>delete</c> works
/// without a method: it removes the state.
/// </summary>
public abstract class TaskEntity<TState> : ITaskEntity
{
    /// <summary>Whether operations that are no method here are looked for on the state.</summary>
    protected virtual bool AllowStateDispatch => false;

    /// <summary>Read before the operation, kept after it if it succeeded; null deletes it.</summary>
    protected TState State { get; set; } = default!;

    protected TaskEntityContext Context { get; private set; } = null!;

    /// <exception cref="NotSupportedException">There is no such operation.</exception>
    /// <exception cref="AmbiguousMatchException">Several methods have the operation's name.</exception>
    public ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        Context = operation.Context;
        object? stored;
        try
        {
            stored = operation.State.GetState(typeof(TState));
        }
        catch when (TryImplicit(operation))
        {
            // State that can no longer be read must still be deletable.
            return default;
        }

        State = stored is null ? InitializeState(operation) : (TState)stored;
        if (FindOperation(operation, out var target) is { } method)
            return RunAndKeepState(method, target, operation);
        if (TryImplicit(operation))
            return default;
        throw new NotSupportedException($"No suitable method found for entity operation '{operation}'.");
    }

    /// <summary>The state of an entity that has none yet.</summary>
    protected virtual TState InitializeState(TaskEntityOperation entityOperation) =>
        (TState)Activator.CreateInstance(Nullable.GetUnderlyingType(typeof(TState)) ?? typeof(TState))!;

    private static bool TryImplicit(TaskEntityOperation operation)
    {
        if (!string.Equals(operation.Name, "delete", StringComparison.OrdinalIgnoreCase))
            return false;
        operation.State.SetState(null);
        return true;
    }

    private EntityMethod? FindOperation(TaskEntityOperation operation, out object target)
    {
        target = this;
        if (EntityMethod.Find(GetType(), operation.Name) is { } own)
            return own;
        if (!AllowStateDispatch)
            return null;
        target = State ?? throw new InvalidOperationException("The operation goes to the entity's state, but that is null.");
        return EntityMethod.Find(target.GetType(), operation.Name);
    }

    private async ValueTask<object?> RunAndKeepState(EntityMethod method, object target, TaskEntityOperation operation)
    {
        var result = await method.InvokeAsync(target, operation);
        operation.State.SetState(State);
        return result;
    }
}
