using System.Runtime.InteropServices;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>Whether a slot is free: in all, for a type, for a user. What holds a slot and until when stands in the tasks' rows.</summary>
internal abstract class Slots(LaneOptions limits)
{
    [Flags]
    public enum Limits
    {
        Type = 1,
        User = 2,
        Both = Type | User,
    }

    protected LaneOptions Lanes { get; } = limits;

    public abstract bool IsFull { get; }

    public bool IsUserLimited => Lanes.MaxRunningPerUser > 0;

    /// <summary>The queue of the limit that holds a task back; null when none does.</summary>
    public string? HoldingBack(TaskRow row)
    {
        if (IsTypeFull(row.Type)) return TaskQueue.OfType(row.Type);
        return IsUserFull(row.CreatedBy) ? TaskQueue.OfUser(row.CreatedBy) : null;
    }

    public abstract bool IsTypeFull(string type);

    public abstract bool IsUserFull(string user);

    public bool IsTypeLimited(string type) => Lanes.LimitOf(type) > 0;

    /// <summary>How many more the limit behind a queue allows.</summary>
    public abstract int RoomUnder(string queue);

    /// <summary>The task holds a slot from now on; there must be one for it.</summary>
    public abstract void Take(TaskRow row);

    public abstract void Return(TaskRow row);

    public abstract void Forget();

    /// <summary>The limit of the type or user that a queue is behind; 0 = none.</summary>
    protected int LimitOf(string queue)
    {
        var (isType, name) = TaskQueue.LimitOf(queue);
        return isType ? Lanes.LimitOf(name) : Lanes.MaxRunningPerUser;
    }
}

/// <summary>Counted in memory: for one writer, who knows of every slot.</summary>
internal sealed class CountedSlots(LaneOptions limits) : Slots(limits)
{
    private readonly Dictionary<string, int> byType = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> byUser = new(StringComparer.Ordinal);
    private int total;

    public bool AreKnown { get; private set; }

    public override bool IsFull => Lanes.MaxRunning > 0 && total >= Lanes.MaxRunning;

    public override bool IsTypeFull(string type) => Lanes.LimitOf(type) is > 0 and var limit && byType.GetValueOrDefault(type) >= limit;

    public override bool IsUserFull(string user) => Lanes.MaxRunningPerUser is > 0 and var limit && byUser.GetValueOrDefault(user) >= limit;

    public override int RoomUnder(string queue)
    {
        var (isType, name) = TaskQueue.LimitOf(queue);
        return LimitOf(queue) is > 0 and var limit ? limit - (isType ? byType : byUser).GetValueOrDefault(name) : int.MaxValue;
    }

    public override void Take(TaskRow row) => Count(row.Type, row.CreatedBy, 1);

    public override void Return(TaskRow row) => Count(row.Type, row.CreatedBy, -1);

    public override void Forget()
    {
        AreKnown = false;
        total = 0;
        byType.Clear();
        byUser.Clear();
    }

    public void Read(IRows rows)
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
