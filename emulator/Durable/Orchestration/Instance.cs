using System.Collections.Concurrent;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>
/// One orchestration id: takes its messages in, has turns run, hands what they caused to the writer. Parts: what messages mean
/// (Messages), how a turn runs (Turns), what the worker asked for (Actions), how an instance ends (Ends).
/// </summary>
internal sealed partial class Instance(DurableEngine engine, string id) : Actor(engine, id), ICommitSource, LiveList.ILive
{
    private static readonly ConcurrentQueue<HistoryBuffer> _buffers = new();

    private readonly List<Message> _incoming = [];
    private readonly List<Waiter> _waiters = [];
    private readonly List<int> _openActivities = [];
    private readonly Dictionary<int, long> _openTimers = [];
    private InstanceRow? _row;
    private P.OrchestrationStatus _status;
    private string? _custom;
    private long _updated;
    private bool _loaded;

    /// <summary>The next turn is the first of its generation, and may run.</summary>
    private bool _begins;
    private bool _begun;
    private bool _inWork;
    private bool _suspended;
    private int _generation;
    private int _turns;
    private long _lastTurn;

    /// <summary>The generation's start, once known.</summary>
    private P.ExecutionStartedEvent? _started;

    /// <summary>How the instance ended, when it did so here.</summary>
    private P.ExecutionCompletedEvent? _end;

    /// <summary>The generation's history; null when only the database has it.</summary>
    private HistoryBuffer? _history;

    /// <summary>Bytes of the history that the worker has seen; what is behind them are its next new events.</summary>
    private int _processed;

    /// <summary>Bytes of the history that are in a commit.</summary>
    private int _noted;

    private InstanceCommit? _pending;
    private int _published;
    private int _committed;

    /// <summary>Nothing but uncommitted changes keeps it in memory.</summary>
    private bool _mayClose;

    /// <summary>Its history must leave memory as soon as everything is committed.</summary>
    private bool _shouldLeave;

    LiveList.ILive? LiveList.ILive.Older { get; set; }

    LiveList.ILive? LiveList.ILive.Newer { get; set; }

    bool LiveList.ILive.Listed { get; set; }

    public TimerQueue Timers => Engine.Timers;

    private bool IsActive => _row is not null && !_status.IsFinished();

    private bool AllCommitted => Volatile.Read(ref _committed) == _published;

    private ExecutionKey Execution => new(_row!.Key, _generation);

    public ICommit? TakeCommit() => Interlocked.Exchange(ref _pending, null);

    /// <summary>On the writer thread.</summary>
    public void CommitDone()
    {
        Interlocked.Increment(ref _committed);
        if (Volatile.Read(ref _shouldLeave))
            Post(new Message(MessageKind.Evict));
        else if (Volatile.Read(ref _mayClose))
            CloseFromOutside();
    }

    public void Deliver(Message message) => Engine.Deliver(message);

    protected override bool Handle(Message? messages)
    {
        if (!_loaded)
            Load(messages);
        for (var message = messages; message is not null;)
        {
            var next = message.Next;
            message.Next = null;
            Take(message);
            message = next;
        }

        return RunTurns();
    }

    protected override bool CanClose() =>
        _history is null && _incoming.Count == 0 && _waiters.Count == 0 && AllCommitted && Volatile.Read(ref _pending) is null;

    private void Load(Message? first)
    {
        _loaded = true;
        if (first is { IsNew: true } || Engine.Reader.Instance(Id) is not { } stored)
            return;
        _row = stored.Row;
        _status = stored.Status;
        _custom = stored.Custom;
        _updated = stored.Updated;
        if (IsActive)
            LoadHistory();
    }

    /// <summary>Everything is committed, so the database has all of it.</summary>
    private void LoadHistory()
    {
        var history = Engine.Reader.History(_row!.Head);
        _history = RentBuffer();
        _history.Append(history);
        _noted = history.Length;
        var work = OpenWork.Of(history);
        _started = work.Started;
        _generation = ExecutionKey.Parse(_started?.OrchestrationInstance?.ExecutionId).Generation;
        _begun = work.HasBegun;
        _processed = _begun ? history.Length : 0;
        _suspended = work.IsSuspended;
        _lastTurn = work.LastTurn;
        _turns = work.Turns;
        _openActivities.Clear();
        _openActivities.AddRange(work.Activities.Keys);
        _openTimers.Clear();
        foreach (var (timer, due) in work.Timers)
            _openTimers[timer] = due;
        _inWork = !_begun || _openActivities.Count > 0;
    }

    private InstanceCommit Commit()
    {
        var commit = InstanceCommit.Rent(this, _row!);
        commit.Updated = Engine.Now();
        return commit;
    }

    /// <summary>Hands a commit over, with what is new in the history; what the writer has not taken yet and this become one.</summary>
    private void Publish(InstanceCommit commit)
    {
        commit.Status = _status;
        commit.Custom = _custom;
        _updated = commit.Updated;
        if (_history is not null)
        {
            if (commit.Truncate)
                _noted = 0;
            commit.History.Append(_history.Written[_noted..]);
            _noted = _history.Length;
        }

        if (_row is not null && !IsActive)
            LeaveMemory();
        if (Interlocked.Exchange(ref _pending, null) is { } earlier)
        {
            earlier.Merge(commit);
            commit = earlier;
        }
        else
        {
            _published++;
        }

        Volatile.Write(ref _pending, commit);
        Engine.Writer.Enqueue(this);
    }

    private void NoteWork(InstanceCommit commit, bool wanted)
    {
        if (wanted != _inWork)
            commit.Work = wanted;
        _inWork = wanted;
    }

    private void LeaveMemory()
    {
        Engine.Live.Remove(this);
        if (_history is null)
            return;
        _history.Clear();
        _buffers.Enqueue(_history);
        _history = null;
    }

    private static HistoryBuffer RentBuffer() => _buffers.TryDequeue(out var buffer) ? buffer : new HistoryBuffer();
}
