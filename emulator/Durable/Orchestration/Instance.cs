using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>
/// One orchestration id: takes its messages in, runs turns, hands what they caused to the writer. Parts: what messages mean
/// (Messages), how a turn runs (Turns), how an instance ends (Ends).
/// </summary>
internal sealed partial class Instance(DurableEngine engine, string id) : Actor(engine, id), ICommitSource, LiveList.ILive
{
    private readonly List<Event> incoming = [];
    private readonly List<Waiter> waiters = [];
    private InstanceRow? row;
    private OrchestrationRuntimeStatus status;
    private string? custom;
    private long updated;
    private bool loaded;
    private bool begins;
    private bool begun;
    private bool inWork;


    /// <summary>The history of this generation has more than its start.</summary>
    private bool noted;
    private long lastTurn;

    /// <summary>The generation's first record, once known.</summary>
    private Event? started;

    /// <summary>How the instance ended, when it did so here.</summary>
    private Event? end;
    private Execution? live;

    /// <summary>The locks held as the present turn began: still held when the turn comes to nothing.</summary>
    private string? locksBefore;

    /// <summary>Strict mode only: the generation's whole history, also what is not committed yet.</summary>
    private EventBuffer? replayable;

    private InstanceCommit? pending;
    private int published;
    private int committed;

    /// <summary>Nothing but uncommitted changes keeps it in memory.</summary>
    private bool mayClose;

    /// <summary>Its continuation must go as soon as everything is committed.</summary>
    private bool shouldLeave;

    LiveList.ILive? LiveList.ILive.Older { get; set; }

    LiveList.ILive? LiveList.ILive.Newer { get; set; }

    bool LiveList.ILive.Listed { get; set; }

    public TimerQueue Timers => Engine.Timers;

    private bool IsActive => row is not null && !status.IsFinished();

    private bool AllCommitted => Volatile.Read(ref committed) == published;

    public ICommit? TakeCommit() => Interlocked.Exchange(ref pending, null);

    /// <summary>On the writer thread.</summary>
    public void CommitDone()
    {
        Interlocked.Increment(ref committed);
        if (Volatile.Read(ref shouldLeave))
            Post(new Event(EventKind.Evict));
        else if (Volatile.Read(ref mayClose))
            CloseFromOutside();
    }

    public void Deliver(Event message) => Engine.Deliver(message);

    protected override void Handle(Event? messages)
    {
        if (!loaded)
            Load(messages);
        for (var message = messages; message is not null;)
        {
            var next = message.Next;
            message.Next = null;
            Take(message);
            message = next;
        }

        RunTurn();
        Volatile.Write(ref mayClose, live is null && waiters.Count == 0);
        CloseIfIdle();
    }

    protected override bool CanClose() =>
        live is null && waiters.Count == 0 && AllCommitted && Volatile.Read(ref pending) is null;

    private void Load(Event? first)
    {
        loaded = true;
        if (first is { IsNew: true } || Engine.Reader.Instance(Id) is not { } stored)
            return;
        row = stored.Row;
        status = stored.Status;
        custom = stored.Custom;
        updated = stored.Updated;
        if (!IsActive)
            return;
        var history = Engine.Reader.History(row.Head);
        var work = OpenWork.Of(history);
        started = new EventReader(history).Read();
        begun = work.HasBegun;
        noted = true;
        inWork = !begun || work.Activities.Any();
        if (Engine.Options.StrictReplay)
        {
            replayable = new EventBuffer();
            replayable.Append(history);
        }
    }

    private byte[] ReadHistory() =>
        replayable is not null ? replayable.Written.ToArray() : Engine.Reader.History(row!.Head);

    private InstanceCommit Commit()
    {
        var commit = InstanceCommit.Rent(this, row!);
        commit.Updated = Engine.Now();
        return commit;
    }

    /// <summary>Hands a commit over; what the writer has not taken yet and this become one.</summary>
    private void Publish(InstanceCommit commit)
    {
        commit.Status = status;
        commit.Custom = custom;
        updated = commit.Updated;
        if (replayable is not null)
        {
            if (commit.Truncate)
                replayable.Clear();
            replayable.Append(commit.History.Written);
        }

        if (Interlocked.Exchange(ref pending, null) is { } earlier)
        {
            earlier.Merge(commit);
            commit = earlier;
        }
        else
        {
            published++;
        }

        Volatile.Write(ref pending, commit);
        Engine.Writer.Enqueue(this);
    }

    private void NoteWork(InstanceCommit commit, bool wanted)
    {
        if (wanted != inWork)
            commit.Work = wanted;
        inWork = wanted;
    }
}
