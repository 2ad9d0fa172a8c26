using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>What a single transition leaves behind: events, grants, and whether the pump is to be rung.</summary>
internal abstract partial class TaskTransaction
{
    // Trimming is worth a statement only now and then.
    private const int EventsKept = 1_000;
    private const int TrimEvery = 256;

    /// <summary>A task has no more of them, but for such as nobody has acknowledged: the newest, and before them what was no progress.</summary>
    public const int MostEventsKept = (2 * EventsKept) + TrimEvery;

    private List<Grant>? grants;
    private bool wroteEvents;
    private bool settles;
    private bool hasEvents;

    /// <summary>Whether the pump sleeps, for a transition that drains or rings for it.</summary>
    public abstract PumpState Pump { get; }

    /// <summary>The transaction writes events, for which the pump must be awake.</summary>
    protected bool HasEvents => hasEvents;

    /// <summary>Begins a transition.</summary>
    public void BeginTransition() => (grants, wroteEvents, settles) = (null, false, false);

    /// <summary>A change of the task: the next version and its event. Its time is not before that of the task's last one, whatever the clock did.</summary>
    public void Change(TaskRow row, string name, string data)
    {
        row.Version++;
        var position = NextEvent();
        Session.Write(Writes.NewEvent).Int(position).Int(row.Number).Int(row.Version).Text(name).Time(TimeFor(row)).Text(data).Run();
        Session.Write(Writes.ToOutbox).Int(position).Int(row.Number).Int(row.Version).Run();
        row.ChangedAt = TimeFor(row);
        if (row.Version > EventsKept && row.Version % TrimEvery == 0)
            Trim(row);
        wroteEvents = hasEvents = true;
        Touch(row);
    }

    // A handler that reports ten times a second would push its own attempts out: progress goes first. Of the rest there are about two an attempt.
    private void Trim(TaskRow row)
    {
        Session.Write(Writes.TrimProgress).Int(row.Number).Int(row.Version - EventsKept).Run();
        if (row.Attempt > EventsKept / 4) Session.Write(Writes.TrimSteps).Int(row.Number).Int(row.Version - EventsKept).Run();
    }

    /// <summary>Now, for a change of this task.</summary>
    public DateTimeOffset TimeFor(TaskRow row) => row.ChangedAt > Now ? row.ChangedAt.Value : Now;

    public void Grant(TaskRow row) => (grants ??= []).Add(GrantOf(row));

    public static Grant GrantOf(TaskRow row) => new(row.Id, row.Run, row.HasOrchestration);

    /// <summary>Orchestrations to notify after the commit, but for that of the task the call was about.</summary>
    public Wakes Wakes(TaskRow? self = null)
    {
        if (self is not null) grants?.RemoveAll(grant => grant.Id == self.Id);
        return new Wakes((IReadOnlyList<Grant>?)grants ?? [], Ring(), settles);
    }

    /// <summary>Somebody waits for a task that has ended: they are to be told once this is committed.</summary>
    public void Settles() => settles = true;

    /// <summary>Whether this transition's events find the pump asleep; it counts as awake from then on. On servers that is asked after the commit.</summary>
    public bool Ring() => wroteEvents && WakePump();

    /// <summary>The pump's state has been changed.</summary>
    public abstract void PumpChanged();

    protected abstract bool WakePump();

    /// <summary>The next event's position, where it is given here.</summary>
    protected abstract long NextEvent();

    /// <summary>The next log line's number, where it is given here.</summary>
    public abstract long NextLog();
}
