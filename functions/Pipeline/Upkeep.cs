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

    /// <summary>Orchestrations purged side by side.</summary>
    private const int PurgedAtOnce = 8;

    private static readonly OrchestrationRuntimeStatus[] _terminal =
        [OrchestrationRuntimeStatus.Completed, OrchestrationRuntimeStatus.Failed, OrchestrationRuntimeStatus.Terminated];

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
        int purged;
        do
        {
            var instances = await store.PurgeAsync(before, BatchSize, cancellation);
            purged = instances.Count;
            await Parallel.ForEachAsync(
                instances, new ParallelOptions { MaxDegreeOfParallelism = PurgedAtOnce }, async (instance, _) => await PurgeInstanceAsync(client, instance));
            if (purged > 0)
                logger.LogInformation("Purged {Count} orchestrations of tasks that ended before {Before:u}.", purged, before);
        }
        // A task has one orchestration at least, so fewer than the limit are all there were.
        while (purged >= BatchSize && !cancellation.IsCancellationRequested);

        while (await lines.PurgeLinesAsync(before, 1_000, cancellation) == 1_000)
        {
        }
    }

    /// <summary>
    /// Orchestrations that outlived their task's row: their purge failed, or the process died between the two. Durable's own
    /// store is what remembers them. That one is old and has ended is reason enough, as nothing is read from it any more.
    /// </summary>
    [Function("PurgeLeftovers")]
    public async Task PurgeLeftovers(
        [TimerTrigger("0 30 * * * *")] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        var purged = await client.PurgeAllInstancesAsync(new PurgeInstancesFilter(CreatedTo: KeptSince, Statuses: _terminal), cancellation);
        if (purged.PurgedInstanceCount > 0)
            logger.LogInformation("Purged {Count} orchestrations whose tasks were gone.", purged.PurgedInstanceCount);
    }

    /// <summary>
    /// The task is gone already, so this goes on to the next whatever happens. One that is open still cannot be purged: it is
    /// terminated, and left to <see cref="PurgeLeftovers"/>.
    /// </summary>
    private async Task PurgeInstanceAsync(DurableTaskClient client, string instance)
    {
        try
        {
            if (await client.GetInstanceAsync(instance) is { IsCompleted: false })
            {
                logger.LogWarning("Orchestration {Instance} was open although its task had ended; it is terminated.", instance);
                await client.TerminateInstanceAsync(instance);
                return;
            }
            await client.PurgeInstanceAsync(instance);
        }
        catch (Exception failure)
        {
            logger.LogWarning(failure, "Orchestration {Instance} could not be purged and is left for later.", instance);
        }
    }
}
