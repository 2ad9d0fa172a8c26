using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>What the timers do: sweep, note how full the queue is, and purge what is past its retention.</summary>
public sealed class Upkeep(
    ITaskStore store, ILogLineStore lines, Sweeper sweeper, IOptions<TasklaneOptions> options, TimeProvider time, ILogger<Upkeep> logger)
{
    private const int BatchSize = 200;

    /// <summary>Tasks whose orchestrations are purged side by side.</summary>
    private const int PurgedAtOnce = 8;

    private DateTimeOffset KeptSince => time.GetUtcNow() - TimeSpan.FromHours(options.Value.RetentionHours);

    [Function("Sweep")]
    public async Task Sweep(
        [TimerTrigger("*/5 * * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        await sweeper.SweepAsync(client, cancellation);
        var stats = await store.GetStatsAsync(cancellation);
        await store.NoteGaugesAsync(QueueGauges.Of(stats, time.GetUtcNow()), cancellation);
    }

    [Function("Purge")]
    public async Task Purge(
        [TimerTrigger("0 */5 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        var before = KeptSince;
        for (var (listed, purged) = (BatchSize, 1); listed == BatchSize && purged > 0 && !cancellation.IsCancellationRequested;)
        {
            var tasks = await store.ListPurgeableAsync(before, BatchSize, cancellation);
            var free = await PurgeInstancesAsync(client, tasks);
            (listed, purged) = (tasks.Count, await store.PurgeAsync(free, before, cancellation));
            if (purged > 0)
                logger.LogInformation("Purged {Count} tasks that ended before {Before:u}.", purged, before);
        }
        await store.DropExpiredAsync(cancellation);
        while (await lines.PurgeLinesAsync(before, 1_000, cancellation) == 1_000)
        {
        }
    }

    /// <summary>
    /// Purges the orchestrations of tasks; returns the tasks that have none left. Their rows go only then: should the process die in
    /// between, the next purge finds what is left by the rows.
    /// </summary>
    private async Task<IReadOnlyList<PurgeableTask>> PurgeInstancesAsync(DurableTaskClient client, IReadOnlyList<PurgeableTask> tasks)
    {
        var isFree = new bool[tasks.Count];
        await Parallel.ForAsync(0, tasks.Count, new ParallelOptions { MaxDegreeOfParallelism = PurgedAtOnce }, async (i, _) =>
        {
            isFree[i] = true;
            foreach (var instance in tasks[i].Instances)
                isFree[i] &= await PurgeInstanceAsync(client, instance);
        });
        return [.. tasks.Where((_, i) => isFree[i])];
    }

    /// <summary>False: it is still there, and its task must stay. One that is open cannot be purged: it is terminated, and purged by the next purge.</summary>
    private async Task<bool> PurgeInstanceAsync(DurableTaskClient client, string instance)
    {
        try
        {
            if (await client.GetInstanceAsync(instance) is { IsCompleted: false })
            {
                logger.LogWarning("Orchestration {Instance} was open although its task had ended; it is terminated.", instance);
                await client.TerminateInstanceAsync(instance);
                return false;
            }
            await client.PurgeInstanceAsync(instance);
            return true;
        }
        catch (Exception failure)
        {
            logger.LogWarning(failure, "Orchestration {Instance} could not be purged and is left for later.", instance);
            return false;
        }
    }
}
