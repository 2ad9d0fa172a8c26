using System.Diagnostics;
using Tasklane.Emulator;

namespace Tasklane.Bench;

/// <summary>An HTTP trigger that answers with a word, worker in the host's process and in its own.</summary>
internal static class TriggerBench
{
    private const int Rounds = 3;
    private const int Seconds = 6;

    public static async Task RunAsync(Results results, CancellationToken ct)
    {
        var rows = new List<string[]>();
        foreach (var (name, mode) in new[] { ("in process", WorkerMode.InProcess), ("own process", WorkerMode.Process) })
        {
            await using var app = await BenchApp.StartAsync(mode);
            await Wrk.GetAsync(app.Ping, 4, ct); // warm-up
            for (var round = 1; round <= Rounds; round++)
            {
                var cpu = BenchApp.Cpu;
                var begun = Stopwatch.GetTimestamp();
                var load = await Wrk.GetAsync(app.Ping, Seconds, ct);
                if (load.Refused > 0) throw new InvalidOperationException($"{load.Refused} requests were refused.");
                rows.Add([
                    name, $"{round}", Results.Number(load.Accepted / Stopwatch.GetElapsedTime(begun).TotalSeconds),
                    Results.Number((BenchApp.Cpu - cpu).TotalMicroseconds / load.Accepted, 1), Results.Number(load.P50Ms, 2), Results.Number(load.P99Ms, 2)]);
                Console.WriteLine(string.Join("  ", rows[^1]));
            }
        }

        results.Write("HTTP trigger", $"""
            `wrk -t1 -c64 -d{Seconds}s` gets a page from a function that answers with a word. The CPU is the host's and the worker's; wrk takes its share of the cores.

            {Results.Table(["worker", "round", "requests/s", "CPU us each", "p50 ms", "p99 ms"], rows)}
            """);
    }
}
