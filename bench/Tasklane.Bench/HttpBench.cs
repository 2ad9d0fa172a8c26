using Tasklane.Testbed;

namespace Tasklane.Bench;

/// <summary>
/// HTTP create to completed: our app with the Redis store and Fastify + BullMQ, in turns, under the same load and with the
/// same Redis settings. What counts is tasks completed within the window, not requests answered.
/// </summary>
internal static class HttpBench
{
    /// <summary>Tasks that run at once, on either side.</summary>
    public const int Concurrency = 100;

    private const int Rounds = 3;
    private const int WarmUpSeconds = 12;
    private const int WindowSeconds = 10;
    private const string Ours = "Tasklane";
    private const string Theirs = "Fastify + BullMQ";

    public static async Task RunAsync(Results results, CancellationToken ct)
    {
        var rounds = new List<Round>();
        for (var number = 1; number <= Rounds; number++)
        {
            rounds.Add(await MeasureAsync(Theirs, async redis => await FastifyBullMq.StartAsync(redis, ct), ct));
            rounds.Add(await MeasureAsync(Ours, async redis => await TasklaneApp.StartAsync("redis", redis, ct), ct));
        }

        var ours = Summary(Ours, rounds);
        var theirs = Summary(Theirs, rounds);
        results.Write("HTTP: create to completed", $"""
            `wrk -t1 -c64 -d{WindowSeconds}s` posts no-op tasks; a Redis of its own for every round (no persistence, both sides alike), {Concurrency}
            tasks at once, {WarmUpSeconds} s of warm-up, the two in turns, {Rounds} rounds each; medians. Load, server and Redis share the cores.
            Everything that was accepted was waited for and did complete.

            {Results.Table(
                ["", "completed/s", "accepted/s", "create p50 ms", "create p99 ms", "drained after s"],
                rounds.Select(round => round.Row).Append(theirs.Row).Append(ours.Row))}
            Ratio of the medians: **{Results.Number(ours.Completed / theirs.Completed, 2)}**
            """);
    }

    private static async Task<Round> MeasureAsync(string name, Func<RedisServer, Task<Contestant>> start, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        await using var redis = await RedisServer.StartAsync(ct: ct);
        await using var contestant = await start(redis);
        var warm = await Wrk.PostAsync(contestant.Tasks, contestant.Authorization, WarmUpSeconds, ct);
        await contestant.DrainAsync(warm.Accepted, ct);

        var before = await contestant.CompletedAsync(ct);
        var begin = clock.GetTimestamp();
        var load = await Wrk.PostAsync(contestant.Tasks, contestant.Authorization, WindowSeconds, ct);
        var completed = await contestant.CompletedAsync(ct) - before;
        var seconds = clock.GetElapsedTime(begin).TotalSeconds;
        var end = clock.GetTimestamp();
        if (load.Refused > 0) throw new InvalidOperationException($"{name} refused {load.Refused} requests.");
        await contestant.DrainAsync(before + load.Accepted, ct);

        var round = new Round(
            name, completed / seconds, load.Accepted / seconds, load.P50Ms, load.P99Ms, clock.GetElapsedTime(end).TotalSeconds);
        Console.WriteLine(string.Join("  ", round.Row));
        return round;
    }

    private static Round Summary(string name, IEnumerable<Round> rounds)
    {
        var own = rounds.Where(round => round.Name == name).ToList();
        double Median(Func<Round, double> of) => Percentiles.Median(own.Select(of));
        return new Round(
            $"**{name}**", Median(r => r.Completed), Median(r => r.Accepted), Median(r => r.P50), Median(r => r.P99), Median(r => r.Drained));
    }

    private sealed record Round(string Name, double Completed, double Accepted, double P50, double P99, double Drained)
    {
        public string[] Row =>
        [
            Name, Results.Number(Completed), Results.Number(Accepted), Results.Number(P50, 2), Results.Number(P99, 2), Results.Number(Drained, 1),
        ];
    }
}
