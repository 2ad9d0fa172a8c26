using Tasklane.Tasks;
using Tasklane.Tasks.Bulk;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers;

/// <param name="Matched">How many matched when it was asked for; more or fewer may be met.</param>
public sealed record BulkPayload(BulkAction Action, BulkFilter Filter, long Matched);

/// <summary>
/// Cancels, retries or deletes all tasks that match a filter, page by page. A crash costs a page at most, and what is then done once more
/// changes nothing. It leaves out itself and whatever came after it.
/// </summary>
[TaskType("bulk", Description = "Cancels, retries or deletes many tasks.", IsInternal = true)]
public sealed class BulkHandler(BulkRunner bulk, TaskWaker waker) : ITaskHandler<BulkPayload>
{
    public async Task<Outcome> RunAsync(BulkPayload payload, ITaskRun run)
    {
        var client = waker.LatestClient ?? throw new InvalidOperationException("A handler runs where a client has woken others.");
        var at = run.GetCheckpoint<BulkCheckpoint>() ?? new BulkCheckpoint(null, BulkCounts.None);
        do
        {
            run.Cancellation.ThrowIfCancellationRequested();
            var (ids, next) = await bulk.PageAsync(payload.Filter, at.After, run.Cancellation);
            var others = ids.Where(id => string.CompareOrdinal(id, run.Task.Id) < 0).ToList();
            var refusals = await bulk.ApplyAsync(client, payload.Action, others, payload.Filter.Owner, run.Task.Id, run.Cancellation);
            at = new BulkCheckpoint(next, at.Counts.With(refusals));
            run.ReportProgress(at.Counts.Matched, Math.Max(payload.Matched, at.Counts.Matched), $"{at.Counts.Changed} done");
            if (next is null)
                break;
            await run.SaveCheckpointAsync(at);
        }
        while (!run.SliceIsOver);

        if (at.After is not null)
            return Outcome.Continue;
        foreach (var (code, count) in at.Counts.Skipped)
            run.Log(TaskLogLevel.Info, $"{count} tasks were left as they were: {code}.");
        return Outcome.Completed(at.Counts);
    }

    internal sealed record BulkCheckpoint(long? After, BulkCounts Counts);
}
