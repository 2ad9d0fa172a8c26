using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>Finds what was lost on the way. Each find moves back in its line by a grant's time, so that it is not found again at once.</summary>
internal static class Sweeping
{
    public static Sweep Sweep(this Ledger ledger, int limit)
    {
        var (lapsed, dead, overdue) = (new List<Grant>(), new List<Grant>(), new List<Grant>());
        var more = ledger.Each(Line.Lapsed, ledger.NowMs, limit, row =>
        {
            if (ledger.HasRoomFor(row))
            {
                ledger.Hold(row, ledger.GrantEnd);
                lapsed.Add(Ledger.GrantOf(row));
            }
            else
            {
                ledger.JoinLane(row);
            }
        });
        more |= ledger.Each(Line.Dead, ledger.NowMs, limit, row =>
        {
            dead.Add(Ledger.GrantOf(row));
            ledger.Stand(row, Line.Dead, ledger.GrantEnd);
        });
        more |= ledger.Each(Line.Delayed, ledger.NowMs - (ledger.GrantEnd - ledger.NowMs), limit, row =>
        {
            overdue.Add(Ledger.GrantOf(row));
            ledger.Stand(row, Line.Delayed, ledger.NowMs);
        });
        more |= ledger.MoveUpAll(limit);
        ledger.GiveAway();
        var wakes = ledger.Wakes();
        return new Sweep(lapsed, dead, overdue, wakes with { Ring = ledger.RingForTheForgotten() }, more);
    }

    /// <summary>Takes those in line up to a rank out of it, as <paramref name="move"/> does; true when there are more than the limit.</summary>
    private static bool Each(this Ledger ledger, string line, long rank, int limit, Action<TaskRow> move)
    {
        for (var count = 0; ledger.LineOf(line).First(ledger) is { } row && row.LineRank <= rank; count++)
        {
            if (count == limit) return true;
            move(row);
        }
        return false;
    }

    /// <summary>Events have waited, and nobody drained, for a grant's time: whoever was to ring has died, or the pump has.</summary>
    private static bool RingForTheForgotten(this Ledger ledger)
    {
        var hub = ledger.Hub;
        var since = ledger.Now.AddSeconds(-ledger.Options.GrantSeconds);
        if (hub.EventsAcked >= hub.LastEvent || hub.DrainedAt > since) return false;
        DateTimeOffset? oldest = null;
        ledger.Session.Fetch(
            Reads.OldestEvent,
            statement => statement.Int(hub.EventsAcked),
            rows => oldest = rows.Next() ? rows.Time(0) : null);
        if (oldest is null || oldest > since) return false;
        hub.DrainedAt = ledger.Now;
        hub.PumpAsleep = false;
        ledger.TouchHub();
        return true;
    }
}
