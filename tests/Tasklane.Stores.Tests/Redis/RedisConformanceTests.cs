using Tasklane.Stores.Redis;
using Tasklane.Stores.Tests.Conformance;
using Tasklane.Tasks;
using Tasklane.Testbed;

namespace Tasklane.Stores.Tests.Redis;

/// <summary>The Redis store does what every store must.</summary>
public sealed class RedisConformanceTests(SharedRedis redis) : TaskStoreConformance
{
    protected override async Task<StoreUnderTest> CreateAsync(TimeProvider time, TasklaneOptions options)
    {
        options.Store = "redis";
        options.Redis = await redis.ConnectionStringAsync();
        options.Hub = SharedRedis.NewHub();
        return await OpenAsync(time, options);
    }

    private static async Task<StoreUnderTest> OpenAsync(TimeProvider time, TasklaneOptions options)
    {
        var connection = new RedisConnection(options.Redis);
        var store = new RedisTaskStore(connection, options, time);
        await store.InitializeAsync(CancellationToken.None);
        return new StoreUnderTest(
            store,
            new RedisLogLineStore(connection, options, time),
            new RedisScheduleStore(connection, options, time),
            new RedisRateStore(connection, options, time),
            new RedisFileStore(connection, options, time),
            new RedisMarketStore(connection, options),
            other => OpenAsync(time, other),
            connection.DisposeAsync);
    }
}
