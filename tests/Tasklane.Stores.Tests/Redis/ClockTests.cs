using System.Text.Json.Nodes;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Redis;

/// <summary>Redis' own clock decides: nothing that a worker sends says what time it is.</summary>
public sealed class ClockTests(SharedRedis redis)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_time_that_is_written_is_the_servers()
    {
        await using var scene = await RedisScene.OpenAsync(await redis.ServerAsync(), set: options => options.Hub = SharedRedis.NewHub());
        var before = await scene.Server.TimeAsync();
        var created = await scene.Store.CreateAsync(RedisScene.New(), Ct);
        var started = await scene.Store.StartAsync(created.Task.Id, 0, RedisScene.Worker, Ct);
        var held = new Held(created.Task.Id, started.Task!.Fence);
        await scene.Store.CompleteAsync(held, "{\"at\":\"1970-01-01T00:00:00.000Z\"}", Ct);
        var failing = await scene.RunAsync();
        await scene.Store.FailAsync(failing, new TaskError("broken", "1970-01-01T00:00:00.000Z"), Ct);
        var cancelled = await scene.Store.CreateAsync(RedisScene.New(), Ct);
        await scene.Store.CancelAsync(cancelled.Task.Id, null, false, Ct);
        var after = await scene.Server.TimeAsync();

        void Within(DateTimeOffset? time) => Assert.InRange(time!.Value, before.AddMilliseconds(-1), after.AddMilliseconds(1));
        Within(created.Task.CreatedAt);
        Assert.Equal(created.Task.CreatedAt, (await scene.Store.GetAsync(created.Task.Id, null, Ct))!.CreatedAt);
        Within(started.Task.StartedAt);
        foreach (var (id, name, field) in new[]
        {
            (held.Id, TaskEvents.Started, "startedAt"), (held.Id, TaskEvents.Completed, "completedAt"),
            (failing.Id, TaskEvents.Failed, "completedAt"), (cancelled.Task.Id, TaskEvents.Cancelled, "cancelledAt"),
        })
        {
            var change = Assert.Single(await scene.Store.GetEventsAsync(id, 0, 10, Ct), one => one.Name == name);
            Within(change.At);
            Assert.Equal(change.At, JsonNode.Parse(change.Data)![field]!.GetValue<DateTimeOffset>());
        }
        // What a user has written stays as it is.
        Assert.Contains("1970-01-01T00:00:00.000Z", (await scene.Store.GetEventsAsync(held.Id, 2, 10, Ct))[0].Data, StringComparison.Ordinal);
        Assert.Contains("1970-01-01T00:00:00.000Z", (await scene.Store.GetEventsAsync(failing.Id, 2, 10, Ct))[0].Data, StringComparison.Ordinal);
    }
}
