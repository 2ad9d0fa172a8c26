using Npgsql;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Sql;

/// <summary>What a PostgreSQL server goes through.</summary>
public sealed class PostgresTests(SharedPostgres postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_server_is_unavailable_and_comes_back_with_everything_acknowledged()
    {
        await using var server = await PostgresServer.StartAsync(Ct);
        await using var stores = await OpenAsync(await server.CreateDatabaseAsync(Ct));
        var id = await stores.CreateAsync();
        var held = await stores.StartAsync(id);

        await server.KillAsync();
        await SqlScene.UnavailableAsync(stores.CreateAsync);
        await SqlScene.UnavailableAsync(() => stores.GetAsync(id));
        await SqlScene.UnavailableAsync(() => stores.Tasks.PingAsync(Ct));
        await server.RestartAsync(Ct);

        await stores.Tasks.PingAsync(Ct);
        await stores.Tasks.CompleteAsync(held, "{}", Ct);
        Assert.Equal(TaskState.Completed, (await stores.GetAsync(id))?.Status);
        await stores.CreateAsync();
    }

    [Fact]
    public async Task A_server_that_restarts_between_two_calls_is_not_noticed_by_the_writer()
    {
        await using var server = await PostgresServer.StartAsync(Ct);
        await using var stores = await OpenAsync(await server.CreateDatabaseAsync(Ct));
        await stores.CreateAsync();

        await server.RestartAsync(Ct);

        await stores.CreateAsync();
        Assert.Equal(2, (await stores.Tasks.ListAsync(new TaskQuery(), Ct)).Total);
    }

    [Fact]
    public async Task Under_load_a_kill_loses_nothing_acknowledged()
    {
        await using var server = await PostgresServer.StartAsync(Ct);
        await using var stores = await OpenAsync(await server.CreateDatabaseAsync(Ct));
        var done = new Signal("twenty tasks have been completed");
        var acknowledged = 0;
        var work = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var completed = new List<string>();
            try
            {
                while (true)
                {
                    var id = await stores.CreateAsync();
                    await stores.Tasks.CompleteAsync(await stores.StartAsync(id), "{}", Ct);
                    completed.Add(id);
                    if (Interlocked.Increment(ref acknowledged) == 20) done.Send();
                }
            }
            catch (TaskException error) when (error.IsOutage)
            {
                return completed;
            }
        })).ToArray();

        await done.WaitAsync(ct: Ct);
        await server.KillAsync();
        var all = (await Task.WhenAll(work)).SelectMany(ids => ids).ToList();
        await server.RestartAsync(Ct);

        foreach (var id in all)
            Assert.Equal(TaskState.Completed, (await stores.GetAsync(id))?.Status);
        var stats = await stores.Tasks.GetStatsAsync(Ct);
        var total = (await stores.Tasks.ListAsync(new TaskQuery(), Ct)).Total;
        Assert.Equal(stats.ByStatus.Values.Sum(), total);
        Assert.Equal(stats.Created, total);
    }

    [Fact]
    public async Task Two_processes_share_a_hub()
    {
        var database = await postgres.NewDatabaseAsync(Ct);
        await using var one = await OpenAsync(database);
        await using var other = await OpenAsync(database);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(async () =>
        {
            var (creator, worker) = i % 2 == 0 ? (one, other) : (other, one);
            var id = await creator.CreateAsync();
            await worker.Tasks.CompleteAsync(await worker.StartAsync(id), "{}", Ct);
        })));

        var stats = await one.Tasks.GetStatsAsync(Ct);
        Assert.Equal((100, 100), (stats.Completed, stats.ByStatus[TaskState.Completed]));
        Assert.Equal(300, (await DrainAllAsync(other)).Count);
    }

    [Fact]
    public async Task A_database_of_the_first_schema_is_brought_up_to_date_and_goes_on()
    {
        var database = await postgres.NewDatabaseAsync(Ct);
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync(Ct);
            await using var command = new NpgsqlCommand(
                "create schema tasklane; set search_path = tasklane; " + OldDatabase.Sql("postgres", "timestamptz '2026-01-01 00:00:00Z'", "timestamptz '2100-01-01 00:00:00Z'", "true", "false"),
                connection);
            await command.ExecuteNonQueryAsync(Ct);
        }
        await using var stores = await OpenAsync(database, set: OldDatabase.Limits);

        await OldDatabase.GoesOnAsync(stores);
    }

    [Fact]
    public async Task Two_hubs_in_one_database_know_nothing_of_each_other()
    {
        var database = await postgres.NewDatabaseAsync(Ct);
        await using var one = await OpenAsync(database, "Hub-1");
        await using var other = await OpenAsync(database, "hub-1");

        var id = await one.CreateAsync();

        Assert.NotNull(await one.GetAsync(id));
        Assert.Null(await other.GetAsync(id));
        Assert.Equal(0, (await other.Tasks.GetStatsAsync(Ct)).Created);
    }

    [Fact]
    public async Task Texts_that_PostgreSQL_does_not_take_are_mended()
    {
        await using var stores = await OpenAsync(await postgres.NewDatabaseAsync(Ct));
        var id = await stores.CreateAsync();
        var held = await stores.StartAsync(id);

        await stores.Tasks.ReportAsync(held, TaskProgress.Of(1, 2, "a\0b"), [new TaskLogLine(TimeProvider.System.GetUtcNow(), TaskLogLevel.Info, "half \uD83D of a pair")], Ct);

        Assert.Equal("a\uFFFDb", (await stores.GetAsync(id))?.Progress?.Message);
        Assert.Equal("half \uFFFD of a pair", Assert.Single((await stores.Tasks.GetLogsAsync(id, null, 1, 10, Ct)).Lines).Message);
    }

    [Fact]
    public async Task A_missing_database_and_an_unreachable_server_are_told()
    {
        var server = await postgres.ServerAsync();
        var missing = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Database = "none" };
        var away = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Port = FreePort.Next() };

        foreach (var settings in new[] { missing, away })
        {
            var error = await SqlScene.UnavailableAsync(() => OpenAsync(settings.ConnectionString));
            Assert.Contains("PostgreSQL is not available", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Many_may_make_the_schema_at_once()
    {
        var database = await postgres.NewDatabaseAsync(Ct);

        foreach (var stores in await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => OpenAsync(database))))
        {
            await stores.CreateAsync();
            await stores.DisposeAsync();
        }
    }

    private static async Task<List<TaskEvent>> DrainAllAsync(SqlStores stores)
    {
        var events = new List<TaskEvent>();
        OutboxBatch batch;
        string? position = null;
        do
        {
            batch = await stores.Tasks.DrainOutboxAsync(position, 64, Ct);
            events.AddRange(batch.Events);
            position = batch.Position;
        } while (position is not null);
        return events;
    }

    private static async Task<SqlStores> OpenAsync(string database, string hub = "tasklane", Action<TasklaneOptions>? set = null)
    {
        var options = new TasklaneOptions { Postgres = database, Hub = hub };
        set?.Invoke(options);
        var stores = SqlServers.Postgres(options, TimeProvider.System);
        try
        {
            await stores.Tasks.InitializeAsync(Ct);
            return stores;
        }
        catch
        {
            await stores.DisposeAsync();
            throw;
        }
    }
}
