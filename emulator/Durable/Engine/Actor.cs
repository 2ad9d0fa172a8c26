namespace Tasklane.Emulator.Durable.Engine;

/// <summary>
/// Something with an id that takes its messages one batch at a time: an orchestration or an entity. Its state is touched only
/// inside <see cref="Handle"/> and <see cref="Resume"/>, never by two at once, so it needs no locks. An actor that has nothing to do
/// closes and leaves memory; the next message makes a new one, which loads itself.
/// </summary>
internal abstract class Actor(DurableEngine engine, string id) : IThreadPoolWorkItem
{
    private static readonly Message _closed = new(MessageKind.Evict);

    // A stack of messages linked by Message.Next, newest first. Pushing and taking all is one exchange each.
    private Message? _mailbox;
    private int _scheduled;

    /// <summary>A worker with limits of its own is at it, so it holds none of the engine's slots.</summary>
    private bool _withoutSlot;

    public string Id { get; } = id;

    protected DurableEngine Engine { get; } = engine;

    /// <returns>False when the actor has closed: look it up again.</returns>
    public bool Post(Message message)
    {
        Message? newest;
        do
        {
            newest = Volatile.Read(ref _mailbox);
            if (newest == _closed)
                return false;
            message.Next = newest;
        }
        while (Interlocked.CompareExchange(ref _mailbox, message, newest) != newest);

        if (Interlocked.Exchange(ref _scheduled, 1) == 0)
            Engine.Turns.Enqueue(this);
        return true;
    }

    public void Execute()
    {
        var done = true;
        try
        {
            done = Handle(TakeAll());
        }
        catch (Exception error)
        {
            Engine.Broken(this, error);
        }

        if (done)
            End();
    }

    /// <summary>Takes in messages, the oldest first, linked by <see cref="Message.Next"/>.</summary>
    /// <returns>
    /// False when a worker is at it: the actor stays taken, messages gather, and <see cref="Resume"/> goes on.
    /// </returns>
    protected abstract bool Handle(Message? messages);

    /// <summary>
    /// Before waiting for a worker that says itself how much it takes. Its work may wait for long, also for a worker that is not there,
    /// and must not keep others from theirs.
    /// </summary>
    protected void GiveUpSlot()
    {
        if (_withoutSlot)
            return;
        _withoutSlot = true;
        Engine.Turns.GiveUpSlot();
    }

    /// <summary>Goes on after a worker's answer, whoever brings it.</summary>
    /// <param name="step">What <see cref="Handle"/> would have done; false when a worker is at it again.</param>
    protected void Resume(Func<bool> step)
    {
        var done = true;
        try
        {
            done = step();
        }
        catch (Exception error)
        {
            Engine.Broken(this, error);
        }

        if (done)
            End();
    }

    /// <summary>Whether there is nothing that only memory knows.</summary>
    protected abstract bool CanClose();

    /// <summary>Leaves memory if nothing has come in. Only as the last thing of a step.</summary>
    protected void CloseIfIdle()
    {
        if (CanClose() && Interlocked.CompareExchange(ref _mailbox, _closed, null) is null)
            Engine.Forget(this);
    }

    /// <summary>The same from outside, for instance once the last commit is through.</summary>
    protected void CloseFromOutside()
    {
        if (Volatile.Read(ref _mailbox) is not null || Interlocked.Exchange(ref _scheduled, 1) != 0)
            return;
        CloseIfIdle();
        LetGo();
    }

    private void End()
    {
        // Read before letting go: the next one to have the actor sets it for itself.
        var withoutSlot = _withoutSlot;
        _withoutSlot = false;
        LetGo();
        if (withoutSlot)
            Engine.Turns.EndWithoutSlot();
        else
            Engine.Turns.Release();
    }

    // What came in meanwhile found the actor taken, so it is up to the one who had it. Closed is for good.
    private void LetGo()
    {
        Interlocked.Exchange(ref _scheduled, 0);
        var waiting = Volatile.Read(ref _mailbox);
        if (waiting is not null && waiting != _closed && Interlocked.Exchange(ref _scheduled, 1) == 0)
            Engine.Turns.Enqueue(this);
    }

    private Message? TakeAll()
    {
        Message? oldest = null;
        for (var next = Interlocked.Exchange(ref _mailbox, null); next is not null;)
        {
            var older = next.Next;
            next.Next = oldest;
            oldest = next;
            next = older;
        }

        return oldest;
    }
}
