using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>How a turn runs: replay what is known, take in what is new, see whether that was the end.</summary>
internal sealed partial class Execution
{
    private readonly TurnContext sync;
    private readonly List<Event> held = [];
    private EventReader? replay;
    private InstanceCommit? commit;
    private Task<object?>? body;
    private StartOver? startsOver;
    private Turn turn;
    private long now;
    private int turns;
    private int asked;
    private int turnThread;
    private bool suspended;
    private bool beginsOnResume;

    /// <summary>How this generation ended; null while it goes on.</summary>
    public Event? End { get; private set; }

    /// <summary>The replay asked for something else than history has.</summary>
    public NonDeterminismException? Mismatch { get; private set; }

    /// <summary>The code waits for nothing that could ever wake it: it awaits something that is not durable.</summary>
    public bool Stuck { get; private set; }

    public bool IsFirstTurn => turns <= 1;

    public bool IsSuspended => suspended;

    public bool IsOnTurn => turnThread == Environment.CurrentManagedThreadId;

    /// <summary>Open activities: a restart must dispatch them again.</summary>
    public int OpenActivities => open.Activities;

    /// <summary>Timers that have neither fired nor been cancelled.</summary>
    public IEnumerable<(long Due, int Id)> OpenTimers =>
        from task in open.All() where task.Task is OpenTimer select (((OpenTimer)task.Task).Due, task.Id);

    /// <summary>What the next generation inherits when this one continues as new.</summary>
    public IEnumerable<(string Name, string? Data)> Unprocessed =>
        startsOver is { PreserveEvents: true } && events is not null ? events.Unprocessed : [];

    /// <summary>Of <see cref="Turn.Incoming"/>, how many this generation took in before it ended.</summary>
    public int Taken { get; private set; }

    /// <summary>Runs one turn, or only replays when nothing is given to come in. Never throws.</summary>
    public void Run(in Turn next)
    {
        turn = next;
        commit = next.Commit;
        Taken = 0;
        var outside = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(sync);
        turnThread = Environment.CurrentManagedThreadId;
        try
        {
            Task whole;
            try
            {
                whole = entry?.Wrap is { } wrap ? wrap(this, Step) : Step();
                sync.Drain();
            }
            catch (Exception error)
            {
                whole = Task.FromException(error);
            }

            Conclude(whole);
        }
        finally
        {
            turnThread = 0;
            SynchronizationContext.SetSynchronizationContext(outside);
            commit = null;
            turn = default;
        }
    }

    private Task Step()
    {
        if (turn.History is { Length: > 0 } history)
            Replay(history);
        if (Mismatch is null)
        {
            if (turn.Time != 0)
            {
                commit!.History.Write(EventKind.TurnStarted, time: turn.Time);
                BeginTurn(turn.Time);
                sync.Drain();
            }

            TakeIn();
        }

        return body ?? new TaskCompletionSource().Task;
    }

    private void Replay(ReadOnlyMemory<byte> history)
    {
        replay = new EventReader(history);
        replay.Read(); // the start, known already
        while (Mismatch is null && !IsOver && replay.Peek() is { } kind && !kind.IsEnd())
        {
            var position = replay.Position;
            var recorded = replay.Read();
            if (kind.IsAction())
                Mismatch = NonDeterminismException.Of(row, asked, position, recorded, null);
            else
                Deliver(recorded);
        }

        // The end of a generation is only ever checked, never gone past: see Conclude.
        if (Mismatch is null && replay.AtEnd)
            replay = null;
    }

    private void TakeIn()
    {
        foreach (var message in turn.Incoming)
        {
            if (Mismatch is not null || IsOver)
                return;
            Taken++;
            if (!IsExpected(message))
                continue;
            commit!.History.Write(message);
            Deliver(message);
        }
    }

    private bool IsOver => body is { IsCompleted: true } && open.Blocking == 0;

    // Results may come twice, and timers after they were cancelled.
    private bool IsExpected(Event message) => message.Kind switch
    {
        EventKind.TimerFired => open.Find(message.Id) is OpenTimer timer && timer.Due == message.Time,
        EventKind.EventRaised or EventKind.Suspended or EventKind.Resumed => true,
        _ => open.Find(message.Id) is not null,
    };

    private void Deliver(Event message)
    {
        switch (message.Kind)
        {
            case EventKind.TurnStarted:
                BeginTurn(message.Time);
                break;
            case EventKind.Suspended:
                suspended = true;
                break;
            case EventKind.Resumed:
                Resume();
                break;
            default:
                if (suspended)
                    held.Add(message);
                else
                    DeliverNow(message);
                break;
        }

        sync.Drain();
    }

    private void DeliverNow(Event message)
    {
        switch (message.Kind)
        {
            case EventKind.EventRaised:
                Events.Raise(message.Name!, message.Text, converter);
                break;
            case EventKind.TaskFailed or EventKind.ChildFailed or EventKind.EntityFailed:
                open.Take(message.Id)?.Fail(message.Failure!);
                break;
            default:
                open.Take(message.Id)?.Complete(message.Text, converter);
                break;
        }

        sync.Drain();
    }

