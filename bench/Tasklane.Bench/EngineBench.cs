using System.Diagnostics;
using Microsoft.DurableTask;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Emulator.Durable;

namespace Tasklane.Bench;

/// <summary>
/// The engine alone: orchestrations of one no-op activity, persisted. Throughput with many under way, then latency of one at a
/// time. <c>--count</c> a round, <c>--seconds</c> in all, <c>--parallel</c> under way, <c>--singles</c> for the latency.
/// </summary>
internal static class EngineBench
{
    public static async Task RunAsync(Arguments arguments)
    {
        var count = arguments.Number("count", 100_000);
        var seconds = arguments.Number("seconds", 0);
        var parallel = arguments.Number("parallel", 4_000);
        var singles = arguments.Number("singles", 2_000);
        var folder = Directory.CreateTempSubdirectory("bench-engine-");
        try
        {
            var registry = new DurableRegistry();
            registry.AddActivity("Noop", static _ => Task.FromResult<string?>(null));
            registry.AddOrchestrator("One", static async context =>
            {
                await context.CallActivityAsync("Noop");
                return null;
            });
            var options = new DurableOptions { DatabasePath = Path.Combine(folder.FullName, "bench.db") };
            await using var engine = new DurableEngine(registry, options, TimeProvider.System, NullLoggerFactory.Instance);
            await engine.StartAsync(default);

            await ThroughputAsync(engine, Math.Min(count, 20_000), parallel); // warm-up
            var rounds = 0;
            var begun = Stopwatch.GetTimestamp();
            do
            {
                var cpu = Environment.CpuUsage.TotalTime;
                var bytes = GC.GetTotalAllocatedBytes();
                var rate = await ThroughputAsync(engine, count, parallel);
                var used = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / count;
                var allocated = (GC.GetTotalAllocatedBytes() - bytes) / count;
                Console.WriteLine(
                    $"engine: {rate,9:N0} one-activity orchestrations/s, {used:N1} us CPU and {allocated:N0} bytes each (round {++rounds})");
            }
            while (Stopwatch.GetElapsedTime(begun).TotalSeconds < seconds);

            await LatencyAsync(engine, singles);
            var size = new FileInfo(options.DatabasePath).Length;
            Console.WriteLine($"engine: database {size / 1048576.0:N1} MiB, {size / (20_000.0 + ((double)count * rounds)):N0} bytes each");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<double> ThroughputAsync(DurableEngine engine, int count, int parallel)
    {
        var left = count;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await OneAsync(engine);
        }));
        return count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    private static async Task LatencyAsync(DurableEngine engine, int count)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await OneAsync(engine);
            times[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }

        Array.Sort(times);
        Console.WriteLine(
            $"engine: one at a time, schedule to completion: p50 {times[count / 2]:N2} ms, p99 {times[count * 99 / 100]:N2} ms");
    }

    private static async Task OneAsync(DurableEngine engine)
    {
        var id = await engine.Client.ScheduleNewOrchestrationInstanceAsync("One");
        await engine.Client.WaitForInstanceCompletionAsync(id);
    }
}
