using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Emulator.Durable;

namespace Tasklane.Bench;

/// <summary>
/// The engine alone, with a worker that costs nothing: orchestrations of one activity, persisted. Throughput with many under way, then latency of one at a
/// time. <c>--count</c> a round, <c>--rounds</c>, <c>--parallel</c> under way, <c>--singles</c> for the latency.
/// </summary>
internal static class EngineBench
{
    public static async Task RunAsync(Arguments arguments, Results results)
    {
        var count = arguments.Number("count", 100_000);
        var rounds = arguments.Number("rounds", 3);
        var parallel = arguments.Number("parallel", 4_000);
        var singles = arguments.Number("singles", 2_000);
        var folder = Directory.CreateTempSubdirectory("bench-engine-");
        try
        {
            var options = new DurableOptions { DatabasePath = Path.Combine(folder.FullName, "bench.db") };
            await using var engine = new DurableEngine(new NullWorker(), options, TimeProvider.System, NullLoggerFactory.Instance);
            await engine.StartAsync(default);

            await OneActivity.ThroughputAsync(engine.Hub, Math.Min(count, 20_000), parallel); // warm-up
            var rows = new List<string[]>();
            var rates = new List<double>();
            for (var round = 1; round <= rounds; round++)
            {
                var cpu = Environment.CpuUsage.TotalTime;
                var bytes = GC.GetTotalAllocatedBytes();
                rates.Add(await OneActivity.ThroughputAsync(engine.Hub, count, parallel));
                var used = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / count;
                var allocated = (GC.GetTotalAllocatedBytes() - bytes) / count;
                rows.Add([$"{round}", Results.Number(rates[^1]), Results.Number(used, 1), Results.Number(allocated)]);
                Console.WriteLine(string.Join("  ", rows[^1]));
            }

            rates.Sort();
            var (half, most) = await OneActivity.LatencyAsync(engine.Hub, singles);
            var size = new FileInfo(options.DatabasePath).Length / (20_000.0 + ((double)count * rounds));
            results.Write("Engine alone", $"""
                Orchestrations of one activity through a worker that answers without looking, every turn committed to the file before the next: {Results.Number(count)} a round, {Results.Number(parallel)} under way at once.

                {Results.Table(["round", "orchestrations/s", "CPU us each", "bytes allocated each"], rows)}
                Median **{Results.Number(rates[rates.Count / 2])}/s**. One at a time, from scheduling to completion: p50 {Results.Number(half, 2)} ms, p99 {Results.Number(most, 2)} ms.
                Left in the database: {Results.Number(size)} bytes each.
                """);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
