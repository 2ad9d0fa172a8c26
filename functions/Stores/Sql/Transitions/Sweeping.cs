using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>Finds what was lost on the way. Each find moves back in its queue by a grant's time, so that it is not found again at once.</summary>
internal static class Sweeping
{
    public static Sweep Sweep(this TaskTransaction transaction, int limit)
    {
        var (lapsed, dead, overdue) = (new List<Grant>(), new List<Grant>(), new List<Grant>());
        var more = transaction.EndAllLapsedSlots(limit);
        more |= transaction.Each(TaskQueue.Lapsed, transaction.NowMs, limit, row =>
        {
            if (transaction.HasRoomFor(row))
            {
                transaction.Hold(row, transaction.GrantEnd);
                lapsed.Add(TaskTransaction.GrantOf(row));
            }
            else
            {
                transaction.JoinLane(row);
            }
        });
        more |= transaction.Each(TaskQueue.Dead, transaction.NowMs, limit, row =>
        {
            dead.Add(TaskTransaction.GrantOf(row));
            transaction.MoveTo(row, TaskQueue.Dead, transaction.GrantEnd);
        });
        more |= transaction.Each(TaskQueue.Delayed, transaction.NowMs - (transaction.GrantEnd - transaction.NowMs), limit, row =>
        {
            overdue.Add(TaskTransaction.GrantOf(row));
            transaction.MoveTo(row, TaskQueue.Delayed, transaction.NowMs);
        });
        more |= transaction.MoveUpAll(limit);
        transaction.AssignSlots();
        // Whoever was to tell of them has died: their turn has come, so the first one tells whether there are any.
        if (transaction.QueueOf(TaskQueue.Settling).First(transaction) is not null) transaction.Settles();
        var wakes = transaction.Wakes();
        return new Sweep(lapsed, dead, overdue, wakes with { Ring = transaction.RingForTheForgotten() }, more);
    }

    /// <summary>Takes those in a queue up to a rank out of it, as <paramref name="move"/> does; true when there are more than the limit.</summary>
    private static bool Each(this TaskTransaction transaction, string queue, long rank, int limit, Action<TaskRow> move)
    {
        for (var count = 0; transaction.QueueOf(queue).First(transaction, upTo: rank) is { } row; count++)
        {
            if (count == limit) return true;
            move(row);
        }
        return false;
    }

    /// <summary>Events have waited, and nobody drained, for a grant's time: whoever was to ring has died, or the pump has.</summary>
    private static bool RingForTheForgotten(this TaskTransaction transaction)
    {
        var since = transaction.Now.AddSeconds(-transaction.Options.GrantSeconds);
        DateTimeOffset? oldest = null;
        transaction.Session.Fetch(Reads.OldestEvent, _ => { }, rows => oldest = rows.Next() ? rows.Time(0) : null);
        if (oldest is null || oldest > since || transaction.Pump.DrainedAt > since) return false;
        (transaction.Pump.DrainedAt, transaction.Pump.IsAsleep) = (transaction.Now, false);
        transaction.PumpChanged();
        return true;
    }
}
