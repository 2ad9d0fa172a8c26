using System.Diagnostics.CodeAnalysis;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace Tasklane.Emulator.Durable;

/// <summary>An orchestrator: called once per replay, its result is serialized by the engine.</summary>
internal delegate Task<object?> OrchestratorBody(TaskOrchestrationContext context);

/// <summary>
/// Middleware round one turn of an orchestrator. <paramref name="turn"/> answers the orchestrator's own task, which stays
/// open for ever when the turn ends in a wait; the wrapper must not await anything else.
/// </summary>
internal delegate Task TurnWrapper(TaskOrchestrationContext context, Func<Task> turn);

/// <summary>One attempt of an activity. <paramref name="Input"/> is serialized; the token fires when the engine stops.</summary>
internal sealed record ActivityInvocation(
    string InstanceId, string Name, int TaskId, string? Input, CancellationToken Cancellation);

/// <summary>An activity: serialized input in, serialized output out; what it throws becomes the failure.</summary>
internal delegate Task<string?> ActivityBody(ActivityInvocation invocation);

/// <summary>One operation on an entity; what it throws undoes the operation and reaches the caller.</summary>
internal delegate ValueTask<object?> EntityBody(TaskEntityOperation operation);

/// <summary>What the engine can run, by name and without case. Filled before the engine starts, read-only afterwards.</summary>
internal sealed class DurableRegistry
{
    private readonly Dictionary<string, OrchestratorEntry> orchestrators = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ActivityBody> activities = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, EntityBody> entities = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void AddOrchestrator(string name, OrchestratorBody body, TurnWrapper? wrap = null) =>
        orchestrators.Add(name, new OrchestratorEntry(body, wrap));

    /// <inheritdoc cref="AddOrchestrator"/>
    public void AddActivity(string name, ActivityBody body) => activities.Add(name, body);

    /// <inheritdoc cref="AddOrchestrator"/>
    public void AddEntity(string name, EntityBody body) => entities.Add(name, body);

    public bool TryGetOrchestrator(string name, [MaybeNullWhen(false)] out OrchestratorEntry entry) =>
        orchestrators.TryGetValue(name, out entry);

    public bool TryGetActivity(string name, [MaybeNullWhen(false)] out ActivityBody body) =>
        activities.TryGetValue(name, out body);

    public bool TryGetEntity(string name, [MaybeNullWhen(false)] out EntityBody body) =>
        entities.TryGetValue(name, out body);

    internal sealed record OrchestratorEntry(OrchestratorBody Body, TurnWrapper? Wrap);
}
