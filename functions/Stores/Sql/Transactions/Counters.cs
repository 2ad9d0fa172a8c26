using System.Numerics;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>
/// What happened, counted per minute and, for some names, since the beginning (minute 0); on servers also who waits (minute -1).
/// Every writer counts in a shard of its own; a count is the sum of all shards.
/// </summary>
internal sealed class Counters(int shard)
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
    private const string Depth = "depth:";
    public const long SinceTheBeginning = 0;
    public const long Now = -1;

    private static readonly string[] WaitBuckets = [.. Enumerable.Range(0, 64).Select(bucket => $"{Wait}{bucket}")];
    private static readonly string[] RunBuckets = [.. Enumerable.Range(0, 64).Select(bucket => $"{Run}{bucket}")];

    private static readonly Comparer<(long Minute, string Name)> InOrder = Comparer<(long Minute, string Name)>.Create((one, other) =>
        one.Minute != other.Minute ? one.Minute.CompareTo(other.Minute) : string.CompareOrdinal(one.Name, other.Name));

    // Sorted: two transactions that share a shard take its rows in the same order, and so cannot wait for each other.
    private readonly SortedDictionary<(long Minute, string Name), long> counts = new(InOrder);
    private readonly SortedDictionary<(long Minute, string Name), long> gauges = new(InOrder);

    public static long MinuteOf(DateTimeOffset time) => time.ToUnixTimeSeconds() / 60;

    public void Count(string name, DateTimeOffset now)
    {
        Add(MinuteOf(now), name, 1);
        Add(SinceTheBeginning, name, 1);
    }

    /// <summary>How many are somewhere now.</summary>
    public void Shift(string name, int by) => Add(Now, name, by);

    /// <summary>From due to start.</summary>
    public void Waited(TimeSpan time, DateTimeOffset now) => Add(MinuteOf(now), WaitBuckets[BucketOf(time)], 1);

    /// <summary>From start to end.</summary>
    public void Ran(TimeSpan time, DateTimeOffset now) => Add(MinuteOf(now), RunBuckets[BucketOf(time)], 1);

    /// <summary>The name under which a lane's depth is noted.</summary>
    public static string DepthOf(TaskPriority lane) => $"{Depth}{lane.Name()}";

    /// <summary>Whether a name's numbers are notes, which are not added up.</summary>
    public static bool IsGauge(string name) => name is Running or Oldest || name.StartsWith(Depth, StringComparison.Ordinal);

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
            session.Write(Writes.Gauge).Int(minute).Text(name).Int(0).Int(value).Run();
        gauges.Clear();
        foreach (var ((minute, name), by) in counts)
        {
            if (by != 0) session.Write(Writes.Count).Int(minute).Text(name).Int(shard).Int(by).Run();
        }
        counts.Clear();
    }

    public void Forget()
    {
        counts.Clear();
        gauges.Clear();
    }

    private static int BucketOf(TimeSpan time) => BitOperations.Log2((ulong)Math.Max(1, (long)time.TotalMilliseconds));

    private void Add(long minute, string name, long by) => counts[(minute, name)] = counts.GetValueOrDefault((minute, name)) + by;
}
