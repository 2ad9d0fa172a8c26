using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Durable.Binding;

/// <summary>Orchestrators, activities and entities: nothing listens for them, the engine runs them when it is told to.</summary>
internal abstract class DurableTrigger(FunctionsExecutor executor, SettingNames names, DurableKind kind, string type, string nameProperty)
    : ITriggerKind
{
    public string Type => type;

    /// <summary>By the name the trigger gives, or the function's own.</summary>
    public void Add(HostFunction function)
    {
        var given = function.Trigger!.Text(nameProperty);
        executor.Add(kind, string.IsNullOrEmpty(given) ? function.Name : names.Resolve(given), function);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

internal sealed class OrchestrationTrigger(FunctionsExecutor executor, SettingNames names)
    : DurableTrigger(executor, names, DurableKind.Orchestrator, "orchestrationTrigger", "orchestration");

internal sealed class ActivityTrigger(FunctionsExecutor executor, SettingNames names)
    : DurableTrigger(executor, names, DurableKind.Activity, "activityTrigger", "activity");

internal sealed class EntityTrigger(FunctionsExecutor executor, SettingNames names)
    : DurableTrigger(executor, names, DurableKind.Entity, "entityTrigger", "entityName");
