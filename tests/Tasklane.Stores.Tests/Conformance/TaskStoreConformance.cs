using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

/// <summary>
/// What every store must do, as sentences; one partial file per idea. A store's suite derives from this class and says how to
/// make an empty store.
/// </summary>
public abstract partial class TaskStoreConformance
{
    private static readonly WorkerName Worker = new("worker-1", "epoch-1");
    private static readonly WorkerName OtherWorker = new("worker-2", "epoch-1");

    /// <summary>A new, initialized, empty store.</summary>
    protected abstract Task<StoreUnderTest> CreateAsync(TimeProvider time, TasklaneOptions options);

    /// <summary>One on a server that no other test uses at the same time.</summary>
    protected virtual Task<StoreUnderTest> CreateQuietAsync(TimeProvider time, TasklaneOptions options) => CreateAsync(time, options);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private Task<Scene> SceneAsync(Action<TasklaneOptions>? set = null) => SceneAsync(CreateAsync, set);

    private static async Task<Scene> SceneAsync(Func<TimeProvider, TasklaneOptions, Task<StoreUnderTest>> create, Action<TasklaneOptions>? set)
    {
        var options = new TasklaneOptions();
        set?.Invoke(options);
        Assert.Empty(options.Problems());
        var clock = new ManualTimeProvider();
        return new Scene(await create(clock, options), clock, options);
    }

    private static async Task<string> RefusalOf(Func<Task> call) => (await Assert.ThrowsAsync<TaskException>(call)).Code;

    private static IEnumerable<string> Ids(Wakes wakes) => wakes.Grants.Select(grant => grant.Id);
}
