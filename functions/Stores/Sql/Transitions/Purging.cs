using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>Takes ended tasks away with all that is theirs. Runs in a batch of its own.</summary>
internal static class Purging
{
    private const int MinutesKept = 24 * 60;

    public static IReadOnlyList<string> Purge(this Ledger ledger, DateTimeOffset endedBefore, int limit)
    {
        var rows = new List<TaskRow>();
        while (rows.Count < limit && ledger.LineOf(Line.Ended).First(ledger) is { } row && row.LineRank < endedBefore.ToUnixTimeMilliseconds())
        {
            ledger.Stand(row, null);
            rows.Add(row);
        }
        ledger.DropOthers();
        if (rows.Count == 0) return [];

        var numbers = rows.ConvertAll(row => row.Number);
        ledger.Session.Fetch(Reads.BodiesByNumber, statement => statement.Ints(numbers), ledger.TakeBodies);
        var undelivered = new HashSet<long>();
        ledger.Session.Fetch(Reads.Undelivered, statement => statement.Ints(numbers).Int(ledger.Hub.EventsAcked), found =>
        {
            while (found.Next())
                undelivered.Add(found.Int(0));
        });
        foreach (var row in rows)
            ledger.Drop(row, undelivered.Contains(row.Number));
        return [.. rows.SelectMany(row => Enumerable.Range(0, row.Run + 1).Select(run => TaskIds.InstanceOf(row.Id, run)))];
    }

    /// <summary>Log lines stored before a time; they were stored in the order of their ids.</summary>
    public static int PurgeLines(this Ledger ledger, DateTimeOffset storedBefore, int limit)
    {
        var (last, count) = (0L, 0);
        ledger.Session.Fetch(Reads.OldestLines, statement => statement.Int(limit), rows =>
        {
            for (; rows.Next() && rows.Time(1) < storedBefore; count++)
                last = rows.Int(0);
        });
        if (count > 0) ledger.Session.Write(Writes.DropLines).Int(last).Run();
        return count;
    }

    /// <summary>What grows old without belonging to a task that is purged.</summary>
    private static void DropOthers(this Ledger ledger)
    {
        var session = ledger.Session;
        session.Write(Writes.DropKeys).Time(ledger.Now).Run();
        session.Write(Writes.DropWorkers).Time(ledger.Now.AddDays(-1)).Run();
        session.Write(Writes.DropCounts).Int(Tally.SinceTheBeginning).Int(Tally.MinuteOf(ledger.Now) - MinutesKept).Run();
        var delivered = new List<long>();
        session.Fetch(Reads.DeliveredGone, statement => statement.Int(ledger.Hub.EventsAcked).Int(1_000), rows =>
        {
            while (rows.Next())
                delivered.Add(rows.Int(0));
        });
        foreach (var number in delivered)
        {
            session.Write(Writes.DropEvents).Int(number).Run();
            session.Write(Writes.DropGone).Int(number).Run();
        }
    }

    private static void Drop(this Ledger ledger, TaskRow row, bool hasUndelivered)
    {
        var session = ledger.Session;
        foreach (var tag in row.Tags.Distinct(StringComparer.Ordinal))
            session.Write(Writes.DropTag).Text(tag).Int(row.Number).Run();
        foreach (var word in NewTaskText.WordsOf(row))
            session.Write(Writes.DropWord).Text(word).Int(row.Number).Run();
        session.Write(Writes.DropParams).Text(row.Id).Run();
        session.Write(Writes.DropLogs).Text(row.Id).Run();
        session.Write(Writes.DropFiles).Int(row.Number).Run();
        session.Write(Writes.DropBody).Int(row.Number).Run();
        session.Write(Writes.DropDeliveredEvents).Int(row.Number).Int(ledger.Hub.EventsAcked).Run();
        if (hasUndelivered) session.Write(Writes.NewGone).Int(row.Number).Text(row.Id).Text(row.CreatedBy).Run();
        session.Write(Writes.DropTask).Int(row.Number).Run();
        ledger.Remove(row);
    }
}
