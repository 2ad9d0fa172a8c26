using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Ledgers;

/// <summary>What a single transition leaves behind: events, grants, and whether the pump is to be rung.</summary>
internal sealed partial class Ledger
{
    // Trimming is worth a statement only now and then.
    private const int EventsKept = 1_000;
    private const int TrimEvery = 256;

    private readonly List<(long Position, TaskEvent Event)> newEvents = [];
    private List<Grant>? grants;
    private bool wroteEvents;
    private bool hubChanged;

    /// <summary>Begins a transition.</summary>
    public void Turn() => (grants, wroteEvents) = (null, false);

    /// <summary>A change of the task: the next version and its event.</summary>
    public void Change(TaskRow row, string name, string data)
    {
        row.Version++;
        var position = ++Hub.LastEvent;
        Session.Write(Writes.NewEvent).Int(position).Int(row.Number).Int(row.Version).Text(name).Time(Now).Text(data).Run();
        newEvents.Add((position, new TaskEvent(row.Id, row.CreatedBy, name, row.Version, Now, data)));
        if (row.Version > EventsKept && row.Version % TrimEvery == 0)
            Session.Write(Writes.TrimEvents).Int(row.Number).Int(row.Version - EventsKept).Int(Hub.EventsAcked).Run();
        wroteEvents = true;
        Touch(row);
    }

    public void Grant(TaskRow row) => (grants ??= []).Add(GrantOf(row));

    public static Grant GrantOf(TaskRow row) => new(row.Id, row.Run, row.HasOrchestration);

    /// <summary>Whom this transition's caller must wake, but for the task the call was about.</summary>
    public Wakes Wakes(TaskRow? self = null)
    {
        if (self is not null) grants?.RemoveAll(grant => grant.Id == self.Id);
        return new Wakes((IReadOnlyList<Grant>?)grants ?? [], Ring());
    }

    /// <summary>Whether this transition's events find the pump asleep; it counts as awake from then on.</summary>
    public bool Ring()
    {
        if (!wroteEvents || !Hub.PumpAsleep) return false;
        Hub.PumpAsleep = false;
        return true;
    }

    /// <summary>Undelivered events, those of this batch included.</summary>
    public List<(long Position, TaskEvent Event)> Undelivered(int limit)
    {
        var found = new List<(long, TaskEvent)>();
        var firstNew = newEvents.Count > 0 ? newEvents[0].Position : long.MaxValue;
        if (Hub.EventsAcked < Math.Min(Hub.LastEvent, firstNew - 1))
        {
            Session.Fetch(Reads.Outbox, statement => statement.Int(Hub.EventsAcked).Int(limit), rows =>
            {
                while (rows.Next() && rows.Int(0) < firstNew)
                    found.Add((rows.Int(0), new TaskEvent(rows.Text(1), rows.Text(2), rows.Text(3), rows.Int(4), rows.Time(5), rows.Text(6))));
            });
        }
        foreach (var added in newEvents)
        {
            if (found.Count >= limit) break;
            if (added.Position > Hub.EventsAcked) found.Add(added);
        }
        return found;
    }

    /// <summary>The hub's row has changed although no task has.</summary>
    public void TouchHub() => hubChanged = true;
}
