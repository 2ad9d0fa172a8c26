using System.Collections.Concurrent;
using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>
/// Everything one or more turns of an instance caused. Turns that end before the writer gets to the first are merged into it, so
/// a busy instance costs one row update per batch, not per turn.
/// </summary>
internal sealed class InstanceCommit : ICommit
{
    private const int MostKept = 8192;
    private static readonly ConcurrentQueue<InstanceCommit> Free = new();

    private readonly List<(bool Add, long Due, int Id)> timers = [];
    private readonly List<Event> outbox = [];
    private readonly List<long> inboxDone = [];
    private readonly List<IEffect> effects = [];
    private Instance owner = null!;
    private InstanceCommit? following;

    private InstanceCommit()
    {
    }

    public InstanceRow Row { get; private set; } = null!;

    public EventBuffer History { get; } = new();

    /// <summary>The instance is new.</summary>
    public bool Insert { get; set; }

    /// <summary>The finished instance of the same id that this one replaces; 0 = none.</summary>
    public long Replaced { get; set; }

    /// <summary>The instance goes away.</summary>
    public bool Delete { get; set; }

    /// <summary>A new generation: what was written before is gone.</summary>
    public bool Truncate { get; set; }

    public OrchestrationRuntimeStatus Status { get; set; }

    public long Updated { get; set; }

    public string? Custom { get; set; }

    /// <summary>Whether a restart must look at the instance; null = as before.</summary>
    public bool? Work { get; set; }

    /// <summary>Commits are used again: a busy engine would make tens of thousands a second.</summary>
    public static InstanceCommit Rent(Instance owner, InstanceRow row)
    {
        if (!Free.TryDequeue(out var commit))
            commit = new InstanceCommit();
        commit.owner = owner;
        commit.Row = row;
        return commit;
    }

    public void Return()
    {
        Clear();
        if (Free.Count < MostKept)
            Free.Enqueue(this);
    }

    public void AddTimer(long due, int id) => timers.Add((true, due, id));

    public void RemoveTimer(long due, int id) => timers.Add((false, due, id));

    /// <summary>A message to another instance or entity, named by its target.</summary>
    public void Send(Event message) => outbox.Add(message);

    public void InboxDone(long key)
    {
        if (key != 0)
            inboxDone.Add(key);
    }

    public void After(IEffect effect) => effects.Add(effect);

    /// <summary>Takes in a later commit of the same instance.</summary>
    public void Merge(InstanceCommit later)
    {
        if (following is not null)
        {
            following.Merge(later);
            return;
        }

        if (later.Row != Row || later.Delete)
        {
            // Another instance of the same id: written behind this one, in the same transaction.
            following = later;
            return;
        }

        if (later.Truncate)
        {
            Truncate = true;
            History.Clear();
        }

        History.Append(later.History.Written);
        Status = later.Status;
        Updated = later.Updated;
        Custom = later.Custom;
        Work = later.Work ?? Work;
        timers.AddRange(later.timers);
        outbox.AddRange(later.outbox);
        inboxDone.AddRange(later.inboxDone);
        effects.AddRange(later.effects);
        later.Return();
    }

    public void Write(Rows rows)
    {
        if (Replaced != 0)
            rows.DeleteInstance(Replaced);
        if (Delete)
        {
            rows.DeleteInstance(Row.Key);
        }
        else
        {
            WriteInstance(rows);
        }

        foreach (var (add, due, id) in timers)
        {
            if (add)
                rows.AddTimer(due, Row.Key, id);
            else
                rows.RemoveTimer(due, Row.Key, id);
        }

        foreach (var message in outbox)
            rows.AddInbox(message);
        foreach (var key in inboxDone)
            rows.RemoveInbox(key);
        following?.Write(rows);
    }

    public void Committed()
    {
        var done = owner;
        for (var each = this; each is not null;)
        {
            each.LetLoose();
            var next = each.following;
            each.Return();
            each = next;
        }

        done.CommitDone();
    }

    public void Refused(Exception error)
    {
        foreach (var effect in effects)
            effect.Refuse(error);
        following?.Refused(error);
    }

    private void Clear()
    {
        owner = null!;
        Row = null!;
        History.Clear();
        Insert = Delete = Truncate = false;
        Replaced = 0;
        Work = null;
        Custom = null;
        timers.Clear();
        outbox.Clear();
        inboxDone.Clear();
        effects.Clear();
        following = null;
    }

    private void LetLoose()
    {
        foreach (var (add, due, id) in timers)
        {
            if (add)
                owner.Timers.Add(new Event(EventKind.TimerFired) { Id = id, Target = Row.Id, Time = due, Epoch = Row.Key });
        }

        foreach (var message in outbox)
            owner.Deliver(message);
        foreach (var effect in effects)
            effect.Run();
    }

    private void WriteInstance(Rows rows)
    {
        if (Truncate && Row.Head != 0)
        {
            rows.DeleteHistory(Row.Head);
            Row.Head = Row.First = 0;
        }

        if (History.Length > 0)
            rows.Append(Row, History);
        if (Insert)
            rows.Insert(Row, Status, Updated, Custom);
        else
            rows.Update(Row, Status, Updated, Custom);
        if (Work == true)
            rows.AddWork(Row.Key);
        else if (Work == false && !Insert)
            rows.RemoveWork(Row.Key);
    }
}
