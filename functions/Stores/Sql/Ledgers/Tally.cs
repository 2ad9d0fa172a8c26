using System.Numerics;
using System.Runtime.InteropServices;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Ledgers;

/// <summary>What happened, counted per minute and, for some names, since the beginning (minute 0).</summary>
internal sealed class Tally
{
    public const string Created = "created";
    public const string Completed = "completed";
    public const string Failed = "failed";
    public const string Cancelled = "cancelled";
    public const string Retried = "retried";
    public const string Wait = "wait:";
    public const string Run = "run:";
    public const string Running = "running";
    public const string Oldest = "oldest";
    public const long SinceTheBeginning = 0;

    private static readonly string[] WaitBuckets = [.. Enumerable.Range(0, 64).Select(bucket => $"{Wait}{bucket}")];
    private static readonly string[] RunBuckets = [.. Enumerable.Range(0, 64).Select(bucket => $"{Run}{bucket}")];
    private readonly Dictionary<(long Minute, string Name), long> counts = [];
    private readonly Dictionary<(long Minute, string Name), long> gauges = [];

    public static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;

    public void Count(string name, DateTimeOffset now)
    {
        Add(MinuteOf(now), name, 1);
        Add(SinceTheBeginning, name, 1);
    }

    /// <summary>From due to start.</summary>
    public void Waited(TimeSpan time, DateTimeOffset now) => Add(MinuteOf(now), WaitBuckets[BucketOf(time)], 1);

    /// <summary>From start to end.</summary>
    public void Ran(TimeSpan time, DateTimeOffset now) => Add(MinuteOf(now), RunBuckets[BucketOf(time)], 1);

    /// <summary>The name under which a lane's depth is noted.</summary>
    public static string DepthOf(TaskPriority lane) => $"depth:{lane.Name()}";

    /// <summary>How full the queue is; the last note of a minute stays.</summary>
    public void Note(QueueGauges now, DateTimeOffset time)
    {
        var minute = MinuteOf(time);
        foreach (var (lane, depth) in now.Depth)
            gauges[(minute, DepthOf(lane))] = depth;
        gauges[(minute, Running)] = now.Running;
        gauges[(minute, Oldest)] = now.OldestWaitingMs;
    }

    /// <summary>A write that tells whether anything can be written.</summary>
    public void Probe(DateTimeOffset now) => gauges[(SinceTheBeginning, "probe")] = MinuteOf(now);

    public void Flush(WriteSession session)
    {
        foreach (var ((minute, name), value) in gauges)
            session.Write(Writes.Gauge).Int(minute).Text(name).Int(value).Run();
        gauges.Clear();
        foreach (var ((minute, name), by) in counts)
            session.Write(Writes.Count).Int(minute).Text(name).Int(by).Run();
        counts.Clear();
    }

    public void Forget()
    {
        counts.Clear();
        gauges.Clear();
    }

    private static int BucketOf(TimeSpan time) => BitOperations.Log2((ulong)Math.Max(1, (long)time.TotalMilliseconds));

    private void Add(long minute, string name, long by) => CollectionsMarshal.GetValueRefOrAddDefault(counts, (minute, name), out _) += by;
}
