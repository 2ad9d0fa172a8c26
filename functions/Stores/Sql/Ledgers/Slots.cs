using System.Runtime.InteropServices;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Ledgers;

/// <summary>How many slots are held: in all, by type, by user. What holds a slot and until when stands in the tasks' rows.</summary>
internal sealed class Slots(LaneOptions limits)
{
    private readonly Dictionary<string, int> byType = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> byUser = new(StringComparer.Ordinal);
    private int total;

    [Flags]
    public enum Limits
    {
        Type = 1,
        User = 2,
        Both = Type | User,
    }

    public bool AreKnown { get; private set; }

    public bool IsFull => limits.MaxRunning > 0 && total >= limits.MaxRunning;

    /// <summary>The line of the limit that holds a task back; null when none does.</summary>
    public string? HoldingBack(TaskRow row)
    {
        if (IsTypeFull(row.Type)) return Line.OfType(row.Type);
        return IsUserFull(row.CreatedBy) ? Line.OfUser(row.CreatedBy) : null;
    }

    public bool IsTypeFull(string type) => limits.LimitOf(type) is > 0 and var limit && byType.GetValueOrDefault(type) >= limit;

    public bool IsUserFull(string user) => limits.MaxRunningPerUser is > 0 and var limit && byUser.GetValueOrDefault(user) >= limit;

    public bool IsTypeLimited(string type) => limits.LimitOf(type) > 0;

    public bool IsUserLimited => limits.MaxRunningPerUser > 0;

    /// <summary>How many more the limit behind a line allows.</summary>
    public int RoomUnder(string line)
    {
        var (isType, name) = Line.LimitOf(line);
        var limit = isType ? limits.LimitOf(name) : limits.MaxRunningPerUser;
        return limit == 0 ? int.MaxValue : limit - (isType ? byType : byUser).GetValueOrDefault(name);
    }

    public void Count(TaskRow row, int by) => Count(row.Type, row.CreatedBy, by);

    public void Forget()
    {
        AreKnown = false;
        total = 0;
        byType.Clear();
        byUser.Clear();
    }

    public void Take(IRows rows)
    {
        Forget();
        while (rows.Next())
            Count(rows.Text(0), rows.Text(1), (int)rows.Int(2));
        AreKnown = true;
    }

    private void Count(string type, string user, int by)
    {
        total += by;
        Count(byType, type, by);
        Count(byUser, user, by);
    }

    private static void Count(Dictionary<string, int> counts, string name, int by)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(counts, name, out _);
        count += by;
        if (count == 0) counts.Remove(name);
    }
}
