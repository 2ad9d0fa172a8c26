using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Seeds;

/// <summary>
/// The story of the asynchronous task system, walked through from an empty database: its four tasks, the admin's answers as the document has
/// them, its defaults, its limit of two, its tables.
/// </summary>
public abstract class Seed003MarketTests : IDisposable
{
    private readonly TempDirectory _data = new();

    protected abstract Task<TestApp> StartAsync(params (string, string)[] settings);

    /// <summary>What the database itself says to the document's own queries.</summary>
    protected abstract Task<string?> AskAsync(string sql);

    [Fact]
    public async Task The_story_from_an_empty_database_to_what_it_promises()
    {
        WriteMarket();
        await using var app = await StartAsync(
            ("Tasklane__MarketData__Directory", _data.Path), ("Tasklane__Lanes__MaxRunning", "2"), ("Tasklane__HeartbeatSeconds", "0.2"));
        var admin = await app.ConnectAsync("boss", "admin");

        // init_sectors, then init_stocks with the document's own params.
        var sectors = await CreateAsync(admin, "init_sectors", new { });
        Assert.Equal("completed", (await EndedAsync(admin, sectors)).GetProperty("status").GetString());
        Assert.Equal(3, (await admin.GetAsync("/api/market/sectors")).GetProperty("sectors").GetArrayLength());
        var stocks = await CreateAsync(admin, "init_stocks", new { days = 60, overwrite = false });
        var ended = await EndedAsync(admin, stocks);
        Assert.Equal(("init_stocks", "completed", 100), (Text(ended, "taskType"), Text(ended, "status"), ended.GetProperty("percent").GetInt32()));
        Assert.Equal("""{"days":60,"overwrite":false}""", ended.GetProperty("params").GetRawText());
        Assert.Equal((JsonValueKind.Null, 0), (ended.GetProperty("error").ValueKind, ended.GetProperty("retryCount").GetInt32()));
        Assert.Equal(ended.GetProperty("total").GetInt64(), ended.GetProperty("progress").GetInt64());
        Assert.Equal(1_200, (await admin.GetAsync($"/api/tasks/{stocks}?owner=all")).GetProperty("result").GetProperty("rows").GetInt32() - (4 * 1_200));
        Assert.Equal(4, (await admin.GetAsync("/api/market/stocks/s0007/prices?from=2026-01-01&to=2026-12-31")).GetProperty("prices").GetArrayLength());

        // backfill_by_date and backfill_by_range: what is there stays, days without a file are passed over.
        var date = await CreateAsync(admin, "backfill_by_date", new { date = "2026-01-05", overwrite = true });
        await EndedAsync(admin, date);
        Assert.Equal(1_200, (await admin.GetAsync($"/api/tasks/{date}?owner=all")).GetProperty("result").GetProperty("written").GetInt32());
        var range = await CreateAsync(admin, "backfill_by_range", new { from = "2026-01-03", to = "2026-01-12" });
        await EndedAsync(admin, range);
        var result = (await admin.GetAsync($"/api/tasks/{range}?owner=all")).GetProperty("result");
        Assert.Equal((0, 4, 6), (result.GetProperty("written").GetInt32(), result.GetProperty("days").GetInt32(), result.GetProperty("daysWithout").GetInt32()));

        // The list, in the document's shape.
        var list = await admin.GetAsync("/api/admin/tasks?page=1");
        Assert.Equal((4, 1), (list.GetProperty("total").GetInt32(), list.GetProperty("page").GetInt32()));
        foreach (var name in new[] { "taskId", "taskType", "status", "progress", "total", "percent", "createdAt", "startedAt" })
            Assert.True(list.GetProperty("tasks")[0].TryGetProperty(name, out _), name);

        // Two at a time; a running one is cancelled; the log is paged.
        var running = new[] { await SleepAsync(admin), await SleepAsync(admin), await SleepAsync(admin) };
        await admin.EventAsync("task:started", running[1]);
        Assert.Equal("pending", (await admin.TaskAsync(running[2])).GetProperty("status").GetString());
        await admin.Http.PostAsync($"/api/admin/tasks/{running[0]}/cancel", null);
        await admin.EventAsync("task:cancelled", running[0]);
        await admin.EventAsync("task:started", running[2]);
        foreach (var id in running[1..])
            await admin.Http.PostAsync($"/api/admin/tasks/{id}/cancel", null);
        Assert.Equal("INFO", (await admin.GetAsync($"/api/admin/tasks/{running[0]}/logs?page=1")).GetProperty("logs")[0].GetProperty("level").GetString(), ignoreCase: true);

        // Retries after 1 s, 2 s, 4 s, with jitter; four hours at most.
        var failing = await CreateAsync(admin, "sleep", new { seconds = 0, failTimes = 9 });
        var first = await admin.EventAsync("task:retrying", failing);
        var second = await admin.EventAsync("task:retrying", failing, seen => seen.Changed.GetProperty("retryCount").GetInt32() == 2);
        Assert.InRange(second.Changed.GetProperty("runAt").GetDateTimeOffset() - first.Changed.GetProperty("runAt").GetDateTimeOffset(), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
        Assert.Equal((3, 14_400), ((await admin.TaskAsync(failing)).GetProperty("maxRetries").GetInt32(), (await admin.TaskAsync(failing)).GetProperty("timeoutSeconds").GetInt32()));
        await admin.Http.PostAsync($"/api/admin/tasks/{failing}/cancel", null);
        await admin.EventAsync("task:cancelled", failing);

        // The document's tables.
        Assert.Equal("completed", await AskAsync($"select status from async_tasks where task_id = '{stocks}'"));
        Assert.Equal("60", await AskAsync($"select value from async_task_params where task_id = '{stocks}' and key = 'days'"));
        Assert.Equal("INFO", await AskAsync($"select level from async_task_logs where task_id = '{stocks}' order by no limit 1"));
        Assert.Equal("4800", await AskAsync("select count(*) from market_prices"));
    }

    [Fact]
    public async Task Without_a_directory_the_tasks_fail_and_say_what_to_set()
    {
        await using var app = await StartAsync();
        var admin = await app.ConnectAsync("boss", "admin");

        var ended = await EndedAsync(admin, await CreateAsync(admin, "init_sectors", new { }));

        Assert.Equal(("failed", 0), (Text(ended, "status"), ended.GetProperty("retryCount").GetInt32()));
        Assert.Contains("Tasklane:MarketData:Directory", Text(ended, "error"), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _data.Dispose();
    }

    private static async Task<string> CreateAsync(TestUser admin, string type, object @params)
    {
        var answer = await admin.Http.PostAsJsonAsync("/api/admin/tasks", new { taskType = type, @params });
        answer.EnsureSuccessStatusCode();
        return Text(await answer.Content.ReadFromJsonAsync<JsonElement>(), "taskId");
    }

    private static Task<string> SleepAsync(TestUser admin) => CreateAsync(admin, "sleep", new { seconds = 100 });

    private static async Task<JsonElement> EndedAsync(TestUser admin, string id)
    {
        var task = await admin.GetAsync($"/api/admin/tasks/{id}");
        while (Text(task, "status") is "pending" or "running")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
            task = await admin.GetAsync($"/api/admin/tasks/{id}");
        }
        return task;
    }

    private static string Text(JsonElement task, string name) => task.GetProperty(name).GetString()!;

    private void WriteMarket()
    {
        const int Stocks = 1_200;
        File.WriteAllText(Path.Combine(_data.Path, "sectors.csv"), "code,name\nbank,银行\ncar,Cars\n\"it\",\"IT, software\"\n");
        File.WriteAllLines(
            Path.Combine(_data.Path, "stocks.csv"), ["code,name,sector", .. Enumerable.Range(0, Stocks).Select(n => string.Create(CultureInfo.InvariantCulture, $"s{n:0000},Stock {n},{(n % 2 == 0 ? "bank" : "car")}"))]);
        Directory.CreateDirectory(Path.Combine(_data.Path, "prices"));
        foreach (var day in new[] { "2026-01-05", "2026-01-06", "2026-01-07", "2026-01-12" })
        {
            File.WriteAllLines(
                Path.Combine(_data.Path, "prices", $"{day}.csv"),
                ["code,open,high,low,close,volume", .. Enumerable.Range(0, Stocks).Select(n => string.Create(CultureInfo.InvariantCulture, $"s{n:0000},1.5,2,1,{n}.25,{n * 1000}"))]);
        }
    }
}

public sealed class Seed003OnSqlite : Seed003MarketTests
{
    private string _file = "";

    protected override async Task<TestApp> StartAsync(params (string, string)[] settings)
    {
        _file = Path.Combine(Directory.CreateTempSubdirectory("tasklane-").FullName, "story.db");
        return await TestApp.StartAsync(null, [("Tasklane__Sqlite", _file), .. settings]);
    }

    protected override async Task<string?> AskAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={_file};Mode=ReadOnly;Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The document's own queries.
        command.CommandText = sql;
#pragma warning restore CA2100
        return Convert.ToString(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
    }
}

public sealed class Seed003OnPostgres(SharedPostgres postgres) : Seed003MarketTests
{
    private string _database = "";

    protected override async Task<TestApp> StartAsync(params (string, string)[] settings)
    {
        _database = await postgres.NewDatabaseAsync(TestContext.Current.CancellationToken);
        return await TestApp.StartAsync(null, [("Tasklane__Store", "postgres"), ("Tasklane__Postgres", _database), ("Tasklane__Hub", "story"), .. settings]);
    }

    protected override async Task<string?> AskAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var path = new NpgsqlCommand("set search_path to story", connection);
        await path.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
#pragma warning disable CA2100 // The document's own queries.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return Convert.ToString(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
    }
}
