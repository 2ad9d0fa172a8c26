using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Redis;

/// <summary>A replica takes over that has not got the master's last changes.</summary>
public sealed class FailoverTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_acknowledgement_of_what_the_replica_never_got_takes_none_of_its_own_events_away()
    {
        await using var master = await RedisServer.StartAsync(ct: Ct);
        await using var replica = await RedisServer.StartAsync(replicaOf: master, ct: Ct);
        await using var before = await RedisScene.OpenAsync(master, replicas: 1);
        await before.Store.CreateAsync(RedisScene.New(), Ct);
        await PromoteAsync(replica);
        await using var after = await RedisScene.OpenAsync(replica);

        for (var lost = 0; lost < 3; lost++)
            await UnreplicatedAsync(before, store => store.CreateAsync(RedisScene.New(), Ct));
        var pushed = await DrainUnreplicatedAsync(master);
        Assert.Equal(4, pushed.Events.Count);
        await master.KillAsync();
        var kept = new List<string>();
        for (var made = 0; made < 5; made++)
            kept.Add((await after.Store.CreateAsync(RedisScene.New(), Ct)).Task.Id);

        var next = await after.Store.DrainOutboxAsync(pushed.Position, 100, Ct);

        Assert.Equal(kept, next.Events.Select(change => change.TaskId).Except(pushed.Events.Select(change => change.TaskId)));
        Assert.Empty((await after.Store.DrainOutboxAsync(next.Position, 100, Ct)).Events);
    }

    [Fact]
    public async Task A_fence_that_the_lost_master_handed_out_is_handed_out_to_nobody_else()
    {
        await using var master = await RedisServer.StartAsync(ct: Ct);
        await using var replica = await RedisServer.StartAsync(replicaOf: master, ct: Ct);
        await using var before = await RedisScene.OpenAsync(master, replicas: 1);
        var id = (await before.Store.CreateAsync(RedisScene.New(), Ct)).Task.Id;
        await PromoteAsync(replica);
        await using var after = await RedisScene.OpenAsync(replica);

        await UnreplicatedAsync(before, store => store.StartAsync(id, 0, RedisScene.Worker, Ct));
        var old = new Held(id, (await before.Store.GetAsync(id, null, Ct))!.Fence);
        await master.KillAsync();
        var started = await after.Store.StartAsync(id, 0, new WorkerName("worker-2", "epoch-1"), Ct);

        Assert.NotEqual(old.Fence, started.Task!.Fence);
        Assert.Equal(TaskErrors.LeaseLost, await after.RefusalOf(store => store.CompleteAsync(old, "{}", Ct)));
        await after.Store.CompleteAsync(new Held(id, started.Task.Fence), "{}", Ct);
    }

    [Fact]
    public async Task A_change_that_the_replica_has_not_got_in_time_is_unknown_where_it_must_have_it()
    {
        await using var master = await RedisServer.StartAsync(ct: Ct);
        await using var replica = await RedisServer.StartAsync(replicaOf: master, ct: Ct);
        await using var scene = await RedisScene.OpenAsync(master, "syncTimeout=1000", replicas: 1);
        await scene.AnsweredAsync(store => store.CreateAsync(RedisScene.New(), Ct));
        var task = RedisScene.New();

        replica.Pause();
        Assert.Equal(TaskErrors.OutcomeUnknown, await scene.RefusalOf(store => store.CreateAsync(task, Ct)));
        replica.Resume();

        Assert.NotNull(await scene.Store.GetAsync(task.Id, null, Ct));
        Assert.Equal(TaskErrors.Exists, await scene.RefusalOf(store => store.CreateAsync(task, Ct)));
        await scene.AnsweredAsync(store => store.CreateAsync(RedisScene.New(), Ct));
    }

    /// <summary>From now on it gets nothing of what the master does.</summary>
    private static async Task PromoteAsync(RedisServer replica)
    {
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"{replica.ConnectionString},allowAdmin=true");
        await admin.GetServers()[0].ReplicaOfAsync(null!);
        await admin.CloseAsync(allowCommandsToComplete: false);
    }

    private static async Task UnreplicatedAsync(RedisScene scene, Func<ITaskStore, Task> call) =>
        Assert.Equal(TaskErrors.OutcomeUnknown, await scene.RefusalOf(call));

    private static async Task<OutboxBatch> DrainUnreplicatedAsync(RedisServer master)
    {
        await using var scene = await RedisScene.OpenAsync(master);
        return await scene.Store.DrainOutboxAsync(null, 100, Ct);
    }
}