    private void BeginTurn(long time)
    {
        now = time;
        turns++;
        if (body is null && suspended)
            beginsOnResume = true;
        else if (body is null)
            Begin();
    }

    private void Begin()
    {
        try
        {
            body = entry is null
                ? Task.FromException<object?>(new InvalidOperationException(Failures.OrchestratorNotFound(row.Name).ErrorMessage))
                : entry.Body(this);
        }
        catch (Exception error)
        {
            body = Task.FromException<object?>(error);
        }
    }

    private void Resume()
    {
        suspended = false;
        if (beginsOnResume)
        {
            beginsOnResume = false;
            Begin();
            sync.Drain();
        }

        foreach (var message in held)
            DeliverNow(message);
        held.Clear();
    }

    private void Conclude(Task whole)
    {
        if (Mismatch is not null || body is null)
            return;
        if (IsOver || (whole.IsFaulted && !body.IsCompleted))
        {
            if (whole.IsCompleted)
                Finish(whole);
            else
                Stuck = true; // a wrapper that awaits something of its own
        }
        else if (!body.IsCompleted && open.Count == 0 && events is not { AnyWaiting: true })
        {
            Stuck = true;
        }

        if (replay is not null && Mismatch is null)
            CheckEnd();
    }

    private void Finish(Task whole)
    {
        try
        {
            entities?.Leave();
            whole.GetAwaiter().GetResult();
            End = startsOver is { } over
                ? new Event(EventKind.ContinuedAsNew) { Text = over.Input, Version = over.Version }
                : new Event(EventKind.Completed)
                {
                    Text = body!.IsCompletedSuccessfully ? converter.Serialize(body.Result) : null,
                };
        }
        catch (Exception error)
        {
            End = new Event(EventKind.Failed)
            {
                Failure = entry is null ? Failures.OrchestratorNotFound(row.Name) : Failures.Of(error),
            };
        }
    }

    // Only strict mode replays a generation that has ended.
    private void CheckEnd()
    {
        var position = replay!.Position;
        var recorded = replay.Read();
        replay = null;
        if (End is null || End.Kind != recorded.Kind || End.Text != recorded.Text)
            Mismatch = NonDeterminismException.Of(row, asked, position, recorded, End);
    }

    /// <summary>Asks for something: notes it, or in replay sees whether it was asked for before. Answers its number.</summary>
    private int Ask(
        EventKind kind,
        string? name = null,
        string? target = null,
        string? text = null,
        long time = 0,
        string? version = null,
        IReadOnlyDictionary<string, string>? tags = null)
    {
        RequireTurn();
        if (Mismatch is not null)
            throw Mismatch;
        var id = nextId++;
        asked++;
        if (replay is null && version is null && tags is null)
        {
            commit!.History.Write(kind, id, name, target, text, time);
            return id;
        }

        var action = new Event(kind)
        {
            Id = id,
            Name = name,
            Target = target,
            Text = text,
            Time = time,
            Version = version,
            Tags = tags,
        };
        if (replay is null)
            commit!.History.Write(action);
        else
            Match(action);
        return id;
    }

    private void Match(Event action)
    {
        var position = replay!.Position;
        var recorded = replay.Peek() is { } kind && (kind.IsAction() || kind.IsEnd()) ? replay.Read() : null;
        if (recorded is null || !IsSame(recorded, action))
            throw Mismatch = NonDeterminismException.Of(row, asked - 1, position, recorded, action);
    }

    // Names as they are found: without case. Payloads count only where non-determinism is being looked for.
    private bool IsSame(Event recorded, Event action) =>
        recorded.Kind == action.Kind
        && string.Equals(recorded.Name, action.Name, StringComparison.OrdinalIgnoreCase)
        && recorded.Target == action.Target
        && (!engine.Options.StrictReplay || (recorded.Text == action.Text && recorded.Time == action.Time));

    private void RequireTurn()
    {
        if (IsOnTurn)
            return;
        OutsideCall();
        throw new InvalidOperationException(Failures.IllegalAwait);
    }

    /// <summary>Code of this orchestrator runs outside its turns.</summary>
    internal void OutsideCall() =>
        engine.Send(row.Id, new Event(EventKind.IllegalAsync) { Epoch = row.Key });

    private sealed record StartOver(string? Input, string? Version, bool PreserveEvents);

    /// <summary>What one turn is given.</summary>
    /// <param name="Commit">Takes what the turn causes; null when the turn only replays.</param>
    /// <param name="History">To replay first; empty when the execution is live already.</param>
    /// <param name="Time">UTC ticks; 0 = the orchestrator does not run, events are only noted.</param>
    /// <param name="Incoming">What is new, in order.</param>
    internal readonly record struct Turn(
        InstanceCommit? Commit, ReadOnlyMemory<byte> History, long Time, IReadOnlyList<Event> Incoming);
}
