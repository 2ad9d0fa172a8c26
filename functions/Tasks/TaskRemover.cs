using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks;

/// <summary>Deletes ended tasks: first the orchestrations that they name, then their rows, so that no orchestration is ever left that no row names.</summary>
public sealed class TaskRemover(ITaskStore store, TimeProvider time, ILogger<TaskRemover> logger)
{
    /// <summary>Tasks whose orchestrations are purged side by side.</summary>
    private const int PurgedAtOnce = 8;

    /// <summary>How long one task's orchestration may take to see that the task has ended.</summary>
    private static readonly TimeSpan _longestEnd = TimeSpan.FromSeconds(5);

    /// <summary>Deletes those that ended before a time and whose orchestrations have ended too; returns how many.</summary>
    public async Task<int> RemoveAsync(DurableTaskClient client, IReadOnlyList<PurgeableTask> tasks, DateTimeOffset endedBefore, CancellationToken cancellation)
    {
        var isFree = new bool[tasks.Count];
        await Parallel.ForAsync(0, tasks.Count, new ParallelOptions { MaxDegreeOfParallelism = PurgedAtOnce }, async (i, _) =>
        {
            isFree[i] = true;
            foreach (var instance in tasks[i].Instances)
                isFree[i] &= await PurgeInstanceAsync(client, instance);
        });
        return await store.PurgeAsync([.. tasks.Where((_, i) => isFree[i])], endedBefore, cancellation);
    }

    /// <summary>Deletes one task that has ended a moment ago, and waits for its orchestration to see it. False: somebody has begun it anew meanwhile.</summary>
    public async Task<bool> RemoveAsync(DurableTaskClient client, TaskRecord task, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_longestEnd);
        try
        {
            if (await client.GetInstanceAsync(task.InstanceId, cancellation) is { IsCompleted: false })
                await client.WaitForInstanceCompletionAsync(task.InstanceId, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            logger.LogWarning("Orchestration {Instance} has not ended although its task has; it is terminated.", task.InstanceId);
            await client.TerminateInstanceAsync(task.InstanceId, CancellationToken.None);
            await client.WaitForInstanceCompletionAsync(task.InstanceId, cancellation);
        }
        // The store's clock may run ahead of ours.
        return await RemoveAsync(client, [new PurgeableTask(task.Id, task.Run)], time.GetUtcNow().AddDays(1), cancellation) == 1;
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
