using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

internal static class StorePurges
{
    /// <summary>Both steps of a purge, with nothing in between; returns the instances of all runs of the purged tasks.</summary>
    public static async Task<IReadOnlyList<string>> PurgeEndedAsync(this ITaskStore store, DateTimeOffset endedBefore, int limit, CancellationToken cancellation)
    {
        var tasks = await store.ListPurgeableAsync(endedBefore, limit, cancellation);
        Assert.Equal(tasks.Count, await store.PurgeAsync(tasks, endedBefore, cancellation));
        return [.. tasks.SelectMany(task => task.Instances)];
    }
}
