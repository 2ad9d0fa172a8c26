using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Storing;

namespace Tasklane.Bench;

/// <summary>What remembering answers is worth: the same reads with and without, on a hub that rests and on one that changes.</summary>
internal static class CacheBench
{
    private const int Tasks = 10_000;
    private const int Readers = 8;
    private const int Seconds = 2;

    public static async Task RunAsync(Arguments arguments, Results results, CancellationToken ct)
    {
        var rows = new List<string[]>();
        foreach (var name in (arguments.Text("stores") ?? "sqlite,redis,postgres").Split(','))
        {
            await using var stores = await StoresUnderLoad.OpenAsync(name, 2, 1, ct);
            for (var n = 0; n < Tasks; n++) await stores.Instances[1].CreateAsync(New(n), ct);
            foreach (var changes in (int[])[0, 50])
            {
                foreach (var what in (string[])["list", "statistics"])
                {
                    // One after the other, twice the other way round: what the machine does meanwhile meets both.
                    var (plain, cached) = (0.0, 0.0);
                    string rate = "";
                    foreach (var isCached in (bool[])[false, true, true, false])
                    {
                        var options = new TasklaneOptions { Store = name };
                        options.Cache.Enabled = isCached;
                        using var cache = new ReadCache(stores.Instances[0], stores.Schedules, options, TimeProvider.System);
                        await ReadAsync(stores, cache, what, changes, 1, ct);
                        var reads = await ReadAsync(stores, cache, what, changes, Seconds, ct);
                        if (isCached) (cached, rate) = (cached + (reads / 2), Results.Number(100 * cache.Counts.HitRate() ?? 0, 1));
                        else plain += reads / 2;
                    }

                    rows.Add([$"{name}, {what}", Results.Number(changes), Results.Number(plain), Results.Number(cached), $"{Results.Number(cached / plain, 1)}x", rate]);
                    Console.WriteLine(string.Join("  ", rows[^1]));
                }
            }
        }

        results.Write("Reads remembered", $"""
            Reads a second of the API's first page of 50 (with its JSON) and of its statistics, {Readers} at once for {Seconds} s each way, with
            {Results.Number(Tasks)} waiting tasks, while another instance makes so many changes a second. Without HTTP; each row's two ways in turns,
            means of two. PostgreSQL without fsync.

            {Results.Table(["store", "changes/s", "reads/s without", "reads/s with", "gain", "hits %"], rows)}
            """);
    }

    private static async Task<double> ReadAsync(StoresUnderLoad stores, ReadCache cache, string what, int changes, int seconds, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        var begin = clock.GetTimestamp();
        var query = new TaskQuery { PageSize = 50 };
        var done = 0L;
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var changing = changes == 0 ? Task.CompletedTask : Task.Run(() => ChangeAsync(stores.Instances[1], changes, over.Token), ct);
        await Task.WhenAll(Enumerable.Range(0, Readers).Select(_ => Task.Run(
            async () =>
            {
                while (clock.GetElapsedTime(begin).TotalSeconds < seconds)
                {
                    if (what == "list") await cache.ListAsync("tasks", query, TaskJson.Write, ct);
                    else await cache.StatsAsync(ct);
                    Interlocked.Increment(ref done);
                }
            }, ct)));
        await over.CancelAsync();
        await changing;
        return done / clock.GetElapsedTime(begin).TotalSeconds;
    }

    private static async Task ChangeAsync(ITaskStore store, int perSecond, CancellationToken over)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / perSecond), TimeProvider.System);
        try
        {
            for (var n = 0L; await timer.WaitForNextTickAsync(over); n++)
                await store.CreateAsync(New(n), CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private static NewTask New(long n) => new()
    {
        Id = TaskIds.New(TimeProvider.System.GetUtcNow()),
        Type = "noop",
        Priority = (TaskPriority)(n % 3),
        Payload = """{"what":"tasks","format":"csv"}""",
        CreatedBy = $"user-{n % 100}",
        Source = "bench",
    };
}
