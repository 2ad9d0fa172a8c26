using System.Text;
using Tasklane.Testbed;

namespace Tasklane.Bench;

/// <summary>How long a create takes, and how long after a change its event is with the client, at a steady pace.</summary>
internal static class LatencyBench
{
    private const int WarmUpSeconds = 5;
    private const int WindowSeconds = 10;

    /// <summary>Created, started, completed.</summary>
    private const int EventsPerTask = 3;

    private static readonly byte[] Body = Encoding.UTF8.GetBytes("{\"type\":\"noop\",\"payload\":{\"n\":1}}");

    public static async Task RunAsync(Results results, CancellationToken ct)
    {
        var rows = new List<string[]>();
        foreach (var store in (string[])["redis", "sqlite"])
        {
            await using var redis = store == "redis" ? await RedisServer.StartAsync(ct: ct) : null;
            await using var app = await TasklaneApp.StartAsync(store, redis, ct);
            foreach (var perSecond in (int[])[50, 1000])
            {
                rows.Add(await MeasureAsync(app, store, perSecond, ct));
                Console.WriteLine(string.Join("  ", rows[^1]));
            }
        }

        results.Write("Latency at a steady pace", $"""
            No-op tasks are posted at a fixed pace whether or not earlier ones have been answered (open loop), for {WindowSeconds} s after {WarmUpSeconds} s of
            warm-up; the client shares the cores. Event: from the time of the change (cut to milliseconds) to its receipt over the WebSocket of
            the tasks' creator; three events per task, all of which must arrive.

            {Results.Table(["store", "creates/s", "create p50 ms", "create p99 ms", "events", "event p50 ms", "event p99 ms"], rows)}
            """);
    }

    private static async Task<string[]> MeasureAsync(TasklaneApp app, string store, int perSecond, CancellationToken ct)
    {
        await using var live = await LiveSocket.ConnectAsync(app.Http, ct);
        var warm = new Percentiles();
        await PaceAsync(app, perSecond, WarmUpSeconds, warm, ct);
        await live.ArrivedAsync(warm.Count * EventsPerTask, ct);
        live.StartOver();
        var creates = new Percentiles();
        await PaceAsync(app, perSecond, WindowSeconds, creates, ct);
        await live.ArrivedAsync(creates.Count * EventsPerTask, ct);
        return
        [
            store, Results.Number(perSecond), Results.Number(creates.At(0.5), 2), Results.Number(creates.At(0.99), 2),
            Results.Number(live.Delays.Count), Results.Number(live.Delays.At(0.5), 1), Results.Number(live.Delays.At(0.99), 1),
        ];
    }

    private static async Task PaceAsync(TasklaneApp app, int perSecond, int seconds, Percentiles creates, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        var open = new List<Task>(perSecond * seconds);
        while (open.Count < perSecond * seconds)
        {
            var due = (int)(clock.GetElapsedTime(start).TotalSeconds * perSecond);
            while (open.Count < due && open.Count < perSecond * seconds) open.Add(CreateAsync(app, creates, ct));
            await Task.Delay(TimeSpan.FromMilliseconds(1), clock, ct);
        }

        await Task.WhenAll(open);
    }

    private static async Task CreateAsync(TasklaneApp app, Percentiles creates, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        var begin = clock.GetTimestamp();
        using var content = new ByteArrayContent(Body);
        content.Headers.ContentType = new("application/json");
        using var response = await app.Http.PostAsync(app.Tasks, content, ct);
        response.EnsureSuccessStatusCode();
        creates.Add(clock.GetElapsedTime(begin).TotalMilliseconds);
    }
}
