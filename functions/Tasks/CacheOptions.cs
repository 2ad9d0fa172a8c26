namespace Tasklane.Tasks;

/// <summary>What the API remembers of its answers. A remembered one is given only while the store says that nothing has changed.</summary>
public sealed class CacheOptions
{
    /// <summary>False: every request reads the store.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Memory for answers, in MiB (1 to 4096).</summary>
    public int Megabytes { get; set; } = 32;

    /// <summary>
    /// How often what was asked for within the last minute (statistics, history, an admin's first page) is read again, where it has changed, in
    /// seconds (1 to 3600); 0 = only when somebody asks.
    /// </summary>
    public double RefreshSeconds { get; set; } = 5;

    internal IEnumerable<string> Problems()
    {
        if (Megabytes is < 1 or > 4096) yield return $"Tasklane:Cache:Megabytes is {Megabytes}; it must be 1 to 4096.";
        if (RefreshSeconds is not 0 and not (>= 1 and <= 3600))
            yield return $"Tasklane:Cache:RefreshSeconds is {RefreshSeconds}; it must be 1 to 3600, or 0 (never).";
    }
}
