using System.Collections.Concurrent;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>
/// Everything one or more turns of an instance caused. Turns that end before the writer gets to the first are merged into it, so
/// a busy instance costs one row update per batch, not per turn.
/// </summary>
internal sealed class InstanceCommit : ICommit
{
    private const int MostKept = 8192;
    private static readonly ConcurrentQueue<InstanceCommit> _free = new();

    private readonly List<(bool Add, long Due, long Id)> _timers = [];
    private readonly List<Message> _outbox = [];
    private readonly List<long> _inboxDone = [];
    private readonly List<IEffect> _effects = [];
    private Instance _owner = null!;
    private InstanceCommit? _following;
    private (long First, long Head)? _undo;

    private InstanceCommit()
    {
    }

    public InstanceRow Row { get; private set; } = null!;

    public HistoryBuffer History { get; } = new();

    /// <summary>The instance is new.</summary>
    public bool Insert { get; set; }

    /// <summary>The finished instance of the same id that this one replaces; 0 = none.</summary>
    public long Replaced { get; set; }

    /// <summary>The instance goes away.</summary>
    public bool Delete { get; set; }

    /// <summary>What was written before is gone: a new generation, or a history rewritten by a rewind.</summary>
    public bool Truncate { get; set; }

    public P.OrchestrationStatus Status { get; set; }

    public long Updated { get; set; }

    public string? Custom { get; set; }

    /// <summary>Whether a restart must look at the instance; null = as before.</summary>
    public bool? Work { get; set; }

    /// <summary>Commits are used again: a busy engine would make tens of thousands a second.</summary>
    public static InstanceCommit Rent(Instance owner, InstanceRow row)
    {
        if (!_free.TryDequeue(out var commit))
            commit = new InstanceCommit();
        commit._owner = owner;
        commit.Row = row;
        return commit;
    }

    public void Return()
    {
        Clear();
        if (_free.Count < MostKept)
            _free.Enqueue(this);
    }

    public void AddTimer(long due, long id) => _timers.Add((true, due, id));

    public void RemoveTimer(long due, long id) => _timers.Add((false, due, id));

    /// <summary>A message to another instance or entity, named by its target.</summary>
    public void Send(Message message) => _outbox.Add(message);

    public void InboxDone(long key)
    {
        if (key != 0)
            _inboxDone.Add(key);
    }

    public void After(IEffect effect) => _effects.Add(effect);

    /// <summary>Takes in a later commit of the same instance.</summary>
    public void Merge(InstanceCommit later)
    {
        if (_following is not null)
        {
            _following.Merge(later);
            return;
        }

        if (later.Row != Row || later.Delete)
        {
            // Another instance of the same id: written behind this one, in the same transaction.
            _following = later;
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
        _timers.AddRange(later._timers);
        _outbox.AddRange(later._outbox);
        _inboxDone.AddRange(later._inboxDone);
        _effects.AddRange(later._effects);
        later.Return();
    }

    public void Write(Rows rows)
    {
        if (Replaced != 0)
            rows.DeleteInstance(Replaced);
        if (Delete)
            rows.DeleteInstance(Row.Key);
        else
            WriteInstance(rows);

        foreach (var (add, due, id) in _timers)
        {
            if (add)
                rows.AddTimer(due, Row.Key, id);
            else
                rows.RemoveTimer(due, Row.Key, id);
        }

        foreach (var message in _outbox)
            rows.AddInbox(message);
        foreach (var key in _inboxDone)
            rows.RemoveInbox(key);
        _following?.Write(rows);
    }

    public void Committed()
    {
        var done = _owner;
        for (var each = this; each is not null;)
        {
            each.LetLoose();
            var next = each._following;
            each.Return();
            each = next;
        }

        done.CommitDone();
    }

    public void Undone()
    {
        _following?.Undone();
        if (_undo is { } before)
            (Row.First, Row.Head) = before;
        _undo = null;
    }

    public void Refused(Exception error)
    {
        foreach (var effect in _effects)
            effect.Refuse(error);
        _following?.Refused(error);
    }

    private void Clear()
    {
        _owner = null!;
        Row = null!;
        History.Clear();
        Insert = Delete = Truncate = false;
        Replaced = 0;
        Work = null;
        Custom = null;
        _timers.Clear();
        _outbox.Clear();
        _inboxDone.Clear();
        _effects.Clear();
        _following = null;
        _undo = null;
    }

    private void LetLoose()
    {
        foreach (var (add, due, id) in _timers)
        {
            if (add)
                _owner.Timers.Add(new DueItem(due, Row.Id) { Instance = Row.Key, TimerId = id });
        }

        foreach (var message in _outbox)
            _owner.Deliver(message);
        foreach (var effect in _effects)
            effect.Run();
    }

    private void WriteInstance(Rows rows)
    {
        _undo = (Row.First, Row.Head);
        if (Truncate)
            rows.DeleteHistory(Row);
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
