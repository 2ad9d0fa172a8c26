using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks;
using Tasklane.Tasks.Schedules;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>
/// Repairs what a crash between two steps left behind. Everything it does may be done twice: the store decides, and orchestrations
/// ignore what they did not wait for.
/// <para>
/// Every process sweeps by itself. A timer function alone would not do: its lock outlives a killed host, and for that long
/// nobody would look for what the host left behind. Nor would an orchestration: it may have to wait for a queue message that was in
/// the killed host's hands. The timer (<see cref="Upkeep"/>) remains for a process that has had no invocation yet.
/// </para>
/// </summary>
public sealed class Sweeper(ITaskStore store, IScheduleStore schedules, TaskWaker waker, TimeProvider time, ILogger<Sweeper> logger) : BackgroundService
{
    private const int BatchSize = 200;
    private const int MaxBatches = 50;
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    private long _swept = time.GetTimestamp();

    /// <summary>Sweeps until there is nothing more, or for a good while.</summary>
    public async Task SweepAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        Volatile.Write(ref _swept, time.GetTimestamp());
        for (var batch = 0; batch < MaxBatches; batch++)
        {
            var sweep = await store.SweepAsync(BatchSize, cancellation);
            await waker.WakeAsync(client, sweep.Wakes);
            foreach (var found in sweep.Lapsed.Concat(sweep.DeadLeases).Concat(sweep.Overdue))
                await RepairAsync(client, found, cancellation);
            if (!sweep.More)
                break;
        }
        // Whoever was to wake the scheduler has died, or the scheduler has.
        if ((await schedules.DueAsync(1, cancellation)) is { Schedules: [{ DueAt: { } due }], Now: var now } && now - due > _interval)
            await waker.WakeSchedulerAsync(client);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                // Where the timer function runs it has mostly just been done.
                if (waker.LatestClient is { } client && time.GetElapsedTime(Volatile.Read(ref _swept)) >= _interval)
                    await TrySweepAsync(client, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task TrySweepAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        try
        {
            await SweepAsync(client, cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            logger.LogWarning(failure, "The sweep failed and will be tried again.");
        }
    }

    /// <summary>
    /// Wakes the task's orchestration, or schedules it where there is none that could hear. What fails is found again by a later
    /// sweep, and must not keep this one from the others.
    /// </summary>
    private async Task RepairAsync(DurableTaskClient client, Grant grant, CancellationToken cancellation)
    {
        try
        {
            var instance = TaskIds.InstanceOf(grant.Id, grant.Run);
            var found = await client.GetInstanceAsync(instance, cancellation);
            if (found is { IsCompleted: false })
            {
                await waker.RaiseAsync(client, instance, Instances.Wake);
                return;
            }

            var task = await store.GetAsync(grant.Id, owner: null, cancellation);
            if (task is null || task.Run != grant.Run || task.Status.IsTerminal())
                return;
            logger.LogInformation("Task {TaskId} had lost its orchestration and gets another.", grant.Id);
            await waker.ScheduleAsync(client, new TaskWork(task.Id, task.Run));
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            logger.LogWarning(failure, "Task {TaskId} could not be repaired; a later sweep will try again.", grant.Id);
        }
    }
}
