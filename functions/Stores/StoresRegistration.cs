using Azure.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tasklane.Stores.Entra;
using Tasklane.Stores.Redis;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores;

/// <summary>Picks the store that <see cref="TasklaneOptions.Store"/> names.</summary>
public static class StoresRegistration
{
    public static IServiceCollection AddStores(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration["Tasklane:SignIn"] == "entra")
            services.AddEntra();
        // An unknown name is refused by the options' own check, with the names there are.
        switch (configuration["Tasklane:Store"])
        {
            case "redis":
                services.AddRedisStores();
                break;
            case "postgres":
                services.AddSqlStores((provider, options, time, logger) => SqlStores.OpenPostgres(options, time, logger, credential: provider.GetService<TokenCredential>()));
                break;
            case "mysql":
                services.AddSqlStores((_, options, time, logger) => SqlStores.OpenMySql(options, time, logger));
                break;
            default:
                services.AddSqlStores((_, options, time, logger) => SqlStores.OpenSqlite(options, time, logger));
                break;
        }
        services.AddHostedService<StoreStartup>();
        return services;
    }

    private static void AddSqlStores(this IServiceCollection services, Func<IServiceProvider, TasklaneOptions, TimeProvider, ILogger<SqlStores>, SqlStores> open)
    {
        services.AddSingleton(provider => open(
            provider, provider.GetRequiredService<TasklaneOptions>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SqlStores>>()));
        services.AddSingleton(provider => provider.GetRequiredService<SqlStores>().Tasks);
        services.AddSingleton(provider => provider.GetRequiredService<SqlStores>().Lines);
        services.AddSingleton(provider => provider.GetRequiredService<SqlStores>().Schedules);
        services.AddSingleton(provider => provider.GetRequiredService<SqlStores>().Rates);
        services.AddSingleton(provider => provider.GetRequiredService<SqlStores>().Files);
        services.AddSingleton(provider => provider.GetRequiredService<SqlStores>().Market);
    }
}

/// <summary>Makes the store's schema before anything is served. A store that is away does not keep the app from starting: it is tried until it is there, and calls meanwhile are answered with 503.</summary>
internal sealed class StoreStartup(ITaskStore store, TimeProvider time, ILogger<StoreStartup> logger) : BackgroundService
{
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!await TryAsync(cancellationToken))
            await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        do
            await Task.Delay(_again, time, stoppingToken);
        while (!await TryAsync(stoppingToken));
        logger.LogInformation("The task store is there.");
    }

    private async Task<bool> TryAsync(CancellationToken cancellation)
    {
        try
        {
            await store.InitializeAsync(cancellation);
            return true;
        }
        catch (TaskException away)
        {
            logger.LogError("The task store cannot be reached, trying again every second: {Reason}", away.Message);
            return false;
        }
    }
}
