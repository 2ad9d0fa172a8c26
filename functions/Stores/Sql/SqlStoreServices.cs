using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql;

/// <summary>Puts the SQL stores into a container; <see cref="TasklaneOptions"/> and <see cref="TimeProvider"/> must be in it.</summary>
public static class SqlStoreServices
{
    /// <summary>Adds <see cref="ITaskStore"/> and <see cref="ILogLineStore"/> over the file at <see cref="TasklaneOptions.Sqlite"/>.</summary>
    public static IServiceCollection AddSqliteStores(this IServiceCollection services) => services.AddStores(SqlStores.OpenSqlite);

    /// <summary>Adds both over the database at <see cref="TasklaneOptions.Postgres"/>.</summary>
    public static IServiceCollection AddPostgresStores(this IServiceCollection services) => services.AddStores(SqlStores.OpenPostgres);

    private static IServiceCollection AddStores(
        this IServiceCollection services, Func<TasklaneOptions, TimeProvider, ILogger<SqlStores>, SqlStores> open) => services
        .AddSingleton(provider => open(
            provider.GetRequiredService<TasklaneOptions>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SqlStores>>()))
        .AddSingleton(provider => provider.GetRequiredService<SqlStores>().Tasks)
        .AddSingleton(provider => provider.GetRequiredService<SqlStores>().Lines);
}
