using System.Text;
using System.Text.Json;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Batches;

/// <summary>
/// Makes a task of each payload, a page at a time, and waits for all of them without a worker. A crash costs nothing: a child is made at
/// its place once, however often it is asked for.
/// </summary>
[TaskType("batch_process", Description = "Runs a task for each of many payloads, and tells what became of them.")]
public sealed class BatchHandler(ChildTasks children) : ITaskHandler<BatchPayload>
{
    private const int PageSize = 250;

    public async Task<Outcome> RunAsync(BatchPayload payload, ITaskRun run)
    {
        var total = payload.Payloads.Count;
        var failsFast = payload.OnFailure == BatchFailure.FailFast;
        var made = run.GetCheckpoint<BatchCheckpoint>()?.Made ?? 0;
        while (made < total)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            if (run.SliceIsOver)
                return Outcome.Continue;
            var page = payload.Payloads.Skip(made).Take(PageSize).Select(one => RequestOf(payload, one)).ToList();
            await children.CreateAsync(run, page, made);
            made += page.Count;
            await run.SaveCheckpointAsync(new BatchCheckpoint(made));
            run.ReportProgress(0, total, $"{made} tasks made");
            if (made == total)
            {
                run.Log(TaskLogLevel.Info, $"{total} tasks of type {payload.Type} were made.");
                return Outcome.AwaitChildren(total, failsFast);
            }
        }

        var counts = await children.CountAsync(run.Task.Id, run.Cancellation);
        var failed = await FailuresAsync(run);
        if (failsFast && counts.Failed + counts.Cancelled > 0)
        {
            throw new TaskFailedException(
                "child_failed",
                $"{counts.Failed + counts.Cancelled} of {total} tasks did not complete; those that had not ended are stopped.",
                retry: false,
                details: new { failed });
        }
        if (counts.Open > 0)
            return Outcome.AwaitChildren(total, failsFast);
        run.Log(counts.Completed == total ? TaskLogLevel.Info : TaskLogLevel.Warning, $"{counts.Completed} of {total} tasks completed.");
        return Outcome.Completed(new BatchResult(total, counts.Completed, counts.Failed, counts.Cancelled, failed));
    }

    private static TaskRequest RequestOf(BatchPayload batch, JsonElement payload) => new()
    {
        Type = batch.Type,
        Payload = Encoding.UTF8.GetBytes(batch.PayloadOf(payload)),
        Priority = batch.Priority,
        MaxRetries = batch.MaxRetries,
        TimeoutSeconds = batch.TimeoutSeconds,
        Tags = batch.Tags ?? [],
    };

    private async Task<IReadOnlyList<BatchChildFailure>> FailuresAsync(ITaskRun run)
    {
        var failed = await children.ListAsync(run.Task.Id, TaskState.Failed, BatchResult.MostFailures, run.Cancellation);
        return [.. failed.Select(child => new BatchChildFailure(child.Id, child.Error?.Code ?? "", child.Error?.Message ?? ""))];
    }

    internal sealed record BatchCheckpoint(int Made);
}
