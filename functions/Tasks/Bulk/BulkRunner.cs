using Microsoft.DurableTask.Client;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Bulk;

/// <summary>What is done to many tasks at once.</summary>
public enum BulkAction
{
    /// <summary>Pending ones are cancelled, running ones asked to stop.</summary>
    Cancel,

    /// <summary>Failed and cancelled ones run again.</summary>
    Retry,

    /// <summary>Those that have ended, or wait, are deleted for good.</summary>
    Delete,
}

/// <summary>Which tasks; every part that is set must match.</summary>
/// <param name="Owner">Null = everybody's, for an admin.</param>
public sealed record BulkFilter(string? Owner, TaskState? Status, string? Type, TaskPriority? Priority, string? Tag, string? Q)
{
    public TaskQuery ToQuery() => new() { Owner = Owner, Status = Status, Type = Type, Priority = Priority, Tag = Tag, Text = Q };
}

/// <summary>What came of it.</summary>
/// <param name="Matched">Tasks looked at.</param>
/// <param name="Changed">Those to which it was done.</param>
/// <param name="Skipped">How many of the others there were, by the code of the refusal.</param>
public sealed record BulkCounts(long Matched, long Changed, IReadOnlyDictionary<string, long> Skipped)
{
    public static BulkCounts None { get; } = new(0, 0, new Dictionary<string, long>());

    /// <param name="refusals">One per task; null where it was done.</param>
    public BulkCounts With(IReadOnlyCollection<string?> refusals)
    {
        var skipped = new SortedDictionary<string, long>(Skipped.ToDictionary(), StringComparer.Ordinal);
        foreach (var code in refusals.OfType<string>())
            skipped[code] = skipped.GetValueOrDefault(code) + 1;
        return new BulkCounts(Matched + refusals.Count, Changed + refusals.Count(code => code is null), skipped);
    }
}

/// <summary>Does one thing to many tasks, each on its own: one that refuses does not keep the others from it.</summary>
public sealed class BulkRunner(TaskService tasks, ITaskStore store)
{
    /// <summary>As many are done while the caller waits; more are a task of their own.</summary>
    public const int MostAtOnce = 500;

    private const int AtOnce = 8;
    private const int PageSize = 100;

    /// <summary>How many match.</summary>
    public async Task<long> CountAsync(BulkFilter filter, CancellationToken cancellation) =>
        (await store.ListAsync(filter.ToQuery() with { PageSize = 1 }, cancellation)).Total;

    /// <summary>
    /// The next tasks that match after a number, as <see cref="TaskPage.Next"/> has it; null at first. What is done to them takes none of
    /// the others out of the walk.
    /// </summary>
    public async Task<(IReadOnlyList<string> Ids, long? Next)> PageAsync(BulkFilter filter, long? after, CancellationToken cancellation)
    {
        var page = await store.ListAsync(filter.ToQuery() with { After = after, PageSize = PageSize }, cancellation);
        return ([.. page.Tasks.Select(task => task.Id)], page.Next);
    }

    /// <summary>Does it to the tasks; returns the code of the refusal for each, null where it was done.</summary>
    /// <param name="owner">Null = an admin asks; another user's task is not found.</param>
    /// <param name="request">Names the whole request, so that a retry that is repeated begins no further run; null = it is not repeated.</param>
    public async Task<string?[]> ApplyAsync(
        DurableTaskClient client, BulkAction action, IReadOnlyList<string> ids, string? owner, string? request, CancellationToken cancellation)
    {
        var refusals = new string?[ids.Count];
        await Parallel.ForAsync(0, ids.Count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (i, stop) =>
        {
            try
            {
                await ApplyAsync(client, action, ids[i], owner, request, stop);
            }
            catch (TaskException refusal) when (!refusal.IsOutage)
            {
                refusals[i] = refusal.Code;
            }
        });
        return refusals;
    }

    private Task ApplyAsync(DurableTaskClient client, BulkAction action, string id, string? owner, string? request, CancellationToken cancellation) => action switch
    {
        BulkAction.Cancel => tasks.CancelAsync(client, id, owner, stopRunning: true, cancellation),
        BulkAction.Retry => tasks.RetryAsync(client, id, owner, request is null ? null : new RequestKey($"bulk {request}", id, "retry"), cancellation),
        BulkAction.Delete => tasks.DeleteAsync(client, id, owner, cancellation),
        _ => throw new ArgumentOutOfRangeException(nameof(action), action, null),
    };
}
