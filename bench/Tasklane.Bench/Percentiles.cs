namespace Tasklane.Bench;

/// <summary>Milliseconds gathered from several threads.</summary>
internal sealed class Percentiles
{
    private readonly Lock gate = new();
    private readonly List<double> values = [];

    public int Count
    {
        get
        {
            lock (gate) return values.Count;
        }
    }

    public void Add(double milliseconds)
    {
        lock (gate) values.Add(milliseconds);
    }

    /// <summary>0.5 for the median; 0 when nothing was gathered.</summary>
    public double At(double share)
    {
        lock (gate)
        {
            if (values.Count == 0) return 0;
            values.Sort();
            return values[Math.Min(values.Count - 1, (int)(values.Count * share))];
        }
    }

    public static double Median(IEnumerable<double> few)
    {
        var sorted = few.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
