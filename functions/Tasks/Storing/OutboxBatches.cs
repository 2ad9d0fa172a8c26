namespace Tasklane.Tasks.Storing;

/// <summary>The batch that is on its way, so that the push need not read it again. Another worker's, or after a restart, is read from the store.</summary>
public sealed class OutboxBatches(ITaskStore store)
{
    /// <summary>Events per batch.</summary>
    public const int BatchSize = 500;

    private OutboxBatch? _latest;

    /// <summary>Remembers a batch until the next.</summary>
    public void Keep(OutboxBatch batch) => Volatile.Write(ref _latest, batch);

    /// <summary>The batch with this position. Read again it may be longer or shorter than at first; nothing in it is acknowledged beyond the position.</summary>
    public async Task<OutboxBatch> GetAsync(string position, CancellationToken cancellation) =>
        Volatile.Read(ref _latest) is { } latest && latest.Position == position
            ? latest
            : await store.DrainOutboxAsync(null, BatchSize, cancellation);
}
