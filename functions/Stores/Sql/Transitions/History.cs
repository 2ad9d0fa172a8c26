using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>Moves the history's old minutes into their hours.</summary>
internal static class History
{
    private const int MinutesKept = 24 * 60;
    private const int HoursKept = 30 * 24;
    private const int CountsAtOnce = 1_000;

    /// <summary>A slice of what is old, in one transaction: a crash leaves a count either in its minute or in its hour. True when there is more.</summary>
    public static bool MoveOldMinutes(this TaskTransaction transaction)
    {
        var session = transaction.Session;
        var now = Counters.MinuteOf(transaction.Now);
        session.Write(Writes.DropHours).Int((now / 60) - HoursKept).Run();
        var old = new List<(long Minute, string Name, long Shard, long Count)>();
        session.Fetch(Reads.OldCounts, statement => statement.Int(now - MinutesKept).Int(CountsAtOnce), rows =>
        {
            while (rows.Next())
                old.Add((rows.Int(0), rows.Text(1), rows.Int(2), rows.Int(3)));
        });
        // By hour and name: two transactions that add to the same hours take them in the same order.
        var hours = old.GroupBy(one => (Hour: one.Minute / 60, one.Name)).OrderBy(group => group.Key.Hour).ThenBy(group => group.Key.Name, StringComparer.Ordinal);
        foreach (var hour in hours)
        {
            var (write, count) = Counters.IsGauge(hour.Key.Name) ? (Writes.HourGauge, hour.Last().Count) : (Writes.HourCount, hour.Sum(one => one.Count));
            session.Write(write).Int(hour.Key.Hour).Text(hour.Key.Name).Int(count).Run();
        }
        foreach (var (minute, name, shard, _) in old)
            session.Write(Writes.DropCount).Int(minute).Text(name).Int(shard).Run();
        return old.Count == CountsAtOnce;
    }
}
