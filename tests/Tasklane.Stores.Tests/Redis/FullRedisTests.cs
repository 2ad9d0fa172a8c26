using StackExchange.Redis;
using Tasklane.Stores.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Redis;

public sealed class FullRedisTests
{
    /// <summary>It can be reached, and reads go on: whoever is told "cannot be reached" looks for the fault in the wrong place.</summary>
    [Fact]
    public async Task A_server_without_memory_left_is_full_and_not_healthy_until_there_is_room()
    {
        var ct = TestContext.Current.CancellationToken;
        await using var server = await RedisServer.StartAsync(ct: ct);
        await using var connection = new RedisConnection(server.ConnectionString);
        var store = new RedisTaskStore(connection, new TasklaneOptions { Store = "redis" }, TimeProvider.System);
        await store.InitializeAsync(ct);
        var task = (await store.CreateAsync(New(), ct)).Task;
        await using var admin = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        var settings = admin.GetServers()[0];

        await settings.ConfigSetAsync("maxmemory", "1");

        Assert.Equal(TaskErrors.StoreFull, (await Assert.ThrowsAsync<TaskException>(() => store.CreateAsync(New(), ct))).Code);
        Assert.Equal(TaskErrors.StoreFull, (await Assert.ThrowsAsync<TaskException>(() => store.PingAsync(ct))).Code);
        Assert.Equal(task.Id, (await store.GetAsync(task.Id, null, ct))?.Id);

        await settings.ConfigSetAsync("maxmemory", "0");

        await store.PingAsync(ct);
        await store.CreateAsync(New(), ct);
        Assert.Equal(2, (await store.ListAsync(new TaskQuery(), ct)).Total);
    }

    private static NewTask New() => new()
    {
        Id = TaskIds.New(TimeProvider.System.GetUtcNow()),
        Type = "noop",
        Payload = "{}",
        CreatedBy = "ann",
        Source = "test",
    };
}
