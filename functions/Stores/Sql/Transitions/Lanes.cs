using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>
/// Who holds a slot and who comes next. A task that a type's or user's limit holds back leaves its lane for that limit's own queue,
/// so that the head of a lane is nearly always one that can go, and nobody is looked at twice in vain.
/// <para>
/// Invariant: as many of a limited type (or user) stand in the lanes as its limit leaves room for, or none are held back behind
/// it. So whenever one of them leaves a slot, or a lane without a slot, the next one behind the limit moves up to its lane.
/// </para>
/// </summary>
internal static class Lanes
{
    // One transition gives away this many slots at most; the next one, or a sweep, goes on.
    private const int MostAtOnce = 256;

    /// <summary>Takes a slot for a task; it must be free for it.</summary>
    public static void Hold(this TaskTransaction transaction, TaskRow row, long until)
    {
        if (row.SlotUntil is null) transaction.Slots.Take(row);
        row.SlotUntil = until;
        transaction.SlotEndsAt(until);
        if (row.Queue is not null) transaction.MoveTo(row, null);
        else transaction.TouchSlot(row);
    }

    /// <summary>Gives a task's slot back, if it has one. The caller then puts it into a queue and assigns slots.</summary>
    public static void Free(this TaskTransaction transaction, TaskRow row)
    {
        if (row.SlotUntil is null) return;
        row.SlotUntil = null;
        transaction.Slots.Return(row);
        transaction.SlotFreed(row);
        transaction.TouchSlot(row);
        transaction.MoveUp(row, Slots.Limits.Both);
    }

    /// <summary>A slot is free, whoever waits for it.</summary>
    public static bool HasRoomFor(this TaskTransaction transaction, TaskRow row)
    {
        if (row.SlotUntil is not null) return true;
        transaction.EndLapsedSlots();
        return !transaction.Slots.IsFull && transaction.Slots.HoldingBack(row) is null;
    }

    /// <summary>Joins the lane, or the queue of the limit that holds it back.</summary>
    public static void JoinLane(this TaskTransaction transaction, TaskRow row)
    {
        if (transaction.Slots.HoldingBack(row) is { } limit) transaction.MoveTo(row, limit, (long)row.Priority);
        else transaction.MoveTo(row, TaskQueue.Of(row.Priority));
    }

    /// <summary>Leaves queue and slot for good or for a while.</summary>
    public static void Leave(this TaskTransaction transaction, TaskRow row, string? queue, long rank)
    {
        var waitedInLane = row.Queue is not null && row.Queue == TaskQueue.Of(row.Priority);
        transaction.Free(row);
        transaction.MoveTo(row, queue, rank);
        if (waitedInLane) transaction.MoveUp(row, Slots.Limits.Both);
    }

    /// <summary>Gives free slots to those who wait, in their order.</summary>
    public static void AssignSlots(this TaskTransaction transaction)
    {
        for (var i = 0; i < MostAtOnce; i++)
        {
            if (transaction.NextLane() is not { } lane || transaction.Slots.IsFull) return;
            if (transaction.QueueOf(TaskQueue.Of(lane)).First(transaction) is not { } row)
            {
                transaction.IsTakenByOthers(lane);
                continue;
            }
            if (transaction.Slots.HoldingBack(row) is { } limit)
            {
                transaction.MoveTo(row, limit, (long)row.Priority);
                // It left the lane without a slot: the other limit it counts under lets another one up.
                transaction.MoveUp(row, TaskQueue.LimitOf(limit).IsType ? Slots.Limits.User : Slots.Limits.Type);
                continue;
            }
            transaction.CountPassed(lane);
            transaction.Hold(row, transaction.GrantEnd);
            transaction.Grant(row);
        }
    }

    /// <summary>Two transactions may have passed each other, and left a slot free for a task of this type and user: it is given away now.</summary>
    public static void AssignMissedSlots(this TaskTransaction transaction, string type, string user)
    {
        if (transaction.Slots.IsTypeLimited(type) && !transaction.Slots.IsTypeFull(type)) transaction.MoveUp(TaskQueue.OfType(type));
        if (transaction.Slots.IsUserLimited && !transaction.Slots.IsUserFull(user)) transaction.MoveUp(TaskQueue.OfUser(user));
        transaction.AssignSlots();
    }

