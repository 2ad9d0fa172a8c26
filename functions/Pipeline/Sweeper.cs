using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>
/// Repairs what a crash between two steps left behind, notes how full the queue is, and purges what is past its retention. Everything it does may be
/// done twice: the store decides, and orchestrations ignore what they did not wait for.
/// </summary>
public sealed class Sweeper(
    ITaskStore store, ILogLineStore lines, TaskWaker waker, IOptions<TasklaneOptions> options, TimeProvider time, ILogger<Sweeper> logger)
{
    private const int BatchSize = 200;
    private const int MaxBatches = 50;

    [Function("Sweep")]
    public async Task Sweep(
        [TimerTrigger("*/5 * * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        for (var batch = 0; batch < MaxBatches; batch++)
        {
            var sweep = await store.SweepAsync(BatchSize, cancellation);
            await waker.WakeAsync(client, sweep.Wakes);
            foreach (var grant in sweep.Lapsed)
                await RepairAsync(client, grant, Instances.Granted, cancellation);
            foreach (var dead in sweep.DeadLeases)
                await RepairAsync(client, dead, Instances.Lost, cancellation);
            foreach (var overdue in sweep.Overdue)
                await RepairAsync(client, overdue, null, cancellation);
            if (!sweep.More)
                break;
        }

        var stats = await store.GetStatsAsync(cancellation);
        await store.NoteGaugesAsync(QueueGauges.Of(stats, time.GetUtcNow()), cancellation);
    }

    [Function("Purge")]
    public async Task Purge(
        [TimerTrigger("0 */5 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        var before = time.GetUtcNow() - TimeSpan.FromHours(options.Value.RetentionHours);
        for (var batch = 0; batch < MaxBatches; batch++)
        {
            var purged = await store.PurgeAsync(before, BatchSize, cancellation);
            foreach (var instance in purged)
                await PurgeInstanceAsync(client, instance, cancellation);
            if (purged.Count > 0)
                logger.LogInformation("Purged {Count} tasks that ended before {Before:u}.", purged.Count, before);
            if (purged.Count < BatchSize)
                break;
        }

        while (await lines.PurgeLinesAsync(before, 1_000, cancellation) == 1_000)
        {
        }
    }

    /// <summary>Forgets an orchestration whose task is gone. One that cannot be forgotten does not keep the others.</summary>
    private async Task PurgeInstanceAsync(DurableTaskClient client, string instance, CancellationToken cancellation)
    {
        try
        {
            await client.PurgeInstanceAsync(instance, cancellation);
        }
        catch (InvalidOperationException open)
        {
            // It still runs, for a task that nobody has any more: there is nothing left for it to do.
            logger.LogWarning(open, "The orchestration {Instance} outlived its task and is ended.", instance);
            await client.TerminateInstanceAsync(instance, "Its task is past its retention.", cancellation);
        }
    }

    /// <summary>Raises the event on the task's orchestration, or schedules it where there is none that could hear it.</summary>
    private async Task RepairAsync(DurableTaskClient client, Grant grant, string? eventName, CancellationToken cancellation)
    {
        var instance = TaskIds.InstanceOf(grant.Id, grant.Run);
        var found = await client.GetInstanceAsync(instance, cancellation);
        if (found is { IsCompleted: false })
        {
            if (eventName is not null)
                await client.RaiseEventAsync(instance, eventName, true, cancellation);
            return;
        }

        var task = await store.GetAsync(grant.Id, owner: null, cancellation);
        if (task is null || task.Run != grant.Run || task.Status.IsTerminal())
            return;
        logger.LogInformation("Task {TaskId} had lost its orchestration and gets another.", grant.Id);
        await waker.ScheduleAsync(client, new TaskWork(task.Id, task.Run, task.RetryCount, eventName is null ? task.RunAt : null));
    }
}
