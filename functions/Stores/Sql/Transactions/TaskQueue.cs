using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>
/// Those who stand in one queue, in order of rank and then creation: the first ones as far as they have been read, kept up to date
/// by <see cref="TaskTransaction.MoveTo"/>. The names are those in the database. On servers a row that is read is claimed, and those
/// that other transactions have claimed are not among them.
/// </summary>
internal sealed class TaskQueue(string name, int chunk, bool isClaimed)
{
    public const string Delayed = "delayed";
    public const string Lapsed = "lapsed";
    public const string Dead = "dead";
    public const string Ended = "ended";

    /// <summary>Ended, and those that waited for it have not been told.</summary>
    public const string Settling = "settling";

    /// <summary>Waits for other tasks.</summary>
    public const string Blocked = "blocked";

    /// <summary>Waits for its children, or for the first of them that fails.</summary>
    public const string BlockedToFailure = "blocked:failure";
    private const string HeldBack = "held:";
    private const int Kept = 256;

    private readonly SortedSet<(long Rank, long Number)> known = [];
    private (long Rank, long Number) readThrough = (long.MinValue, 0);
    private bool readToTheEnd;
    private long readUpTo = long.MaxValue;

    public static string Of(TaskPriority priority) => priority.Name();

    /// <summary>The queue of those held back by their type's limit.</summary>
    public static string OfType(string type) => $"{HeldBack}type:{type}";

    /// <summary>The queue of those held back by their user's limit.</summary>
    public static string OfUser(string user) => $"{HeldBack}user:{user}";

    public static bool IsBlocked(string? queue) => queue is Blocked or BlockedToFailure;

    public static bool IsHeldBack(string? queue) => queue is not null && queue.StartsWith(HeldBack, StringComparison.Ordinal);

    /// <summary>Whether those in it wait for a slot.</summary>
    public static bool IsWaiting(string? queue) => queue is "high" or "normal" or "low" || IsHeldBack(queue);

    /// <summary>The type or user whose limit a queue is behind.</summary>
    public static (bool IsType, string Name) LimitOf(string queue) =>
        (queue.AsSpan(HeldBack.Length).StartsWith("type:"), queue[(HeldBack.Length + 5)..]);

    /// <summary>Those in it as far as they are known, in no order.</summary>
    public IEnumerable<long> Known => known.Select(one => one.Number);

    /// <summary>The first; null when there is none.</summary>
    /// <param name="upTo">Highest rank that is of use; those above it need not be read.</param>
    public TaskRow? First(TaskTransaction transaction, long upTo = long.MaxValue)
    {
        readUpTo = upTo;
        while (!readToTheEnd && (known.Count == 0 || known.Min.CompareTo(readThrough) > 0))
            Read(transaction);
        return known.Count == 0 || known.Min.Rank > upTo ? null : transaction.Numbered(known.Min.Number);
    }

    public void Join(TaskRow row) => known.Add((row.QueueRank, row.Number));

    public void Leave(TaskRow row) => known.Remove((row.QueueRank, row.Number));

    /// <summary>Nobody else is in it.</summary>
    public void IsReadToTheEnd() => readToTheEnd = true;

    /// <summary>After a commit: what lies far behind is read again when its time comes.</summary>
    public void Trim()
    {
        if (readToTheEnd)
        {
            if (known.Count <= Kept) return;
            (readThrough, readToTheEnd) = (known.ElementAt(Kept / 2), false);
        }
        while (known.Count > 0 && known.Max.CompareTo(readThrough) > 0)
            known.Remove(known.Max);
    }

    private void Read(TaskTransaction transaction)
    {
        var (rank, number) = readThrough;
        var count = 0;
        transaction.Session.Fetch(
            Reads.Queue,
            statement => statement.Text(name).Int(rank).Int(number).Int(isClaimed ? readUpTo : long.MaxValue).Int(chunk),
            rows =>
            {
                for (; rows.Next(); count++)
                {
                    var stored = TaskRowColumns.Read(rows);
                    readThrough = (stored.QueueRank, stored.Number);
                    // This transaction may already have moved it.
                    var row = transaction.Attach(stored);
                    if (row.Queue == name) Join(row);
                }
            });
        readToTheEnd = count < chunk;
    }
}
