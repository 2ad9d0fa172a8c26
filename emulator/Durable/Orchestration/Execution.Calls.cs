using Microsoft.DurableTask;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>What the orchestrator asks for: activities, sub-orchestrations, timers, events.</summary>
internal sealed partial class Execution
{
    private int nextId;

    public override Task<TResult> CallActivityAsync<TResult>(TaskName name, object? input = null, TaskOptions? options = null)
    {
        RefuseMisplaced(input, options);
        return options?.Retry is null
            ? StartActivity<TResult>(name, input, options)
            : ActivityWithRetries<TResult>(name, input, options);
    }

    public override Task CallActivityAsync(TaskName name, object? input = null, TaskOptions? options = null)
    {
        RefuseMisplaced(input, options);
        if (options?.Retry is not null)
            return ActivityWithRetries<Nothing>(name, input, options);
        var task = new OpenTask<Nothing>(EventKind.TaskScheduled, name.Name, nextId);
        ScheduleActivity(name.Name, input, options, task);
        return task.Task;
    }

    public override Task<TResult> CallSubOrchestratorAsync<TResult>(
        TaskName orchestratorName, object? input = null, TaskOptions? options = null)
    {
        var instanceId = ChildId(options);
        return options?.Retry is null
            ? StartChild<TResult>(orchestratorName, instanceId, input, options)
            : Retries.RunAsync(this, options.Retry, () => StartChild<TResult>(orchestratorName, instanceId, input, options));
    }

    public override Task CallSubOrchestratorAsync(TaskName orchestratorName, object? input = null, TaskOptions? options = null) =>
        CallSubOrchestratorAsync<Nothing>(orchestratorName, input, options);

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken)
    {
        var due = fireAt.ToUniversalTime().Ticks;
        var id = Ask(EventKind.TimerCreated, time: due);
        var timer = new OpenTimer(due);
        open.Add(id, timer);
        if (replay is null)
            commit!.AddTimer(due, id);
        if (cancellationToken.CanBeCanceled)
            cancellationToken.Register(() => CancelTimer(id, timer, cancellationToken), useSynchronizationContext: false);
        return timer.Task;
    }

    public override Task<T> WaitForExternalEvent<T>(string eventName, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        RequireTurn();
        var waiter = Events.Wait<T>(eventName, converter);
        if (cancellationToken.CanBeCanceled)
        {
            cancellationToken.Register(
                () =>
                {
                    if (IsOnTurn)
                        waiter.TrySetCanceled(cancellationToken);
                    else
                        OutsideCall();
                },
                useSynchronizationContext: false);
        }

        return waiter.Task;
    }

    public override void SendEvent(string instanceId, string eventName, object payload)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        RefuseEntityId(instanceId);
        var data = converter.Serialize(payload);
        Ask(EventKind.EventSent, eventName, instanceId, data);
        if (replay is null)
            commit!.Send(new Event(EventKind.EventRaised) { Target = instanceId, Name = eventName, Text = data });
    }

    internal static void RefuseEntityId(string instanceId)
    {
        if (instanceId.StartsWith('@'))
            throw new ArgumentException($"'{instanceId}': ids that begin with '@' belong to entities.", nameof(instanceId));
    }

    private static void RefuseMisplaced(object? input, TaskOptions? options)
    {
        if (input is TaskOptions && options is null)
        {
            throw new ArgumentException(
                $"The activity's input is a {nameof(TaskOptions)} and no options are given. Was it meant as the options?",
                nameof(input));
        }
    }

    private Task<T> StartActivity<T>(TaskName name, object? input, TaskOptions? options)
    {
        var task = new OpenTask<T>(EventKind.TaskScheduled, name.Name, nextId);
        ScheduleActivity(name.Name, input, options, task);
        return task.Task;
    }

    // Apart, so that a call without retries pays for no closure.
    private Task<T> ActivityWithRetries<T>(TaskName name, object? input, TaskOptions options) =>
        Retries.RunAsync(this, options.Retry!, () => StartActivity<T>(name, input, options));

    private Task<T> StartChild<T>(TaskName name, string instanceId, object? input, TaskOptions? options)
    {
        var task = new OpenTask<T>(EventKind.ChildScheduled, name.Name, nextId);
        ScheduleChild(name.Name, instanceId, input, options, task);
        return task.Task;
    }

    private void ScheduleActivity(string name, object? input, TaskOptions? options, IOpenTask task)
    {
        var text = converter.Serialize(input);
        var id = Ask(
            EventKind.TaskScheduled,
            name,
            text: text,
            version: options?.Version is { } version ? version.Version : started.Version,
            tags: options?.Tags is { Count: > 0 } tags ? tags.ToDictionary() : null);
        open.Add(id, task);
        if (replay is null)
            commit!.After(new ActivityItem(engine, row.Id, row.Key, id, name, text));
    }

    private string ChildId(TaskOptions? options)
    {
        var instanceId = (options as SubOrchestrationOptions)?.InstanceId ?? NewGuid().ToString("N");
        RefuseEntityId(instanceId);
        return instanceId;
    }

    private void ScheduleChild(string name, string instanceId, object? input, TaskOptions? options, IOpenTask task)
    {
        entities?.RefuseInCriticalSection("call a sub-orchestration");
        var version = options is SubOrchestrationOptions { Version: { } ofChild } ? ofChild : options?.Version;
        var text = converter.Serialize(input);
        IReadOnlyDictionary<string, string>? tags = options?.Tags is { Count: > 0 } given ? given.ToDictionary() : null;
        var id = Ask(EventKind.ChildScheduled, name, instanceId, text, version: version?.Version, tags: tags);
        open.Add(id, task);
        if (replay is not null)
            return;
        commit!.Send(new Event(EventKind.Start)
        {
            Id = id,
            Name = name,
            Target = instanceId,
            Text = text,
            Version = version?.Version,
            Tags = tags,
            Sender = row.Id,
            Parent = row.Name,
            Epoch = row.Key,
        });
    }

    private void CancelTimer(int id, OpenTimer timer, CancellationToken cancellation)
    {
        if (!IsOnTurn)
        {
            OutsideCall();
            return;
        }

        if (open.Take(id) is null)
            return;
        if (replay is null)
            commit!.RemoveTimer(timer.Due, id);
        timer.TrySetCanceled(cancellation);
    }
}
