using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Tasklane.Emulator.Durable;

namespace Tasklane.Emulator.Functions;

/// <summary>Orchestrator, activity and entity functions, as bodies that the engine runs.</summary>
internal sealed class DurableTriggers(
    DurableRegistry registry, FunctionInvoker invoker, WorkerPipeline pipeline, WorkerDataConverter converter)
    : ITriggerKind
{
    private static readonly IReadOnlyDictionary<string, object?> NoBindingData = new Dictionary<string, object?>();

    public bool Handles(TriggerBindingAttribute trigger) =>
        trigger is OrchestrationTriggerAttribute or ActivityTriggerAttribute or EntityTriggerAttribute;

    public void Add(FunctionInfo function)
    {
        switch (function.Trigger)
        {
            case OrchestrationTriggerAttribute trigger:
                registry.AddOrchestrator(
                    trigger.Orchestration ?? function.Name,
                    context => RunOrchestratorAsync(function.Plan!, context),
                    pipeline.IsEmpty ? null : (context, turn) => RunTurn(function.Plan!, context, turn));
                break;
            case ActivityTriggerAttribute trigger:
                registry.AddActivity(trigger.Activity ?? function.Name, activity => RunActivityAsync(function, activity));
                break;
            case EntityTriggerAttribute trigger:
                registry.AddEntity(trigger.EntityName ?? function.Name, operation => RunEntityAsync(function, operation));
                break;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Once per replay, and only on what the engine gives: no invoker, no middleware (that is round each turn), no await
    /// that is not the orchestrator's own.
    /// </summary>
    private static async Task<object?> RunOrchestratorAsync(FunctionPlan plan, TaskOrchestrationContext context)
    {
        await using var invocation = new InvocationContext(plan, context, NoBindingData, null, CancellationToken.None);
        return await plan.CallAsync(invocation, await plan.BindAsync(invocation));
    }

    private Task RunTurn(FunctionPlan plan, TaskOrchestrationContext context, Func<Task> turn)
    {
        var invocation = new InvocationContext(plan, context, NoBindingData, null, CancellationToken.None);
        var ran = pipeline.RunAsync(invocation, _ => turn());
        // A turn that ends in a wait never comes back to its middleware, so its scope ends here.
        _ = invocation.DisposeAsync().AsTask();
        return ran;
    }

    private async Task<string?> RunActivityAsync(FunctionInfo function, ActivityInvocation activity)
    {
        var bindingData = new Dictionary<string, object?>(1, StringComparer.OrdinalIgnoreCase)
        {
            ["instanceId"] = activity.InstanceId,
        };
        return converter.Serialize(await invoker.InvokeAsync(function, activity, bindingData, activity.Cancellation));
    }

    private async ValueTask<object?> RunEntityAsync(FunctionInfo function, TaskEntityOperation operation)
    {
        var run = new EntityRun(operation);
        await invoker.InvokeAsync(function, run, null, CancellationToken.None);
        return run.Result;
    }
}

/// <summary>One operation on its way through an entity function; the dispatcher leaves the result here.</summary>
internal sealed class EntityRun(TaskEntityOperation operation)
{
    public object? Result { get; private set; }

    public async Task DispatchAsync(ITaskEntity entity) => Result = await entity.RunAsync(operation);
}
