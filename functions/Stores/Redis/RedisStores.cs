using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tasklane.Stores.Entra;
using Tasklane.Tasks;
using Tasklane.Tasks.Files;
using Tasklane.Tasks.Limits;
using Tasklane.Tasks.Market;
using Tasklane.Tasks.Schedules;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

/// <summary>Puts the Redis stores into a container.</summary>
public static class RedisStores
{
    /// <summary>
    /// Adds <see cref="ITaskStore"/>, <see cref="ILogLineStore"/>, <see cref="IScheduleStore"/>, <see cref="IRateStore"/>,
    /// <see cref="IFileStore"/> and <see cref="IMarketStore"/> over one connection. A <see cref="RedisConnection"/> that is
    /// there already is used, so that a host can bring credentials of its own; <see cref="TasklaneOptions"/> and
    /// <see cref="TimeProvider"/> must be in the container.
    /// </summary>
    public static IServiceCollection AddRedisStores(this IServiceCollection services)
    {
        services.TryAddSingleton(provider =>
        {
            var options = provider.GetRequiredService<TasklaneOptions>();
            return new RedisConnection(options.Redis, options.RedisReplicas, provider.GetService<EntraRedis>());
        });
        services.AddSingleton<ITaskStore, RedisTaskStore>();
        services.AddSingleton<ILogLineStore, RedisLogLineStore>();
        services.AddSingleton<IScheduleStore, RedisScheduleStore>();
        services.AddSingleton<IRateStore, RedisRateStore>();
        services.AddSingleton<IFileStore, RedisFileStore>();
        services.AddSingleton<IMarketStore, RedisMarketStore>();
        return services;
    }
}
