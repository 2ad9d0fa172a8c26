namespace Tasklane.Tasks.Http;

/// <summary>Durations counted in power-of-two buckets of milliseconds (see <see cref="Storing.MinuteStats"/>).</summary>
internal sealed class Histogram(SortedDictionary<int, long> buckets)
{
    public static Histogram Merge(IEnumerable<IReadOnlyDictionary<int, long>> histograms)
    {
        var all = new SortedDictionary<int, long>();
        foreach (var (bucket, count) in histograms.SelectMany(histogram => histogram))
            all[bucket] = all.GetValueOrDefault(bucket) + count;
        return new Histogram(all);
    }

    /// <summary>Milliseconds that the given part of all durations stays below; evenly spread within a bucket. 0 when there are none.</summary>
    public double Percentile(double part)
    {
        var rank = part * buckets.Values.Sum();
        foreach (var (bucket, count) in buckets)
        {
            if (count > 0 && rank <= count)
            {
                var begin = bucket == 0 ? 0 : Math.Pow(2, bucket);
                return Math.Round(begin + ((Math.Pow(2, bucket + 1) - begin) * rank / count), 1);
            }
            rank -= count;
        }
        return 0;
    }
}
