using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <param name="Done">So many tasks, from the first on, are dealt with; the others are for the next slice.</param>
internal readonly record struct Purged(int Done, int Deleted);

/// <summary>Takes ended tasks away with all that is theirs. Runs in a batch of its own.</summary>
internal static class Purging
{
    // A slice deletes about so many rows, which takes a writer some milliseconds. A chunk of a file is up to 1 MiB of pages to give back.
    private const int RowsAtOnce = 1_500;
    private const int RowsOfTask = 50;
    private const int RowsOfChunk = 375;

    private const int KeysAtOnce = 500;
    private const int GoneAtOnce = 50;

    /// <param name="words">What each of them is found by.</param>
    public static Purged Purge(
        this TaskTransaction transaction, IReadOnlyList<PurgeableTask> tasks, IReadOnlyDictionary<string, IReadOnlyList<string>> words, DateTimeOffset endedBefore)
    {
        var before = endedBefore.ToUnixTimeMilliseconds();
        TaskRow? Purgeable(PurgeableTask task) =>
            transaction.Find(task.Id) is { Queue: TaskQueue.Ended } row && row.QueueRank < before && row.Run == task.Run && words.ContainsKey(row.Id) ? row : null;

        var numbers = tasks.Select(Purgeable).OfType<TaskRow>().Select(row => row.Number).ToList();
        var (chunks, undelivered) = transaction.Belongings(numbers);
        var (done, deleted, room) = (0, 0, RowsAtOnce);
        foreach (var task in tasks)
        {
            if (Purgeable(task) is { } row)
            {
                var rest = chunks.GetValueOrDefault(row.Number);
                var rows = RowsOfTask + LogLines(row) + Math.Min(row.Version, TaskTransaction.MostEventsKept) + (rest * RowsOfChunk);
                if (rows > room)
                {
                    if (deleted == 0) transaction.Shrink(row, rest);
                    break;
                }
                room -= (int)rows;
                deleted++;
                transaction.MoveTo(row, null);
                transaction.Drop(row, words[row.Id], undelivered.Contains(row.Number));
            }
            done++;
        }
        return new Purged(done, deleted);
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

    /// <summary>What grows old without belonging to a task, a slice of it; true when there is more.</summary>
    public static bool DropExpired(this TaskTransaction transaction)
    {
        var session = transaction.Session;
        session.Write(Writes.DropWorkers).Time(transaction.Now.AddDays(-1)).Run();
        var hasMoreMinutes = transaction.MoveOldMinutes();
        var keys = new List<(string User, string Key)>();
        session.Fetch(Reads.ExpiredKeys, statement => statement.Time(transaction.Now).Int(KeysAtOnce), rows =>
        {
            while (rows.Next())
                keys.Add((rows.Text(0), rows.Text(1)));
        });
        foreach (var (user, key) in keys)
            session.Write(Writes.DropKey).Text(user).Text(key).Run();
        var delivered = new List<long>();
        session.Fetch(Reads.DeliveredGone, statement => statement.Int(GoneAtOnce), rows =>
        {
            while (rows.Next())
                delivered.Add(rows.Int(0));
        });
        foreach (var number in delivered)
        {
            session.Write(Writes.DropEvents).Int(number).Run();
            session.Write(Writes.DropGone).Int(number).Run();
        }
        return hasMoreMinutes || keys.Count == KeysAtOnce || delivered.Count == GoneAtOnce;
    }

    private static long LogLines(TaskRow row) => row.LogLines - (row.LogDroppedTo - row.LogDroppedAfter);

    /// <summary>How many chunks their files have, and which of them have events that nobody has acknowledged.</summary>
    private static (Dictionary<long, long> Chunks, HashSet<long> Undelivered) Belongings(this TaskTransaction transaction, List<long> numbers)
    {
        var (chunks, undelivered) = (new Dictionary<long, long>(), new HashSet<long>());
        if (numbers.Count == 0) return (chunks, undelivered);
        transaction.Session.Fetch(
        [
            new(Reads.FileChunks, statement => statement.Ints(numbers), rows =>
            {
                while (rows.Next())
                    chunks[rows.Int(0)] = rows.Int(1);
            }),
            new(Reads.Undelivered, statement => statement.Ints(numbers), rows =>
            {
                while (rows.Next())
                    undelivered.Add(rows.Int(0));
            }),
        ]);
        return (chunks, undelivered);
    }

    /// <summary>
    /// A task with more than a slice may delete gives up its file and its log little by little first, the ends of both. Should it be
    /// retried before all is gone, it goes on with what is left, and its log says how much is not.
    /// </summary>
    private static void Shrink(this TaskTransaction transaction, TaskRow row, long chunks)
    {
        const int chunksAtOnce = RowsAtOnce / RowsOfChunk;
        if (chunks > 0)
        {
            transaction.Session.Write(Writes.DropSomeFile).Int(row.Number).Int(Math.Max(0, chunks - chunksAtOnce)).Run();
            return;
        }
        transaction.ShrinkLog(row, RowsAtOnce);
    }

    private static void Drop(this TaskTransaction transaction, TaskRow row, IReadOnlyList<string> words, bool hasUndelivered)
    {
        var session = transaction.Session;
        foreach (var tag in row.Tagged)
            session.Write(Writes.DropTag).Text(tag).Int(row.Number).Run();
        foreach (var word in words)
            session.Write(Writes.DropWord).Text(word).Int(row.Number).Run();
        if (row.Relations?.Unique is { } unique)
            session.Write(Writes.DropKeyOf).Text(row.CreatedBy).Text(new TaskUnique(unique).KeyOf(row.CreatedBy).Key).Int(row.Number).Run();
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
