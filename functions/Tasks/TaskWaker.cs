using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks;

/// <summary>
/// Wakes whom a transition names: schedules the orchestration of a granted task, wakes the one that waits, rings
/// the event pump, and has those told who wait for a task that has ended. The transition is written by then, so a wake that fails is logged and left to the sweeper.
/// </summary>
public sealed class TaskWaker(TasklaneOptions options, ITaskStore store, ILogger<TaskWaker> logger)
{
    private const int SettledAtOnce = 100;

    private readonly string _pump = Instances.EventPumpOf(options.Hub);
    private readonly string _scheduler = Instances.SchedulerOf(options.Hub);
    private Task? _pumpScheduled;
    private Task? _schedulerScheduled;
    private DurableTaskClient? _latest;
    private readonly Lock _settlingLock = new();
    private Task _settling = Task.CompletedTask;
    private bool _settleOnce;

    /// <summary>
    /// The client that somebody last woke with, null before: only invocations are given one, and what runs beside them needs one
    /// too. It stays usable after its invocation.
    /// </summary>
    public DurableTaskClient? LatestClient => Volatile.Read(ref _latest);

    /// <summary>Wakes everybody that a transition names, all at once.</summary>
    public Task WakeAsync(DurableTaskClient client, Wakes wakes)
    {
        Volatile.Write(ref _latest, client);
        // The common case on a busy hub: nobody waits and the pump is at work.
        if (wakes is { Settle: false, Grants: not { Count: > 0 } })
            return wakes.Ring ? RingAsync(client) : Task.CompletedTask;

        var grants = wakes.Grants ?? [];
        var all = new List<Task>(grants.Count + 2);
        if (wakes.Settle)
            all.Add(SettleAsync(client));
        foreach (var grant in grants)
        {
            all.Add(grant.Waiting
                ? RaiseAsync(client, TaskIds.InstanceOf(grant.Id, grant.Run), Instances.Wake)
                : ScheduleAsync(client, new TaskWork(grant.Id, grant.Run)));
        }
        if (wakes.Ring)
            all.Add(RingAsync(client));
        return all.Count == 1 ? all[0] : Task.WhenAll(all);
    }

    /// <summary>Wakes for a task just created (or retried by hand): its own orchestration if it holds a slot or waits for its time, and the rest.</summary>
    public Task WakeAsync(DurableTaskClient client, Created created, TimeProvider time)
    {
        var others = WakeAsync(client, created.Wakes);
        if (created.Existing)
            return others;
        var task = created.Task;
        // One that waits for others gets its orchestration when they have ended.
        var delayed = !task.IsBlocked && task.RunAt is { } runAt && runAt > time.GetUtcNow();
        if (!created.Granted && !delayed)
            return others;
        var own = ScheduleAsync(client, new TaskWork(task.Id, task.Run, created.Granted ? null : task.RunAt));
        return others.IsCompletedSuccessfully ? own : Task.WhenAll(own, others);
    }

