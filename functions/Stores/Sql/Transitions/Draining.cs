using System.Globalization;
using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>The outbox: every event above the last acknowledged position.</summary>
internal static class Draining
{
    public static OutboxBatch Drain(this Ledger ledger, long? acknowledge, int limit)
    {
        var hub = ledger.Hub;
        hub.DrainedAt = ledger.Now;
        if (acknowledge is { } position) hub.EventsAcked = Math.Min(Math.Max(hub.EventsAcked, position), hub.LastEvent);
        ledger.TouchHub();

        var found = ledger.Undelivered(limit);
        hub.PumpAsleep = found.Count == 0;
        return found.Count == 0
            ? new OutboxBatch(null, [])
            : new OutboxBatch(found[^1].Position.ToString(CultureInfo.InvariantCulture), [.. found.Select(one => one.Event)]);
    }
}
