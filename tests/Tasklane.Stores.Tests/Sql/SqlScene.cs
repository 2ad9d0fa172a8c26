using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Sql;

/// <summary>Short words for the tests of what only SQL stores do.</summary>
internal static class SqlScene
{
    public static readonly WorkerName Worker = new("worker", "epoch");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static NewTask New(string user = "ann", string payload = "{}") => new()
    {
        Id = TaskIds.New(TimeProvider.System.GetUtcNow()),
        Type = "noop",
        Payload = payload,
        CreatedBy = user,
        Source = "test",
    };

    public static async Task<string> CreateAsync(this SqlStores stores) => (await stores.Tasks.CreateAsync(New(), Ct)).Task.Id;

    public static async Task<Held> StartAsync(this SqlStores stores, string id)
    {
        var started = await stores.Tasks.StartAsync(id, 0, Worker, Ct);
        Assert.Equal(StartKind.Started, started.Kind);
        return new Held(id, started.Task!.Fence);
    }

    public static Task<TaskRecord?> GetAsync(this SqlStores stores, string id) => stores.Tasks.GetAsync(id, null, Ct);

    public static async Task<TaskException> UnavailableAsync(Func<Task> call)
    {
        var error = await Assert.ThrowsAsync<TaskException>(call);
        Assert.Equal(TaskErrors.StoreUnavailable, error.Code);
        return error;
    }
}
