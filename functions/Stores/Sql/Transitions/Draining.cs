using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>
/// The outbox: positions of the events that nobody has acknowledged. Events of one task come in the order of their versions, since a task
/// is locked from the change to its commit; those of different tasks in about the order of their commits.
/// <para>
/// A transaction may commit after one whose positions are higher. So a batch is acknowledged by the very positions that were read, told
/// as ranges ("5-7,9-12"): one that appears between them later is in none, and is read next time.
/// </para>
/// </summary>
internal static class Draining
{
    public static OutboxBatch Drain(this TaskTransaction transaction, string? acknowledge, int limit)
    {
        // What is no position of this store acknowledges nothing: the pump would offer it again for ever.
        foreach (var (first, last) in NumberRanges.Read(acknowledge))
            transaction.Session.Write(Writes.Delivered).Int(first).Int(last).Run();
        transaction.Session.WriteNow();

        var (positions, events) = (new List<long>(), new List<TaskEvent>());
        transaction.Session.Fetch(Reads.Outbox, statement => statement.Int(limit), rows =>
        {
            while (rows.Next())
            {
                positions.Add(rows.Int(0));
                events.Add(new TaskEvent(rows.Text(1), rows.Text(2), rows.Text(3), rows.Int(4), rows.Time(5), rows.Text(6)));
            }
        });
        (transaction.Pump.DrainedAt, transaction.Pump.IsAsleep) = (transaction.Now, events.Count == 0);
        transaction.PumpChanged();
        return new OutboxBatch(events.Count == 0 ? null : NumberRanges.Write(positions), events);
    }
}
