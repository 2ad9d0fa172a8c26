using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tasklane.Tasks;
using Tasklane.Tasks.Files;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>What the timers do: sweep, note how full the queue is, and purge what is past its retention.</summary>
public sealed class Upkeep(
    ITaskStore store, ILogLineStore lines, FileService files, Sweeper sweeper, TaskRemover remover, IOptions<TasklaneOptions> options, TimeProvider time, ILogger<Upkeep> logger)
{
    private const int BatchSize = 200;

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
            (listed, purged) = (tasks.Count, await remover.RemoveAsync(client, tasks, before, cancellation));
            if (purged > 0)
                logger.LogInformation("Purged {Count} tasks that ended before {Before:u}.", purged, before);
        }
        await store.DropExpiredAsync(cancellation);
        await files.DropExpiredAsync(cancellation);
        while (await lines.PurgeLinesAsync(before, 1_000, cancellation) == 1_000)
        {
        }
    }
}
