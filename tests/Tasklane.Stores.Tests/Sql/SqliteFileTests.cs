using SQLitePCL;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Sql;

/// <summary>What an SQLite file goes through.</summary>
public sealed class SqliteFileTests : IDisposable
{
    private readonly TempDirectory directory = new("sqlite");

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => directory.Dispose();

    [Fact]
    public async Task The_file_and_its_directory_are_made_and_found_again()
    {
        var path = directory.File("deep/down/tasks.db");
        string id;
        await using (var stores = await OpenAsync(path))
        {
            await stores.Tasks.InitializeAsync(Ct);
            id = await stores.CreateAsync();
        }
        await using var again = await OpenAsync(path);
        Assert.Equal(TaskState.Pending, (await again.GetAsync(id))?.Status);
        await again.StartAsync(id);
    }

    [Fact]
    public async Task Many_may_make_the_schema_at_once()
    {
        var path = directory.File("tasks.db");
        var opened = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => OpenAsync(path)));

        foreach (var stores in opened)
        {
            Assert.NotNull(await stores.CreateAsync());
            await stores.DisposeAsync();
        }
    }

    [Fact]
    public async Task Keys_past_their_day_are_dropped_however_many_and_the_others_stay()
    {
        var path = directory.File("tasks.db");
        var clock = new ManualTimeProvider();
        var options = new TasklaneOptions { Sqlite = path };
        options.Lanes.MaxRunning = 1;
        await using var stores = SqlServers.Sqlite(options, clock);
        await stores.Tasks.InitializeAsync(Ct);
        await Task.WhenAll(Enumerable.Range(0, 1700).Select(i =>
            stores.Tasks.CreateAsync(SqlScene.New() with { IdempotencyKey = $"k{i}", RequestHash = "h", RunAt = clock.GetUtcNow().AddDays(9) }, Ct)));
        await stores.Lines.AppendAsync("ann", [new StoredLine("", clock.GetUtcNow(), "info", "", "x")], new RequestKey("ann", "lines", "h"), Ct);
        clock.Advance(TimeSpan.FromHours(24));
        await stores.Tasks.CreateAsync(SqlScene.New() with { IdempotencyKey = "new", RequestHash = "h" }, Ct);

        await stores.Tasks.DropExpiredAsync(Ct);

        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(path, out var file));
        using (file)
        {
            raw.sqlite3_prepare_v2(file, "select count(*) from async_task_keys", out var count);
            using (count)
            {
                raw.sqlite3_step(count);
                Assert.Equal(1, raw.sqlite3_column_int(count, 0));
            }
        }
    }

    [Fact]
    public async Task Everything_acknowledged_is_in_the_files_that_a_killed_process_leaves()
    {
        await using var stores = await OpenAsync(directory.File("tasks.db"));
        var acknowledged = new List<(string Id, TaskState State)>();
        using var more = new CancellationTokenSource();
        var gate = new Lock();
        var work = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!more.IsCancellationRequested)
            {
                var id = await stores.CreateAsync();
                var held = await stores.StartAsync(id);
                await stores.Tasks.CompleteAsync(held, "{}", Ct);
                lock (gate) acknowledged.Add((id, TaskState.Completed));
            }
        })).ToArray();

        // The writer goes on meanwhile, as it would until the signal; what it is in the middle of may be lost, but only that.
        var copies = new List<(string Path, List<(string, TaskState)> Before)>();
        for (var moment = 0; moment < 5; moment++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Ct);
            List<(string, TaskState)> before;
            lock (gate) before = [.. acknowledged];
            copies.Add((CopyAsKilled($"killed-{moment}.db"), before));
        }
        await more.CancelAsync();
        await Task.WhenAll(work);

        Assert.NotEmpty(copies[^1].Before);
        foreach (var (path, before) in copies)
        {
            await using var left = await OpenAsync(path);
            foreach (var (id, state) in before)
                Assert.Equal(state, (await left.GetAsync(id))?.Status);
            var stats = await left.Tasks.GetStatsAsync(Ct);
            var listed = await left.Tasks.ListAsync(new TaskQuery { Status = TaskState.Completed }, Ct);
            Assert.Equal(stats.ByStatus[TaskState.Completed], listed.Total);
            Assert.Equal(stats.Completed, listed.Total);
            await left.CreateAsync();
        }
    }

    [Fact]
    public async Task The_log_begins_anew_while_writing_goes_on()
    {
        var path = directory.File("tasks.db");
        await using var stores = await OpenAsync(path);
        var payload = $"\"{new string('x', 200_000)}\"";

        // 100 MB of payloads, never a pause: without copying the log would hold them all.
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 500),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Ct },
            async (_, ct) => await stores.Tasks.CreateAsync(SqlScene.New(payload: payload), ct));

        Assert.InRange(new FileInfo(path + "-wal").Length, 1, 80_000_000);
        Assert.Equal(500, (await stores.Tasks.ListAsync(new TaskQuery(), Ct)).Total);
    }

    [Fact]
    public async Task Two_processes_share_a_file()
    {
        var path = directory.File("tasks.db");
        await using var one = await OpenAsync(path, options => options.Lanes.MaxRunning = 10);
        await using var other = await OpenAsync(path, options => options.Lanes.MaxRunning = 10);

        // What one writes the other goes on with, in turns and at once.
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await one.CreateAsync());
            await other.Tasks.CompleteAsync(await other.StartAsync(ids[^1]), "{}", Ct);
            ids.Add(await other.CreateAsync());
            await one.Tasks.CompleteAsync(await one.StartAsync(ids[^1]), "{}", Ct);
        }
        var created = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(async () =>
        {
            var stores = i % 2 == 0 ? one : other;
            var task = (await stores.Tasks.CreateAsync(SqlScene.New(), Ct)).Task;
            return task.Id;
        })));

        Assert.Equal(210, (await one.Tasks.ListAsync(new TaskQuery(), Ct)).Total);
        var stats = await other.Tasks.GetStatsAsync(Ct);
        Assert.Equal((10, 200), (stats.ByStatus[TaskState.Completed], stats.ByStatus[TaskState.Pending]));
        Assert.Equal(190, stats.Depth[TaskPriority.Normal]);
        Assert.Equal(200, created.Distinct().Count());
    }

    [Fact]
    public async Task A_file_locked_by_another_process_is_unavailable_until_it_lets_go()
    {
        var path = directory.File("tasks.db");
        await using var stores = await OpenAsync(path);
        using var other = Raw(path);
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(other, "begin immediate"));

        var error = await SqlScene.UnavailableAsync(stores.CreateAsync);
        Assert.Contains("locked by another process", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await stores.Tasks.ListAsync(new TaskQuery(), Ct)).Total);

        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(other, "rollback"));
        await stores.CreateAsync();
    }

    [Fact]
    public async Task What_cannot_be_written_fails_alone()
    {
        var path = directory.File("tasks.db");
        await using var stores = await OpenAsync(path);
        using (var other = Raw(path))
        {
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(
                other,
                "create trigger no before insert on async_tasks when new.created_by = 'eve' begin select raise(abort, 'not her'); end"));
        }

        var calls = Enumerable.Range(0, 60).Select(i => (User: i % 6 == 0 ? "eve" : "ann", Task: Task.Run(
            () => stores.Tasks.CreateAsync(SqlScene.New(i % 6 == 0 ? "eve" : "ann"), Ct), Ct))).ToList();

        foreach (var (user, call) in calls)
        {
            if (user == "ann") Assert.Equal("ann", (await call).Task.CreatedBy);
            else Assert.Contains("not her", (await Assert.ThrowsAsync<InvalidOperationException>(() => call)).Message, StringComparison.Ordinal);
        }
        Assert.Equal(50, (await stores.Tasks.ListAsync(new TaskQuery(), Ct)).Total);
        Assert.Equal(50, (await stores.Tasks.GetStatsAsync(Ct)).Created);
    }

    [Fact]
    public async Task What_is_no_database_is_refused_with_a_sentence()
    {
        var path = directory.File("tasks.db");
        await File.WriteAllTextAsync(path, string.Join('\n', Enumerable.Repeat("This is a letter, not a database.", 100)), Ct);

        var error = await SqlScene.UnavailableAsync(() => OpenAsync(path));

        Assert.Contains("damaged, or is no SQLite database", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_that_cannot_be_made_is_told()
    {
        await File.WriteAllTextAsync(directory.File("file"), "", Ct);

        var error = await SqlScene.UnavailableAsync(() => OpenAsync(directory.File("file/tasks.db")));

        Assert.Contains("cannot be made", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_the_first_schema_is_brought_up_to_date_and_goes_on()
    {
        var path = directory.File("tasks.db");
        using (var old = Raw(path))
            Assert.Equal(raw.SQLITE_OK, raw.sqlite3_exec(old, OldDatabase.Sql("sqlite", "1767225600000", "4102444800000", "1", "0")));
        await using var stores = await OpenAsync(path, OldDatabase.Limits);

        await OldDatabase.GoesOnAsync(stores);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_left_alone()
    {
        var path = directory.File("tasks.db");
        await (await OpenAsync(path)).DisposeAsync();
        using (var other = Raw(path))
            raw.sqlite3_exec(other, "insert into async_task_schema values (1000)");

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => OpenAsync(path));

        Assert.Contains("schema version 1000", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_it_is_initialized_a_store_is_unavailable()
    {
        await using var stores = SqlServers.Sqlite(new TasklaneOptions { Sqlite = directory.File("none.db") }, TimeProvider.System);

        await SqlScene.UnavailableAsync(() => stores.Tasks.PingAsync(Ct));
    }

    [Fact]
    public async Task A_closed_store_says_so()
    {
        var stores = await OpenAsync(directory.File("tasks.db"));
        await stores.DisposeAsync();

        await SqlScene.UnavailableAsync(stores.CreateAsync);
    }

    private static async Task<SqlStores> OpenAsync(string path, Action<TasklaneOptions>? set = null)
    {
        var options = new TasklaneOptions { Sqlite = path };
        set?.Invoke(options);
        var stores = SqlServers.Sqlite(options, TimeProvider.System);
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

    private static sqlite3 Raw(string path)
    {
        Batteries_V2.Init();
        Assert.Equal(raw.SQLITE_OK, raw.sqlite3_open(path, out var handle));
        return handle;
    }

    /// <summary>The files as they stand on the disk at this moment: the write-ahead log last, as a commit is only there.</summary>
    private string CopyAsKilled(string name)
    {
        var path = directory.File(name);
        // A checkpoint in between would move commits from the one to the other; held off, the two fit together.
        using var reader = Raw(directory.File("tasks.db"));
        raw.sqlite3_exec(reader, "begin; select count(*) from async_task_hub");
        File.Copy(directory.File("tasks.db"), path);
        File.Copy(directory.File("tasks.db-wal"), path + "-wal");
        return path;
    }
}
