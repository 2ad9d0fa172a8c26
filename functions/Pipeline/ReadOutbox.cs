using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>
/// Acknowledges what has been pushed and reads the next batch, which stays in memory for the push that follows; only its
/// position goes through the orchestration.
/// </summary>
public sealed class ReadOutbox(ITaskStore store, OutboxBatches batches, TaskWaker waker, TasklaneOptions options)
{
    [Function(nameof(ReadOutbox))]
    public async Task<string?> Run(
        [ActivityTrigger] OutboxWork work, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        if (work.Hub.Length == 0)
            return null;
        options.MustBeOurs(work.Hub);
        var batch = await store.DrainOutboxAsync(work.Position, OutboxBatches.BatchSize, cancellation);
        if (batch.Position is null)
            return null;
        batches.Keep(batch);
        await Task.WhenAll(batch.Events.Where(change => change.Name == TaskEvents.Cancelled).Select(change => EndAsync(change.TaskId)));
        return batch.Position;

        // Who cancelled has told the orchestration already, unless it died in between. Nobody else would: no sweep finds a task
        // that has ended, and its orchestration would wait for its slot for ever.
        async Task EndAsync(string id)
        {
            if (await store.GetAsync(id, owner: null, cancellation) is { Status: TaskState.Cancelled } task)
                await waker.RaiseAsync(client, task.InstanceId, Instances.Wake);
        }
    }
}
