using System.Collections.Concurrent;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>
/// Work items for the thread pool, at most so many at a time. Whoever ends one releases its slot, or gives it up early when what it waits
/// for has limits of its own.
/// </summary>
internal sealed class Slots(int max)
{
    private readonly ConcurrentQueue<IThreadPoolWorkItem> waiting = new();
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool closed;
    private int taken;
    private int withoutSlot;

    /// <summary>How many run, or wait for the pool to begin.</summary>
    public int Taken => Volatile.Read(ref taken);

    public void Enqueue(IThreadPoolWorkItem item)
    {
        if (closed)
            return;
        if (TryTake())
        {
            ThreadPool.UnsafeQueueUserWorkItem(item, preferLocal: false);
            return;
        }

        waiting.Enqueue(item);

        // A slot may have come free between the look and the enqueue, with nobody left to see the item.
        if (TryTake())
            Release();
    }

    public void Release()
    {
        while (true)
        {
            if (!closed && waiting.TryDequeue(out var next))
            {
                ThreadPool.UnsafeQueueUserWorkItem(next, preferLocal: false);
                return;
            }

            if (Interlocked.Decrement(ref taken) == 0)
                TellIdle();
            if (waiting.IsEmpty || closed || !TryTake())
                return;
        }
    }

    /// <summary>Lets others have the slot of an item that goes on. Its end is told by <see cref="EndWithoutSlot"/>.</summary>
    public void GiveUpSlot()
    {
        Interlocked.Increment(ref withoutSlot);
        Release();
    }

    public void EndWithoutSlot()
    {
        if (Interlocked.Decrement(ref withoutSlot) == 0)
            TellIdle();
    }

    /// <summary>Starts nothing any more; what waits is dropped.</summary>
    /// <returns>Ends when nothing runs.</returns>
    public Task CloseAsync()
    {
        closed = true;
        TellIdle();
        return idle.Task;
    }

    // Counted first without a slot and then released, so one of the two is never 0 while an item goes on.
    private void TellIdle()
    {
        if (closed && Volatile.Read(ref taken) == 0 && Volatile.Read(ref withoutSlot) == 0)
            idle.TrySetResult();
    }

    private bool TryTake()
    {
        while (true)
        {
            var now = Volatile.Read(ref taken);
            if (now >= max)
                return false;
            if (Interlocked.CompareExchange(ref taken, now + 1, now) == now)
                return true;
        }
    }
}