    /// <summary>A slot's time is over: it counts for nothing, and the sweep finds the task.</summary>
    public static void Lapse(this TaskTransaction transaction, TaskRow row)
    {
        var wasLease = row is { IsRunning: true, LeaseEnded: false };
        row.LeaseEnded = row.IsRunning;
        transaction.Free(row);
        transaction.MoveTo(row, wasLease ? TaskQueue.Dead : TaskQueue.Lapsed, transaction.NowMs);
    }

    /// <summary>Limits may have been raised or lifted since: as many as each has room for move up. True when that were more than <paramref name="most"/>.</summary>
    public static bool MoveUpAll(this TaskTransaction transaction, int most)
    {
        var limits = new List<string>();
        transaction.Session.Fetch(Reads.HeldBackQueues, _ => { }, rows =>
        {
            while (rows.Next())
                limits.Add(rows.Text(0));
        });
        foreach (var limit in limits)
        {
            for (var room = transaction.Slots.RoomUnder(limit); room > 0 && transaction.QueueOf(limit).First(transaction) is { } row; room--, most--)
            {
                if (most == 0) return true;
                transaction.JoinLane(row);
            }
        }
        return false;
    }

    /// <summary>The first behind each limit that a task has left room under moves up.</summary>
    private static void MoveUp(this TaskTransaction transaction, TaskRow left, Slots.Limits which)
    {
        if (which.HasFlag(Slots.Limits.Type) && transaction.Slots.IsTypeLimited(left.Type) && !transaction.Slots.IsTypeFull(left.Type))
            transaction.MoveUp(TaskQueue.OfType(left.Type));
        if (which.HasFlag(Slots.Limits.User) && transaction.Slots.IsUserLimited && !transaction.Slots.IsUserFull(left.CreatedBy))
            transaction.MoveUp(TaskQueue.OfUser(left.CreatedBy));
    }

    private static void MoveUp(this TaskTransaction transaction, string limit)
    {
        if (transaction.QueueOf(limit).First(transaction) is { } next) transaction.MoveTo(next, TaskQueue.Of(next.Priority));
    }

    /// <summary>
    /// The lane whose turn it is: the highest, unless the head of a lower one has seen as many grants go by as it may. Where both are one
    /// grant short of that, low goes first, so that normal need not wait one longer than promised for low's sake.
    /// </summary>
    private static TaskPriority? NextLane(this TaskTransaction transaction)
    {
        var (high, normal, low) = (transaction.IsWaiting(TaskPriority.High), transaction.IsWaiting(TaskPriority.Normal), transaction.IsWaiting(TaskPriority.Low));
        if (!high && !normal && !low) return null;
        var highest = high ? TaskPriority.High : normal ? TaskPriority.Normal : TaskPriority.Low;
        if (transaction.Passed(compete: (high ? 1 : 0) + (normal ? 1 : 0) + (low ? 1 : 0) > 1) is not { } passed) return highest;

        var options = transaction.Options.Lanes;
        if (!normal) passed[(int)TaskPriority.Normal] = 0;
        if (!low) passed[(int)TaskPriority.Low] = 0;
        var normalLeft = normal ? options.NormalWaitsAtMost - passed[(int)TaskPriority.Normal] : int.MaxValue;
        var lowLeft = low ? options.LowWaitsAtMost - passed[(int)TaskPriority.Low] : int.MaxValue;
        if (normalLeft <= 0) return TaskPriority.Normal;
        if (lowLeft <= 0 || (lowLeft == 1 && normalLeft == 1)) return TaskPriority.Low;
        return highest;
    }

    private static void CountPassed(this TaskTransaction transaction, TaskPriority served)
    {
        if (transaction.Passed(compete: false) is not { } passed) return;
        for (var lane = TaskPriority.Normal; lane <= TaskPriority.Low; lane++)
            passed[(int)lane] = lane != served && transaction.IsWaiting(lane) ? passed[(int)lane] + 1 : 0;
    }
}
