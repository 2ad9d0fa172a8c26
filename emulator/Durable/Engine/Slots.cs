using System.Collections.Concurrent;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>Work items for the thread pool, at most so many at a time. Whoever ends one releases its slot.</summary>
internal sealed class Slots(int max)
{
    private readonly ConcurrentQueue<IThreadPoolWorkItem> waiting = new();
    private readonly TaskCompletionSource idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool closed;
    private int taken;

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

            if (Interlocked.Decrement(ref taken) == 0 && closed)
                idle.TrySetResult();
            if (waiting.IsEmpty || closed || !TryTake())
                return;
        }
    }

    /// <summary>Starts nothing any more; what waits is dropped.</summary>
    /// <returns>Ends when nothing runs.</returns>
    public Task CloseAsync()
    {
        closed = true;
        if (Volatile.Read(ref taken) == 0)
            idle.TrySetResult();
        return idle.Task;
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
