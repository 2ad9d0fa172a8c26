namespace Tasklane.Tasks.Http.Caching;

/// <summary>What is remembered.</summary>
public enum Cached
{
    List,
    Stats,
    History,
    Schedules,
}

/// <summary>How often this instance answered from memory, per kind, since it started.</summary>
public sealed class CacheCounts
{
    private readonly long[] _hits = new long[Enum.GetValues<Cached>().Length];
    private readonly long[] _misses = new long[Enum.GetValues<Cached>().Length];

    public long Hits(Cached kind) => Volatile.Read(ref _hits[(int)kind]);

    public long Misses(Cached kind) => Volatile.Read(ref _misses[(int)kind]);

    /// <summary>Part of the reads answered from memory, 0 to 1; null before the first.</summary>
    public double? HitRate(Cached kind) => Rate(Hits(kind), Misses(kind));

    public double? HitRate() => Rate(Enum.GetValues<Cached>().Sum(Hits), Enum.GetValues<Cached>().Sum(Misses));

    internal void Count(Cached kind, bool isHit) => Interlocked.Increment(ref (isHit ? _hits : _misses)[(int)kind]);

    public static string NameOf(Cached kind) => kind switch
    {
        Cached.List => "list",
        Cached.Stats => "stats",
        Cached.History => "history",
        _ => "schedules",
    };

    private static double? Rate(long hits, long misses) => hits + misses == 0 ? null : Math.Round(hits / (double)(hits + misses), 4);
}
