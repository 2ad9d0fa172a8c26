namespace Tasklane.Handlers.LogAnalysis;

/// <summary>A line that is kept as evidence.</summary>
/// <param name="Ref">Id of a stored line, or the line's number (from 0) in the payload.</param>
internal sealed record Sample(string Ref, string Text);

/// <summary>Lines that differ only where they always differ, counted over time.</summary>
internal sealed class Template
{
    public const int MaxSamples = 3;

    public required List<string> Tokens { get; set; }

    public long Count { get; set; }

    /// <summary>The worst level seen, as in <see cref="Tasks.Lines.LogLevels"/>.</summary>
    public int Level { get; set; }

    /// <summary>Position of the first line among all lines.</summary>
    public long FirstLine { get; set; }

    /// <summary>Counts per bucket of the profile's timeline.</summary>
    public Dictionary<long, int> Buckets { get; set; } = [];

    /// <summary>The first lines.</summary>
    public List<Sample> First { get; set; } = [];

    /// <summary>Lines of the fullest bucket.</summary>
    public List<Sample> Peak { get; set; } = [];

    public long PeakBucket { get; set; } = long.MinValue;

    public void Add(long bucket, int level, Sample line)
    {
        Count++;
        Level = Math.Max(Level, level);
        if (First.Count < MaxSamples)
            First.Add(line);
        var count = Buckets.GetValueOrDefault(bucket) + 1;
        Buckets[bucket] = count;
        if (bucket != PeakBucket && count > Buckets.GetValueOrDefault(PeakBucket))
            (PeakBucket, Peak) = (bucket, []);
        if (bucket == PeakBucket && Peak.Count < MaxSamples)
            Peak.Add(line);
    }

    /// <summary>Halves the resolution.</summary>
    public void Coarsen()
    {
        var merged = new Dictionary<long, int>(Buckets.Count);
        foreach (var (bucket, count) in Buckets)
            merged[bucket >> 1] = merged.GetValueOrDefault(bucket >> 1) + count;
        Buckets = merged;
        if (PeakBucket != long.MinValue)
            PeakBucket >>= 1;
    }

    public override string ToString() => string.Join(' ', Tokens);
}
