using System.Diagnostics;
using Tasklane.Emulator.Durable.Client;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Bench;

/// <summary>Orchestrations of one activity, from scheduling to completion.</summary>
internal static class OneActivity
{
    /// <summary>So many of them, some under way at once.</summary>
    /// <returns>Orchestrations completed a second.</returns>
    public static async Task<double> ThroughputAsync(DurableHub hub, int count, int parallel)
    {
        var left = count;
        var begun = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, parallel).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0)
                await RunAsync(hub);
        }));
        return count / Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }

    /// <summary>One at a time.</summary>
    /// <returns>Milliseconds: the median, and what 99 of 100 stay under.</returns>
    public static async Task<(double Half, double Most)> LatencyAsync(DurableHub hub, int count)
    {
        var times = new double[count];
        for (var i = 0; i < count; i++)
        {
            var begun = Stopwatch.GetTimestamp();
            await RunAsync(hub);
            times[i] = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }

        Array.Sort(times);
        return (times[count / 2], times[count * 99 / 100]);
    }

    private static async Task RunAsync(DurableHub hub)
    {
        var started = await hub.StartInstanceAsync(new P.CreateInstanceRequest { Name = "One", Input = "1" }, default);
        var ended = await hub.WaitForCompletionAsync(new P.GetInstanceRequest { InstanceId = started.InstanceId }, default);
        if (ended.OrchestrationState.OrchestrationStatus != P.OrchestrationStatus.Completed)
            throw new InvalidOperationException($"'{started.InstanceId}' is {ended.OrchestrationState.OrchestrationStatus}.");
    }
}
