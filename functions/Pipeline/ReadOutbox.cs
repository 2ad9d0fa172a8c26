using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>
/// Acknowledges what has been pushed and reads the next batch, which stays in memory for the push that follows; only its
/// position goes through the orchestration.
/// </summary>
public sealed class ReadOutbox(ITaskStore store, OutboxBatches batches)
{
    [Function(nameof(ReadOutbox))]
    public async Task<string?> Run([ActivityTrigger] string? acknowledge, CancellationToken cancellation)
    {
        var batch = await store.DrainOutboxAsync(acknowledge, OutboxBatches.BatchSize, cancellation);
        if (batch.Position is not null)
            batches.Keep(batch);
        return batch.Position;
    }
}
