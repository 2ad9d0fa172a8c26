using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transitions;

/// <param name="Instances">Of every run of every task.</param>
internal sealed record Purged(int Tasks, IReadOnlyList<string> Instances);

/// <summary>Takes ended tasks away with all that is theirs. Runs in a batch of its own.</summary>
internal static class Purging
{
    private const int MinutesKept = 24 * 60;

    public static Purged Purge(this TaskTransaction transaction, DateTimeOffset endedBefore, int limit)
    {
        var rows = new List<TaskRow>();
        while (rows.Count < limit && transaction.QueueOf(TaskQueue.Ended).First(transaction, upTo: endedBefore.ToUnixTimeMilliseconds() - 1) is { } row)
        {
            transaction.MoveTo(row, null);
            rows.Add(row);
        }
        transaction.DropOthers();
        if (rows.Count == 0) return new Purged(0, []);

        var numbers = rows.ConvertAll(row => row.Number);
        transaction.Session.Fetch(Reads.BodiesByNumber, statement => statement.Ints(numbers), transaction.TakeBodies);
        var undelivered = new HashSet<long>();
        transaction.Session.Fetch(Reads.Undelivered, statement => statement.Ints(numbers), found =>
        {
            while (found.Next())
                undelivered.Add(found.Int(0));
        });
        foreach (var row in rows)
            transaction.Drop(row, undelivered.Contains(row.Number));
        return new Purged(rows.Count, [.. rows.SelectMany(row => Enumerable.Range(0, row.Run + 1).Select(run => TaskIds.InstanceOf(row.Id, run)))]);
    }

    /// <summary>Log lines stored before a time; they were stored in about the order of their ids.</summary>
    public static int PurgeLines(this TaskTransaction transaction, DateTimeOffset storedBefore, int limit)
    {
        var old = new List<long>();
        transaction.Session.Fetch(Reads.OldestLines, statement => statement.Int(limit), rows =>
        {
            while (rows.Next())
            {
                if (rows.Time(1) < storedBefore) old.Add(rows.Int(0));
            }
        });
        foreach (var number in old)
            transaction.Session.Write(Writes.DropLine).Int(number).Run();
        return old.Count;
    }

    /// <summary>What grows old without belonging to a task that is purged.</summary>
    private static void DropOthers(this TaskTransaction transaction)
    {
        var session = transaction.Session;
        session.Write(Writes.DropKeys).Time(transaction.Now).Run();
        session.Write(Writes.DropWorkers).Time(transaction.Now.AddDays(-1)).Run();
        session.Write(Writes.DropCounts).Int(Counters.SinceTheBeginning).Int(Counters.MinuteOf(transaction.Now) - MinutesKept).Run();
        var delivered = new List<long>();
        session.Fetch(Reads.DeliveredGone, statement => statement.Int(1_000), rows =>
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

    private static void Drop(this TaskTransaction transaction, TaskRow row, bool hasUndelivered)
    {
        var session = transaction.Session;
        foreach (var tag in row.Tags.Distinct(StringComparer.Ordinal))
            session.Write(Writes.DropTag).Text(tag).Int(row.Number).Run();
        foreach (var word in NewTaskText.WordsOf(row))
            session.Write(Writes.DropWord).Text(word).Int(row.Number).Run();
        session.Write(Writes.DropParams).Text(row.Id).Run();
        session.Write(Writes.DropLogs).Text(row.Id).Run();
        session.Write(Writes.DropFiles).Int(row.Number).Run();
        session.Write(Writes.DropBody).Int(row.Number).Run();
        session.Write(Writes.DropDeliveredEvents).Int(row.Number).Run();
        if (hasUndelivered) session.Write(Writes.NewGone).Int(row.Number).Text(row.Id).Text(row.CreatedBy).Run();
        session.Write(Writes.DropTask).Int(row.Number).Run();
        transaction.Remove(row);
    }
}
