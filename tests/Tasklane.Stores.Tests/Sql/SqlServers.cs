using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Stores.Sql;
using Tasklane.Stores.Tests.Conformance;
using Tasklane.Tasks;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Sql;

/// <summary>Opens SQL stores for the suites.</summary>
internal static class SqlServers
{
    public static async Task<StoreUnderTest> OpenAsync(
        Func<TasklaneOptions, TimeProvider, SqlStores> open, TimeProvider time, TasklaneOptions options, Action? remove = null)
    {
        var stores = open(options, time);
        await stores.Tasks.InitializeAsync(TestContext.Current.CancellationToken);
        return new StoreUnderTest(
            stores.Tasks,
            stores.Lines,
            stores.Schedules,
            stores.Rates,
            stores.Files,
            stores.Market,
            other => OpenAsync(open, time, other),
            async () =>
            {
                await stores.DisposeAsync();
                remove?.Invoke();
            });
    }

    public static SqlStores Sqlite(TasklaneOptions options, TimeProvider time) => SqlStores.OpenSqlite(options, time, NullLogger<SqlStores>.Instance);

    // A connection costs a test more than what it does with it; four meet each other as well as twelve do.
    private const int Writers = 4;

    public static SqlStores Postgres(TasklaneOptions options, TimeProvider time) =>
        SqlStores.OpenPostgres(options, time, NullLogger<SqlStores>.Instance, Writers);

    public static SqlStores MySql(TasklaneOptions options, TimeProvider time) =>
        SqlStores.OpenMySql(options, time, NullLogger<SqlStores>.Instance, Writers);
}

public sealed class SqliteConformance : TaskStoreConformance
{
    protected override Task<StoreUnderTest> CreateAsync(TimeProvider time, TasklaneOptions options)
    {
        var directory = new TempDirectory("sqlite");
        options.Sqlite = directory.File("tasks.db");
        return SqlServers.OpenAsync(SqlServers.Sqlite, time, options, directory.Dispose);
    }
}

public sealed class PostgresConformance(SharedPostgres postgres, QuietPostgres quiet) : TaskStoreConformance
{
    // A call takes ten times as long as on SQLite.
    protected override int InterleavingSteps => 200;

    protected override async Task<StoreUnderTest> CreateAsync(TimeProvider time, TasklaneOptions options) =>
        await OpenAsync(await postgres.ServerAsync(), time, options);

    // Its version moves with whatever anybody commits on the server.
    protected override async Task<StoreUnderTest> CreateQuietAsync(TimeProvider time, TasklaneOptions options) =>
        await OpenAsync(await quiet.ServerAsync(), time, options);

    private static async Task<StoreUnderTest> OpenAsync(PostgresServer server, TimeProvider time, TasklaneOptions options)
    {
        // A hub is a schema, so that all tests may share one database. The name needs its quotes.
        options.Postgres = server.ConnectionString;
        options.Hub = $"Sql-{Guid.NewGuid():N}";
        return await SqlServers.OpenAsync(SqlServers.Postgres, time, options);
    }
}

public sealed class MySqlConformance(SharedMySql mysql) : TaskStoreConformance
{
    protected override bool HasVersion => false;

    // A call takes ten times as long as on SQLite.
    protected override int InterleavingSteps => 200;

    protected override async Task<StoreUnderTest> CreateAsync(TimeProvider time, TasklaneOptions options)
    {
        // A hub is a database. The name needs its quotes.
        options.MySql = (await mysql.ServerAsync()).ConnectionString;
        options.Hub = $"Sql-{Guid.NewGuid():N}";
        return await SqlServers.OpenAsync(SqlServers.MySql, time, options);
    }
}
