using Npgsql;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Bench;

/// <summary>The stores without HTTP and orchestrations: how much they take, alone and in company, and how they bear many tasks.</summary>
internal static class StoreBench
{
    private const int Callers = 64;
    private const int Seconds = 8;
    private const int PaceSeconds = 15;
    private const int Pace = 500;

    private static readonly WorkerName Worker = new("bench", "epoch");
    private static readonly string[] Tags = ["red", "green", "blue"];

    /// <summary>Tasks from their creation to their end, and creates at a steady pace, on one instance and on four.</summary>
    public static async Task RunAsync(Arguments arguments, Results results, CancellationToken ct)
    {
        var rounds = arguments.Number("rounds", 2);
        var wanted = (arguments.Text("stores") ?? "sqlite,redis,postgres,mysql").Split(',');
        var rows = new List<string[]>();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, instances) in ((string, int)[])[("sqlite", 1), ("redis", 1), ("postgres", 1), ("postgres", 4), ("mysql", 1), ("mysql", 4)])
            {
                if (!wanted.Contains(name)) continue;
                await using var stores = await StoresUnderLoad.OpenAsync(name, instances, 100, ct);
                await LivesAsync(stores, 3, ct);
                var lives = await LivesAsync(stores, Seconds, ct);
                var (creates, locked) = await PacedAsync(stores, PaceSeconds, ct);
                rows.Add([stores.Name, Results.Number(lives), Results.Number(creates.At(0.5), 2), Results.Number(creates.At(0.99), 2), locked]);
                Console.WriteLine(string.Join("  ", rows[^1]));
            }
        }

        results.Write("Stores alone", $"""
            Each store without HTTP and orchestrations, on a server of its own (PostgreSQL without fsync, the others as the tests start them), with
            100 slots. Lives: {Callers} callers create a task, start it and complete it, for {Seconds} s. Creates: {Pace} a second at a fixed pace for {PaceSeconds} s, of
            which each is then started and completed. Instances have connections and writers of their own and share the callers. Waiting:
            how many of the samples of PostgreSQL's busy connections (every 20 ms, while creates are paced) wait for a lock.

            {Results.Table(["store", "lives/s", "create p50 ms", "create p99 ms", "waiting for a lock"], rows)}
            """);
    }

    /// <summary>A million tasks: lists, memory; then a purge beside a load.</summary>
    public static async Task RunManyAsync(Arguments arguments, Results results, CancellationToken ct)
    {
        var tasks = arguments.Number("tasks", 1_000_000);
        var ended = arguments.Number("ended", 100_000);
        var lists = new List<string[]>();
        var purges = new List<string[]>();
        foreach (var name in (arguments.Text("stores") ?? "redis,sqlite").Split(','))
        {
            await using (var stores = await StoresUnderLoad.OpenAsync(name, 1, 1, ct))
            {
                var memory = GC.GetTotalMemory(forceFullCollection: true);
                await FillAsync(stores.Instances[0], tasks, ct);
                memory = GC.GetTotalMemory(forceFullCollection: true) - memory;
                var bytes = stores.Redis is null ? "" : Results.Number(await RedisMemoryAsync(stores, ct) / (double)tasks);
                foreach (var (filter, query) in Queries())
                {
                    var times = await ListsAsync(stores.Instances[0], query, ct);
                    lists.Add([name, filter, Results.Number(times.At(0.5), 2), Results.Number(times.At(0.99), 2), Results.Number(memory / (double)(1 << 20)), bytes]);
                    Console.WriteLine(string.Join("  ", lists[^1]));
                }
            }

            await using (var stores = await StoresUnderLoad.OpenAsync(name, 1, 0, ct))
            {
                await EndSomeAsync(stores.Instances[0], ended, ct);
                var (before, _) = await PacedAsync(stores, PaceSeconds, ct);
                var purging = PurgeAsync(stores.Instances[0], ended, ct);
                var beside = new Percentiles();
                while (!purging.IsCompleted) await PaceAsync(stores, 1, beside, ct);
                var seconds = await purging;
                purges.Add([name, Results.Number(ended), Results.Number(seconds, 1), Results.Number(before.At(0.99), 2), Results.Number(beside.At(0.99), 2)]);
                Console.WriteLine(string.Join("  ", purges[^1]));
            }
        }

        results.Write("Many tasks", $"""
            {Results.Number(tasks)} pending tasks of 100,000 users with a tag each, one slot. Lists: the first page of 50 with its total, 300 times for each
            filter, one after the other. Memory: what our process keeps for them, and Redis' bytes a task.

            {Results.Table(["store", "filter", "p50 ms", "p99 ms", "our MiB", "Redis bytes a task"], lists)}

            A purge of ended tasks beside {Pace} lives a second, and how long creates take before and meanwhile.

            {Results.Table(["store", "purged", "in s", "create p99 ms before", "create p99 ms meanwhile"], purges)}
            """);
    }

    private static IEnumerable<(string Filter, TaskQuery Query)> Queries() =>
    [
        ("none", new TaskQuery { PageSize = 50 }),
        ("status", new TaskQuery { PageSize = 50, Status = TaskState.Pending }),
        ("owner", new TaskQuery { PageSize = 50, Owner = "user-77" }),
        ("tag and priority", new TaskQuery { PageSize = 50, Tag = "green", Priority = TaskPriority.High }),
        ("owner, status and tag", new TaskQuery { PageSize = 50, Owner = "user-77", Status = TaskState.Pending, Tag = "green" }),
        ("none found", new TaskQuery { PageSize = 50, Status = TaskState.Failed }),
    ];

    private static NewTask New(long n, int users = 100) => new()
    {
        Id = TaskIds.New(TimeProvider.System.GetUtcNow()),
        Type = "noop",
        Priority = (TaskPriority)(n % 3),
        Payload = "{}",
        CreatedBy = $"user-{n % users}",
        Source = "bench",
        Tags = [Tags[n % 3]],
    };

    private static async Task<double> LivesAsync(StoresUnderLoad stores, int seconds, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        var begin = clock.GetTimestamp();
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(
            async () =>
            {
                var store = stores.Instances[caller % stores.Instances.Count];
                for (var n = 0L; clock.GetElapsedTime(begin).TotalSeconds < seconds; n++)
                {
                    await LiveAsync(store, New(n), null, ct);
                    Interlocked.Increment(ref done);
                }
            }, ct)));
        return done / clock.GetElapsedTime(begin).TotalSeconds;
    }

    private static async Task LiveAsync(ITaskStore store, NewTask task, Percentiles? creates, CancellationToken ct)
    {
        var begin = TimeProvider.System.GetTimestamp();
        await store.CreateAsync(task, ct);
        creates?.Add(TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds);
        var started = await store.StartAsync(task.Id, 0, Worker, ct);
        if (started.Kind == StartKind.Started) await store.CompleteAsync(new Held(task.Id, started.Task!.Fence), "{}", ct);
    }

    private static async Task<(Percentiles Creates, string Locked)> PacedAsync(StoresUnderLoad stores, int seconds, CancellationToken ct)
    {
        await PaceAsync(stores, 3, new Percentiles(), ct);
        using var over = new CancellationTokenSource();
        var samples = stores.Postgres is { } server ? SampleLocksAsync(server.ConnectionString, over.Token) : Task.FromResult("");
        var creates = new Percentiles();
        await PaceAsync(stores, seconds, creates, ct);
        await over.CancelAsync();
        return (creates, await samples);
    }

    private static async Task PaceAsync(StoresUnderLoad stores, int seconds, Percentiles creates, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        var begin = clock.GetTimestamp();
        var open = new List<Task>(Pace * seconds);
        while (open.Count < Pace * seconds)
        {
            var due = (int)(clock.GetElapsedTime(begin).TotalSeconds * Pace);
            while (open.Count < due && open.Count < Pace * seconds)
            {
                var (store, task) = (stores.Instances[open.Count % stores.Instances.Count], New(open.Count));
                open.Add(Task.Run(() => LiveAsync(store, task, creates, ct), ct));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(1), clock, ct);
        }

        await Task.WhenAll(open);
    }

    private static async Task<string> SampleLocksAsync(string connectionString, CancellationToken over)
    {
        var (busy, waiting) = (0L, 0L);
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(CancellationToken.None);
        while (!over.IsCancellationRequested)
        {
            await using var command = new NpgsqlCommand(
                "select count(*), count(*) filter (where wait_event_type = 'Lock') from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()", connection);
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            await reader.ReadAsync(CancellationToken.None);
            (busy, waiting) = (busy + reader.GetInt64(0), waiting + reader.GetInt64(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }

        return busy == 0 ? "none busy" : $"{Results.Number(100.0 * waiting / busy, 1)} % of {Results.Number(busy)}";
    }

    private static Task FillAsync(ITaskStore store, int tasks, CancellationToken ct)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, Callers * 4).Select(_ => Task.Run(
            async () =>
            {
                for (var n = Interlocked.Increment(ref next); n < tasks; n = Interlocked.Increment(ref next))
                    await store.CreateAsync(New(n, users: 100_000), ct);
            }, ct)));
    }

    private static Task EndSomeAsync(ITaskStore store, int tasks, CancellationToken ct)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, Callers * 4).Select(_ => Task.Run(
            async () =>
            {
                for (var n = Interlocked.Increment(ref next); n < tasks; n = Interlocked.Increment(ref next))
                    await LiveAsync(store, New(n), null, ct);
            }, ct)));
    }

    private static async Task<Percentiles> ListsAsync(ITaskStore store, TaskQuery query, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        for (var i = 0; i < 20; i++) await store.ListAsync(query, ct);
        var times = new Percentiles();
        for (var i = 0; i < 300; i++)
        {
            var begin = clock.GetTimestamp();
            await store.ListAsync(query, ct);
            times.Add(clock.GetElapsedTime(begin).TotalMilliseconds);
        }

        return times;
    }

    /// <summary>As the purge does it, without orchestrations.</summary>
    private static async Task<double> PurgeAsync(ITaskStore store, int atLeast, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        var (begin, before) = (clock.GetTimestamp(), clock.GetUtcNow());
        var purged = 0;
        while (purged < atLeast)
        {
            var some = await store.ListPurgeableAsync(before, 200, ct);
            purged += await store.PurgeAsync(some, before, ct);
        }

        return clock.GetElapsedTime(begin).TotalSeconds;
    }

    private static async Task<long> RedisMemoryAsync(StoresUnderLoad stores, CancellationToken ct)
    {
        await using var admin = await StackExchange.Redis.ConnectionMultiplexer.ConnectAsync($"{stores.Redis!.ConnectionString},allowAdmin=true").WaitAsync(ct);
        var info = await admin.GetServers()[0].InfoAsync("memory");
        return long.Parse(info.SelectMany(section => section).Single(field => field.Key == "used_memory").Value, System.Globalization.CultureInfo.InvariantCulture);
    }
}
