using Tasklane.Emulator;

namespace Tasklane.Bench;

/// <summary>
/// Orchestrations of one activity through the SDK's own worker: in the host's process, then in its own. <c>--count</c> a round (the own
/// process takes a third), <c>--rounds</c>, <c>--parallel</c> under way, <c>--singles</c> for the latency, <c>--transport</c> for one of both.
/// </summary>
internal static class WorkerBench
{
    public static async Task RunAsync(Arguments arguments, Results results)
    {
        var rounds = arguments.Number("rounds", 3);
        var parallel = arguments.Number("parallel", 1_000);
        var singles = arguments.Number("singles", 1_000);
        var count = arguments.Number("count", 60_000);
        var rows = new List<string[]>();
        var latencies = new List<string[]>();
        foreach (var (name, mode, share) in new[] { ("in process", WorkerMode.InProcess, count), ("own process", WorkerMode.Process, count / 3) })
        {
            if (arguments.Text("transport") is { } only && !name.StartsWith(only, StringComparison.OrdinalIgnoreCase)) continue;
            var (measured, latency) = await MeasureAsync(name, mode, share, rounds, parallel, singles);
            rows.AddRange(measured);
            latencies.Add(latency);
        }

        results.Write("Orchestrations through the SDK's worker", $"""
            Orchestrations of one activity, every turn committed to the file before the next; {Results.Number(parallel)} under way at once. The CPU is the host's and the
            worker's together; allocations and pauses those of the host's process.

            {Results.Table(["worker", "round", "orchestrations/s", "CPU us each", "bytes allocated each", "us paused for GC each"], rows)}
            One at a time, from scheduling to completion:

            {Results.Table(["worker", "p50 ms", "p99 ms"], latencies)}
            """);
    }

    private static async Task<(List<string[]> Rounds, string[] Latency)> MeasureAsync(
        string name, WorkerMode mode, int count, int rounds, int parallel, int singles)
    {
        await using var app = await BenchApp.StartAsync(mode);
        await OneActivity.ThroughputAsync(app.Hub, Math.Min(count, 20_000), parallel); // warm-up
        var rows = new List<string[]>();
        var rates = new List<double>();
        var cpus = new List<double>();
        for (var round = 1; round <= rounds; round++)
        {
            var cpu = BenchApp.Cpu;
            var bytes = GC.GetTotalAllocatedBytes();
            var paused = GC.GetTotalPauseDuration();
            rates.Add(await OneActivity.ThroughputAsync(app.Hub, count, parallel));
            cpus.Add((BenchApp.Cpu - cpu).TotalMicroseconds / count);
            var allocated = (GC.GetTotalAllocatedBytes() - bytes) / count;
            var pauses = (GC.GetTotalPauseDuration() - paused).TotalMicroseconds / count;
            rows.Add([
                name, $"{round}", Results.Number(rates[^1]), Results.Number(cpus[^1], 1), Results.Number(allocated), Results.Number(pauses, 1)]);
            Console.WriteLine(string.Join("  ", rows[^1]));
        }

        rows.Add([$"**{name}**", "median", $"**{Results.Number(Percentiles.Median(rates))}**", $"**{Results.Number(Percentiles.Median(cpus), 1)}**", "", ""]);
        var (half, most) = await OneActivity.LatencyAsync(app.Hub, singles);
        return (rows, [name, Results.Number(half, 2), Results.Number(most, 2)]);
    }
}
