namespace Tasklane.Handlers.LogAnalysis;

/// <summary>A run of buckets whose counts are out of the ordinary.</summary>
/// <param name="First">Index of the first bucket in the series.</param>
/// <param name="Expected">What the run's buckets would usually hold together.</param>
internal readonly record struct RateRun(int First, int Last, long Count, double Expected, double Score)
{
    public bool IsHigh => Count > Expected;
}

/// <summary>
/// Finds bursts and drops in a series of counts by robust statistics: median and median absolute deviation, which a burst
/// itself does not move, and never less spread than counting at random has (Poisson).
/// </summary>
internal static class RateScan
{
    /// <summary>Fewer buckets tell nothing of what is usual.</summary>
    public const int FewestBuckets = 8;

    private const double Threshold = 6;
    private const int SmallestBurst = 5;
    private const double LeastRatio = 3;

    /// <summary>A drop shows only where there was much before.</summary>
    private const double SteadyMedian = 8;

    /// <summary>Median absolute deviation to standard deviation, for a normal distribution.</summary>
    private const double MadToSigma = 1.4826;

    public static IReadOnlyList<RateRun> Find(ReadOnlySpan<int> series)
    {
        if (series.Length < FewestBuckets)
            return [];
        var median = Median(series);
        var deviations = new double[series.Length];
        for (var i = 0; i < series.Length; i++)
            deviations[i] = Math.Abs(series[i] - median);
        // The mean of the lower 90 %: for what occurs less than once a bucket the median is 0 and tells too little.
        var expected = Math.Max(median, TrimmedMean(series));
        var sigma = Math.Max(Math.Max(MadToSigma * Median(deviations), Math.Sqrt(expected)), 1);

        var runs = new List<RateRun>();
        for (var i = 0; i < series.Length;)
        {
            var side = Side(series, i, expected, sigma);
            var first = i++;
            if (side == 0)
                continue;
            while (i < series.Length && Side(series, i, expected, sigma) == side)
                i++;
            runs.Add(Run(series, first, i - 1, expected, sigma));
        }
        return runs;
    }

    private static RateRun Run(ReadOnlySpan<int> series, int first, int last, double expected, double sigma)
    {
        long count = 0;
        var score = 0d;
        for (var i = first; i <= last; i++)
        {
            count += series[i];
            score = Math.Max(score, Math.Abs(series[i] - expected) / sigma);
        }
        return new RateRun(first, last, count, Math.Round(expected * (last - first + 1), 1), Math.Round(score, 1));
    }

    /// <summary>1 for a burst, -1 for a drop, 0 for the usual.</summary>
    private static int Side(ReadOnlySpan<int> series, int index, double expected, double sigma)
    {
        var count = series[index];
        if (count >= SmallestBurst && count >= LeastRatio * expected && (count - expected) / sigma >= Threshold)
            return 1;
        // The first and the last bucket are seldom whole.
        var isWhole = index > 0 && index < series.Length - 1;
        // A drop cannot be further from the usual than the usual is from nothing, so it is told by what is left.
        return isWhole && expected >= SteadyMedian && count <= expected / 4 && (expected - count) / sigma >= 2 ? -1 : 0;
    }

    private static double TrimmedMean(ReadOnlySpan<int> series)
    {
        var sorted = series.ToArray();
        Array.Sort(sorted);
        return sorted.Take(Math.Max(1, sorted.Length * 9 / 10)).Average();
    }

    private static double Median(ReadOnlySpan<int> values)
    {
        var doubles = new double[values.Length];
        for (var i = 0; i < values.Length; i++)
            doubles[i] = values[i];
        return Median(doubles);
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        var middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
