using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>
/// Something with an id that takes its messages one batch at a time: an orchestration or an entity. Its state is touched only
/// inside <see cref="Handle"/>, so it needs no locks. An actor that has nothing to do closes and leaves memory; the next
/// message makes a new one, which loads itself.
/// </summary>
internal abstract class Actor(DurableEngine engine, string id) : IThreadPoolWorkItem
{
    private static readonly Event Closed = new(EventKind.Evict);

    // A stack of messages linked by Event.Next, newest first. Pushing and taking all is one exchange each.
    private Event? mailbox;
    private int scheduled;

    public string Id { get; } = id;

    protected DurableEngine Engine { get; } = engine;

    /// <returns>False when the actor has closed: look it up again.</returns>
    public bool Post(Event message)
    {
        Event? newest;
        do
        {
            newest = Volatile.Read(ref mailbox);
            if (newest == Closed)
                return false;
            message.Next = newest;
        }
        while (Interlocked.CompareExchange(ref mailbox, message, newest) != newest);

        if (Interlocked.Exchange(ref scheduled, 1) == 0)
            Engine.Turns.Enqueue(this);
        return true;
    }

    public void Execute()
    {
        try
        {
            Handle(TakeAll());
        }
        catch (Exception error)
        {
            Engine.Broken(this, error);
        }

        LetGo();
        Engine.Turns.Release();
    }

    /// <summary>Takes in messages, the oldest first, linked by <see cref="Event.Next"/>.</summary>
    protected abstract void Handle(Event? messages);

    /// <summary>Whether there is nothing that only memory knows.</summary>
    protected abstract bool CanClose();

    /// <summary>Leaves memory if nothing has come in. Only from <see cref="Handle"/>, as the last thing.</summary>
    protected void CloseIfIdle()
    {
        if (CanClose() && Interlocked.CompareExchange(ref mailbox, Closed, null) is null)
            Engine.Forget(this);
    }

    /// <summary>The same from outside, for instance once the last commit is through.</summary>
    protected void CloseFromOutside()
    {
        if (Volatile.Read(ref mailbox) is not null || Interlocked.Exchange(ref scheduled, 1) != 0)
            return;
        CloseIfIdle();
        LetGo();
    }

    // What came in meanwhile found the actor taken, so it is up to the one who had it. Closed is for good.
    private void LetGo()
    {
        Interlocked.Exchange(ref scheduled, 0);
        var waiting = Volatile.Read(ref mailbox);
        if (waiting is not null && waiting != Closed && Interlocked.Exchange(ref scheduled, 1) == 0)
            Engine.Turns.Enqueue(this);
    }

    private Event? TakeAll()
    {
        Event? oldest = null;
        for (var next = Interlocked.Exchange(ref mailbox, null); next is not null;)
        {
            var older = next.Next;
            next.Next = oldest;
            oldest = next;
            next = older;
        }

        return oldest;
    }
}
