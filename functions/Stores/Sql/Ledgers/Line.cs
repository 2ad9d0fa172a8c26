using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Ledgers;

/// <summary>
/// Those who stand in one line, in order of rank and then creation: the first ones as far as they have been read, kept up to date
/// by <see cref="Ledger.Stand"/>. The names are those in the database.
/// </summary>
internal sealed class Line(string name)
{
    public const string Delayed = "delayed";
    public const string Lapsed = "lapsed";
    public const string Dead = "dead";
    public const string Ended = "ended";
    private const string HeldBack = "held:";
    private const int Chunk = 32;
    private const int Kept = 256;

    private readonly SortedSet<(long Rank, long Number)> known = [];
    private (long Rank, long Number) readThrough = (long.MinValue, 0);
    private bool readToTheEnd;

    public static string Of(TaskPriority priority) => priority.Name();

    /// <summary>The line of those held back by their type's limit.</summary>
    public static string OfType(string type) => $"{HeldBack}type:{type}";

    /// <summary>The line of those held back by their user's limit.</summary>
    public static string OfUser(string user) => $"{HeldBack}user:{user}";

    public static bool IsHeldBack(string? line) => line is not null && line.StartsWith(HeldBack, StringComparison.Ordinal);

    /// <summary>Whether those in it wait for a slot.</summary>
    public static bool IsWaiting(string? line) => line is "high" or "normal" or "low" || IsHeldBack(line);

    /// <summary>The type or user whose limit a line is behind.</summary>
    public static (bool IsType, string Name) LimitOf(string line) =>
        (line.AsSpan(HeldBack.Length).StartsWith("type:"), line[(HeldBack.Length + 5)..]);

    /// <summary>The first in line; null when nobody is.</summary>
    public TaskRow? First(Ledger ledger)
    {
        while (!readToTheEnd && (known.Count == 0 || known.Min.CompareTo(readThrough) > 0))
            Read(ledger);
        return known.Count == 0 ? null : ledger.Numbered(known.Min.Number);
    }

    public void Join(TaskRow row) => known.Add((row.LineRank, row.Number));

    public void Leave(TaskRow row) => known.Remove((row.LineRank, row.Number));

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

    private void Read(Ledger ledger)
    {
        var (rank, number) = readThrough;
        var count = 0;
        ledger.Session.Fetch(
            Reads.Line,
            statement => statement.Text(name).Int(rank).Int(number).Int(Chunk),
            rows =>
            {
                for (; rows.Next(); count++)
                {
                    var stored = TaskRowColumns.Read(rows);
                    readThrough = (stored.LineRank, stored.Number);
                    // The batch may already have moved it.
                    var row = ledger.Attach(stored);
                    if (row.Line == name) Join(row);
                }
            });
        readToTheEnd = count < Chunk;
    }
}
