using StackExchange.Redis;
using Tasklane.Stores.Redis;
using Tasklane.Stores.Tests.Conformance;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Redis;

public sealed class ClusterTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Hubs_lie_in_slots_of_their_own_all_over_a_cluster_and_each_works_whole()
    {
        await using var cluster = await RedisCluster.StartAsync(Ct);
        await using var connection = new RedisConnection(cluster.ConnectionString);
        string[] hubs = [.. Enumerable.Range(0, 9).Select(i => $"hub-{i}")];

        foreach (var hub in hubs)
        {
            var options = new TasklaneOptions { Store = "redis", Hub = hub };
            ITaskStore store = new RedisTaskStore(connection, options, TimeProvider.System);
            ILogLineStore lines = new RedisLogLineStore(connection, options, TimeProvider.System);
            await store.InitializeAsync(Ct);
            await store.PingAsync(Ct);
            var task = RedisScene.New() with { Tags = ["t"], IdempotencyKey = "k", RequestHash = "h" };
            await store.CreateAsync(task, Ct);
            Assert.True((await store.CreateAsync(RedisScene.New() with { IdempotencyKey = "k", RequestHash = "h" }, Ct)).Existing);
            var started = await store.StartAsync(task.Id, 0, RedisScene.Worker, Ct);
            var held = new Held(task.Id, started.Task!.Fence);
            await store.RenewAsync(RedisScene.Worker, [held], Ct);
            await store.ReportAsync(held, TaskProgress.Of(1, 2), [new TaskLogLine(DateTimeOffset.UnixEpoch, TaskLogLevel.Info, "line")], Ct);
            await store.WriteFileChunkAsync(held, 0, new byte[] { 1 }, Ct);
            await store.CompleteAsync(held, "{}", Ct);
            await lines.AppendAsync("ann", [new StoredLine("", DateTimeOffset.UnixEpoch, "info", "s", "m")], null, Ct);

            Assert.Equal(task.Id, Assert.Single((await store.ListAsync(new TaskQuery { Owner = "ann", Tag = "t", Text = "noop" }, Ct)).Tasks).Id);
            Assert.Equal(1, (await store.GetLogsAsync(task.Id, null, 1, 10, Ct)).Total);
            Assert.Equal(1, (await store.GetStatsAsync(Ct)).Completed);
            Assert.Single(await lines.PageAsync("ann", null, 10, Ct));
            Assert.False((await store.SweepAsync(100, Ct)).More);
            var batch = await store.DrainOutboxAsync(null, 100, Ct);
            Assert.Equal(4, batch.Events.Count);
            Assert.Null((await store.DrainOutboxAsync(batch.Position, 100, Ct)).Position);
            Assert.Single(await store.PurgeEndedAsync(TimeProvider.System.GetUtcNow().AddMinutes(1), 10, Ct));
        }

        foreach (var node in cluster.Nodes)
        {
            await using var admin = await ConnectionMultiplexer.ConnectAsync(node.ConnectionString);
            Assert.NotEqual(0, await admin.GetServer("127.0.0.1", node.Port).DatabaseSizeAsync());
            await admin.CloseAsync(allowCommandsToComplete: false);
        }
    }

    /// <summary>A change while the hub's slot is on its way to another node is refused and leaves nothing, wherever its keys are; afterwards all is as it was.</summary>
    [Fact]
    public async Task While_a_hubs_slot_moves_every_change_is_refused_whole()
    {
        await using var cluster = await RedisCluster.StartAsync(Ct);
        await using var connection = new RedisConnection(cluster.ConnectionString);
        var options = new TasklaneOptions { Store = "redis", Hub = "moving" };
        ITaskStore store = new RedisTaskStore(connection, options, TimeProvider.System);
        ILogLineStore lines = new RedisLogLineStore(connection, options, TimeProvider.System);
        await store.InitializeAsync(Ct);
        var held = new List<Held>();
        for (var i = 0; i < 20; i++)
        {
            var task = RedisScene.New($"user-{i % 3}") with { Tags = [$"tag-{i}"] };
            await store.CreateAsync(task, Ct);
            if (i % 2 == 0) held.Add(new Held(task.Id, (await store.StartAsync(task.Id, 0, RedisScene.Worker, Ct)).Task!.Fence));
        }

        var move = await cluster.MoveSlotAsync("{moving}:");
        for (var (moved, all) = (1, 0); moved > 0; all += moved)
        {
            await RefusedAsync(() => store.CreateAsync(RedisScene.New(), Ct));
            await RefusedAsync(() => store.CompleteAsync(held[0], "{}", Ct));
            await RefusedAsync(() => store.RenewAsync(RedisScene.Worker, held, Ct));
            await RefusedAsync(() => store.SweepAsync(100, Ct));
            await RefusedAsync(() => store.DrainOutboxAsync(null, 100, Ct));
            await RefusedAsync(() => lines.AppendAsync("ann", [new StoredLine("", DateTimeOffset.UnixEpoch, "info", "s", "m")], null, Ct));
            await RefusedAsync(() => store.ListAsync(new TaskQuery(), Ct));
            moved = await move.SomeAsync(15);
        }
        await move.EndAsync();

        foreach (var one in held)
            await UntilServedAsync(() => store.CompleteAsync(one, "{}", Ct));
        var stats = await store.GetStatsAsync(Ct);
        Assert.Equal((20, 10, 10), (stats.Created, stats.ByStatus[TaskState.Pending], stats.ByStatus[TaskState.Completed]));
        Assert.Equal(20, (await store.ListAsync(new TaskQuery(), Ct)).Total);
        Assert.Equal(20 + (2 * held.Count), (await store.DrainOutboxAsync(null, 100, Ct)).Events.Count);
        Assert.Empty(await lines.PageAsync("ann", null, 10, Ct));
    }

    private static async Task RefusedAsync(Func<Task> call) =>
        Assert.Equal(TaskErrors.StoreUnavailable, (await Assert.ThrowsAsync<TaskException>(call)).Code);

    /// <summary>The client learns where the slot is now.</summary>
    private static async Task UntilServedAsync(Func<Task> call)
    {
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (TaskException away) when (away.Code == TaskErrors.StoreUnavailable)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Ct);
            }
        }
    }
}
