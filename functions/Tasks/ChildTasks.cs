using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks;

/// <summary>How many children of a task are in each state.</summary>
public sealed record ChildCounts(long Total, long Pending, long Running, long Completed, long Failed, long Cancelled)
{
    /// <summary>Those that have not ended.</summary>
    public long Open => Pending + Running;
}

/// <summary>
/// For handlers whose task makes others: they belong to the same user, know their parent, and are cancelled with it. A handler makes them,
/// saves a checkpoint, and returns <see cref="Outcome.AwaitChildren"/>; the next slice begins when they have ended.
/// </summary>
public sealed class ChildTasks(TaskService tasks, ITaskStore store, TaskWaker waker)
{
    private const int AtOnce = 16;
    private static readonly TimeSpan _stopping = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// Makes children. Each has a place among those of the task, the first of these <paramref name="firstPlace"/>; what has been made at a place
    /// is not made again, so a slice that begins anew may make all of its children once more. When the task is run again by hand, those that have
    /// completed are left, and the others run again too.
    /// </summary>
    /// <exception cref="TaskFailedException">One cannot be made (<c>child_invalid</c>); some of the others may have been.</exception>
    public Task CreateAsync(ITaskRun run, IReadOnlyList<TaskRequest> children, int firstPlace)
    {
        var client = waker.LatestClient ?? throw new InvalidOperationException("A handler runs where a client has woken others.");
        return Parallel.ForAsync(0, children.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = run.Cancellation }, async (i, stop) =>
        {
            await CreateAsync(client, run, children[i], firstPlace + i, stop);
        });
    }

    /// <summary>Counts the children of a task.</summary>
    public async Task<ChildCounts> CountAsync(string parent, CancellationToken cancellation)
    {
        var counts = await Task.WhenAll(Enum.GetValues<TaskState>().Select(async state =>
            (await store.ListAsync(new TaskQuery { Parent = parent, Status = state, PageSize = 1 }, cancellation)).Total));
        long Of(TaskState state) => counts[(int)state];
        return new ChildCounts(counts.Sum(), Of(TaskState.Pending), Of(TaskState.Running), Of(TaskState.Completed), Of(TaskState.Failed), Of(TaskState.Cancelled));
    }

    /// <summary>Some children in a state, the newest first.</summary>
    public async Task<IReadOnlyList<TaskRecord>> ListAsync(string parent, TaskState state, int most, CancellationToken cancellation) =>
        (await store.ListAsync(new TaskQuery { Parent = parent, Status = state, PageSize = most }, cancellation)).Tasks;

    private async Task CreateAsync(DurableTaskClient client, ITaskRun run, TaskRequest child, int place, CancellationToken cancellation)
    {
        try
        {
            // What a former run was stopped with may still be stopping.
            while (!await tasks.CreateChildAsync(client, run.Task, place, child, cancellation))
                await Task.Delay(_stopping, run.Time, cancellation);
        }
        catch (TaskException ended) when (ended.Code is TaskErrors.ParentEnded)
        {
            throw new OperationCanceledException("The task has ended meanwhile.", ended, cancellation);
        }
        catch (TaskException wrong) when (!wrong.IsOutage)
        {
            throw new TaskFailedException("child_invalid", $"Task {place + 1} cannot be made: {wrong.Message}", retry: false);
        }
    }
}