    /// <summary>Schedules a task's orchestration; one that exists already is fine.</summary>
    public async Task ScheduleAsync(DurableTaskClient client, TaskWork work)
    {
        var instance = TaskIds.InstanceOf(work.Id, work.Run);
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(
                Instances.TaskOrchestrator, work with { Hub = options.Hub }, new StartOrchestrationOptions(instance), CancellationToken.None);
        }
        catch (Exception failure)
        {
            if (await ExistsAsync(client, instance))
                return;
            logger.LogWarning(failure, "Orchestration {Instance} could not be scheduled; the sweeper will try again.", instance);
        }
    }

    /// <summary>Raises an event on an orchestration; one that is not there, or has ended, needs none.</summary>
    public async Task RaiseAsync(DurableTaskClient client, string instance, string name)
    {
        try
        {
            await client.RaiseEventAsync(instance, name, true, CancellationToken.None);
        }
        catch (Exception failure)
        {
            logger.LogDebug(failure, "Event {Name} could not be raised on {Instance}.", name, instance);
        }
    }

    /// <summary>Rings the event pump, scheduling it first where this process has not yet: an event for an instance that does not exist is refused.</summary>
    public async Task RingAsync(DurableTaskClient client)
    {
        try
        {
            await KeepAsync(ref _pumpScheduled, () => SchedulePumpAsync(client));
            await client.RaiseEventAsync(_pump, Instances.Ring, true, CancellationToken.None);
        }
        catch (Exception failure)
        {
            Volatile.Write(ref _pumpScheduled, null);
            logger.LogWarning(failure, "The event pump could not be rung; the sweeper will try again.");
        }
    }

    /// <summary>Tells the scheduler that something may be due, or due earlier; there is none before the first schedule.</summary>
    public async Task WakeSchedulerAsync(DurableTaskClient client)
    {
        try
        {
            await KeepAsync(ref _schedulerScheduled, () => ScheduleAsync(client, Instances.Scheduler, _scheduler));
            await client.RaiseEventAsync(_scheduler, Instances.Wake, true, CancellationToken.None);
        }
        catch (Exception failure)
        {
            Volatile.Write(ref _schedulerScheduled, null);
            logger.LogWarning(failure, "The scheduler could not be woken; the sweeper will try again.");
        }
    }

    /// <summary>Has all told who wait for tasks that have ended. One loop at a time: whoever comes meanwhile has it go round once more.</summary>
    private Task SettleAsync(DurableTaskClient client)
    {
        lock (_settlingLock)
        {
            _settleOnce = true;
            return _settling.IsCompleted ? _settling = SettleAllAsync(client) : _settling;
        }
    }

    private async Task SettleAllAsync(DurableTaskClient client)
    {
        // Off the caller's lock.
        await Task.Yield();
        try
        {
            while (GoesOn())
            {
                Settled settled;
                do
                {
                    settled = await store.SettleAsync(SettledAtOnce, CancellationToken.None);
                    await WakeAsync(client, settled.Wakes with { Settle = false });
                }
                while (settled.Wakes.Settle);
            }
        }
        catch (TaskException away)
        {
            logger.LogWarning(away, "Those who wait for tasks that have ended could not be told; the sweeper will try again.");
        }

        bool GoesOn()
        {
            lock (_settlingLock)
            {
                var goesOn = _settleOnce;
                if (!goesOn)
                    _settling = Task.CompletedTask;
                _settleOnce = false;
                return goesOn;
            }
        }
    }

    private async Task SchedulePumpAsync(DurableTaskClient client)
    {
        // A former version's pump sleeps for ever unless it is woken to its end.
        if (await ExistsAsync(client, Instances.FormerEventPumpId))
            await RaiseAsync(client, Instances.FormerEventPumpId, Instances.Ring);
        await ScheduleAsync(client, Instances.EventPump, _pump);
    }

    private static Task KeepAsync(ref Task? kept, Func<Task> make)
    {
        var scheduled = Volatile.Read(ref kept);
        if (scheduled is null || scheduled.IsFaulted)
            Volatile.Write(ref kept, scheduled = make());
        return scheduled;
    }

    /// <summary>Schedules an orchestration of which there is one.</summary>
    private static async Task ScheduleAsync(DurableTaskClient client, string name, string instance)
    {
        if (await ExistsAsync(client, instance))
            return;
        try
        {
            await client.ScheduleNewOrchestrationInstanceAsync(name, null, new StartOrchestrationOptions(instance), CancellationToken.None);
        }
        catch (Exception)
        {
            // Another worker may have been faster.
            if (!await ExistsAsync(client, instance))
                throw;
        }
    }

    private static async Task<bool> ExistsAsync(DurableTaskClient client, string instance) =>
        await client.GetInstanceAsync(instance, CancellationToken.None) is { IsCompleted: false };
}
