using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Stores.Redis;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Tasks.Schedules;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;

namespace Tasklane.Bench;

/// <summary>A server of its own and as many instances of a store on one hub as processes would have.</summary>
internal sealed class StoresUnderLoad : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> owned = [];

    public required string Name { get; init; }

    public List<ITaskStore> Instances { get; } = [];

    /// <summary>Of the first instance.</summary>
    public IScheduleStore Schedules { get; private set; } = null!;

    public PostgresServer? Postgres { get; private set; }

    public RedisServer? Redis { get; private set; }

    public static async Task<StoresUnderLoad> OpenAsync(string name, int instances, int maxRunning, CancellationToken ct)
    {
        var stores = new StoresUnderLoad { Name = instances == 1 ? name : $"{name}, {instances} instances" };
        var options = new TasklaneOptions { Store = name, Hub = "bench" };
        options.Lanes.MaxRunning = maxRunning;
        switch (name)
        {
            case "redis":
                stores.Redis = await RedisServer.StartAsync(ct: ct);
                stores.owned.Add(stores.Redis);
                options.Redis = stores.Redis.ConnectionString;
                break;
            case "postgres":
                stores.Postgres = await PostgresServer.StartAsync(ct);
                stores.owned.Add(stores.Postgres);
                options.Postgres = stores.Postgres.ConnectionString;
                break;
            case "mysql":
                var mysql = await MySqlServer.StartAsync(ct);
                stores.owned.Add(mysql);
                options.MySql = mysql.ConnectionString;
                break;
            default:
                var directory = new TempDirectory("bench");
                stores.owned.Add(new Removal(directory));
                options.Sqlite = directory.File("tasks.db");
                break;
        }

        for (var i = 0; i < instances; i++)
        {
            stores.Instances.Add(stores.Open(options));
            await stores.Instances[i].InitializeAsync(ct);
        }

        return stores;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(owned)) await one.DisposeAsync();
    }

    private ITaskStore Open(TasklaneOptions options)
    {
        if (options.Store == "redis")
        {
            var connection = new RedisConnection(options.Redis);
            owned.Add(connection);
            Schedules ??= new RedisScheduleStore(connection, options, TimeProvider.System);
            return new RedisTaskStore(connection, options, TimeProvider.System);
        }

        var logger = NullLogger<SqlStores>.Instance;
        var sql = options.Store switch
        {
            "postgres" => SqlStores.OpenPostgres(options, TimeProvider.System, logger),
            "mysql" => SqlStores.OpenMySql(options, TimeProvider.System, logger),
            _ => SqlStores.OpenSqlite(options, TimeProvider.System, logger),
        };
        owned.Add(sql);
        Schedules ??= sql.Schedules;
        return sql.Tasks;
    }

    private sealed class Removal(TempDirectory directory) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            directory.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
