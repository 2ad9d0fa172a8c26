using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>What an entity function gets: it says which object handles the operation.</summary>
public sealed class TaskEntityDispatcher
{
    private readonly Func<ITaskEntity, Task> run;
    private readonly IServiceProvider services;

    /// <param name="run">Runs the operations at hand on the entity.</param>
    internal TaskEntityDispatcher(Func<ITaskEntity, Task> run, IServiceProvider services)
    {
        this.run = run;
        this.services = services;
    }

    public Task DispatchAsync(ITaskEntity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        return run(entity);
    }

    /// <summary>To a <typeparamref name="T"/> from the services if that is an entity, else to the state, which is a T.</summary>
    public Task DispatchAsync<T>() => DispatchAsync(IsEntity<T>()
        ? (ITaskEntity)ActivatorUtilities.GetServiceOrCreateInstance<T>(services)!
        : new StateEntity<T>());

    /// <summary>To a new <typeparamref name="T"/> whose constructor takes the arguments and services.</summary>
    public Task DispatchAsync<T>(params object[] additionalArgs) => DispatchAsync(IsEntity<T>()
        ? (ITaskEntity)ActivatorUtilities.CreateInstance<T>(services, additionalArgs)!
        : new StateEntity<T>());

    public Task DispatchAsync(Func<TaskEntityOperation, ValueTask<object?>> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        return DispatchAsync(new FunctionEntity(handler));
    }

    private static bool IsEntity<T>() => typeof(ITaskEntity).IsAssignableFrom(typeof(T));

    private sealed class StateEntity<T> : TaskEntity<T>
    {
        protected override bool AllowStateDispatch => true;
    }

    private sealed class FunctionEntity(Func<TaskEntityOperation, ValueTask<object?>> handler) : ITaskEntity
    {
        public ValueTask<object?> RunAsync(TaskEntityOperation operation) => handler(operation);
    }
}
