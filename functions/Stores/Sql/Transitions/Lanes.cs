using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>
/// Who holds a slot and who comes next. A task that a type's or user's limit holds back leaves its lane for that limit's own line,
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
    public static void Hold(this Ledger ledger, TaskRow row, long until)
    {
        if (row.SlotUntil is null) ledger.Slots.Count(row, 1);
        row.SlotUntil = until;
        ledger.Hub.NextLapse = Math.Min(ledger.Hub.NextLapse, until);
        if (row.Line is not null) ledger.Stand(row, null);
        else ledger.Touch(row);
    }

    /// <summary>Gives a task's slot back, if it has one. The caller then lets it stand somewhere and gives slots away.</summary>
    public static void Free(this Ledger ledger, TaskRow row)
    {
        if (row.SlotUntil is null) return;
        row.SlotUntil = null;
        ledger.Slots.Count(row, -1);
        ledger.Touch(row);
        ledger.MoveUp(row, Slots.Limits.Both);
    }

    /// <summary>A slot is free and nothing that waits comes before the task in its lane or a higher one.</summary>
    public static bool MayPass(this Ledger ledger, TaskRow row)
    {
        if (!ledger.HasRoomFor(row)) return false;
        for (var lane = TaskPriority.High; lane <= row.Priority; lane++)
        {
            if (ledger.HeadOf(lane) is { } head && head != row) return false;
        }
        return true;
    }

    /// <summary>A slot is free, whoever waits for it.</summary>
    public static bool HasRoomFor(this Ledger ledger, TaskRow row) =>
        row.SlotUntil is not null || (!ledger.Slots.IsFull && ledger.Slots.HoldingBack(row) is null);

    /// <summary>Joins the lane, or the line of the limit that holds it back.</summary>
    public static void JoinLane(this Ledger ledger, TaskRow row)
    {
        if (ledger.Slots.HoldingBack(row) is { } limit) ledger.Stand(row, limit, (long)row.Priority);
        else ledger.Stand(row, Line.Of(row.Priority));
    }

    /// <summary>Leaves line and slot for good or for a while.</summary>
    public static void Leave(this Ledger ledger, TaskRow row, string? line, long rank)
    {
        var waitedInLane = row.Line is not null && row.Line == Line.Of(row.Priority);
        ledger.Free(row);
        ledger.Stand(row, line, rank);
        if (waitedInLane) ledger.MoveUp(row, Slots.Limits.Both);
    }

    /// <summary>Gives free slots to those who wait, in their order.</summary>
    public static void GiveAway(this Ledger ledger)
    {
        for (var i = 0; i < MostAtOnce && !ledger.Slots.IsFull; i++)
        {
            if (ledger.Next() is not { } row) return;
            if (ledger.Slots.HoldingBack(row) is { } limit)
            {
                ledger.Stand(row, limit, (long)row.Priority);
                // It left the lane without a slot: the other limit it counts under lets another one up.
                ledger.MoveUp(row, Line.LimitOf(limit).IsType ? Slots.Limits.User : Slots.Limits.Type);
                continue;
            }
            ledger.CountPassed(row.Priority);
            ledger.Hold(row, ledger.GrantEnd);
            ledger.Grant(row);
        }
    }

    /// <summary>A slot's time is over: it counts for nothing, and the sweep finds the task.</summary>
    public static void Lapse(this Ledger ledger, TaskRow row)
    {
        var wasLease = row is { IsRunning: true, LeaseEnded: false };
        row.LeaseEnded = row.IsRunning;
        ledger.Free(row);
        ledger.Stand(row, wasLease ? Line.Dead : Line.Lapsed, ledger.NowMs);
    }

    /// <summary>Limits may have been raised or lifted since: as many as each has room for move up. True when that were more than <paramref name="most"/>.</summary>
    public static bool MoveUpAll(this Ledger ledger, int most)
    {
        var limits = new List<string>();
        ledger.Session.Fetch(Reads.HeldBackLines, _ => { }, rows =>
        {
            while (rows.Next())
                limits.Add(rows.Text(0));
        });
        foreach (var limit in limits)
        {
            for (var room = ledger.Slots.RoomUnder(limit); room > 0 && ledger.LineOf(limit).First(ledger) is { } row; room--, most--)
            {
                if (most == 0) return true;
                ledger.JoinLane(row);
            }
        }
        return false;
    }

    /// <summary>The first in line behind each limit that a task has left room under moves up.</summary>
    private static void MoveUp(this Ledger ledger, TaskRow left, Slots.Limits which)
    {
        if (which.HasFlag(Slots.Limits.Type) && ledger.Slots.IsTypeLimited(left.Type) && !ledger.Slots.IsTypeFull(left.Type))
            ledger.MoveUp(Line.OfType(left.Type));
        if (which.HasFlag(Slots.Limits.User) && ledger.Slots.IsUserLimited && !ledger.Slots.IsUserFull(left.CreatedBy))
            ledger.MoveUp(Line.OfUser(left.CreatedBy));
    }

    private static void MoveUp(this Ledger ledger, string limit)
    {
        if (ledger.LineOf(limit).First(ledger) is { } next) ledger.Stand(next, Line.Of(next.Priority));
    }

    private static TaskRow? HeadOf(this Ledger ledger, TaskPriority lane) =>
        ledger.Hub.Waiting[(int)lane] == 0 ? null : ledger.LineOf(Line.Of(lane)).First(ledger);

    /// <summary>
    /// The head whose turn it is: the highest lane's, unless a lower one has seen as many grants go by as it may. Where both are one
    /// grant short of that, low goes first, so that normal need not wait one longer than promised for low's sake.
    /// </summary>
    private static TaskRow? Next(this Ledger ledger)
    {
        var (high, normal, low) = (ledger.HeadOf(TaskPriority.High), ledger.HeadOf(TaskPriority.Normal), ledger.HeadOf(TaskPriority.Low));
        var (options, passed) = (ledger.Options.Lanes, ledger.Hub.Passed);
        if (normal is null) passed[(int)TaskPriority.Normal] = 0;
        if (low is null) passed[(int)TaskPriority.Low] = 0;
        var normalLeft = normal is null ? int.MaxValue : options.NormalWaitsAtMost - passed[(int)TaskPriority.Normal];
        var lowLeft = low is null ? int.MaxValue : options.LowWaitsAtMost - passed[(int)TaskPriority.Low];
        if (normalLeft <= 0) return normal;
        if (lowLeft <= 0 || (lowLeft == 1 && normalLeft == 1)) return low;
        return high ?? normal ?? low;
    }

    private static void CountPassed(this Ledger ledger, TaskPriority served)
    {
        for (var lane = TaskPriority.Normal; lane <= TaskPriority.Low; lane++)
        {
            ref var passed = ref ledger.Hub.Passed[(int)lane];
            passed = lane == served || ledger.HeadOf(lane) is null ? 0 : passed + 1;
        }
    }
}
