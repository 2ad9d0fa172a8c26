using System.Collections.Concurrent;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>
/// Wakes the listeners of a queue when this host has written to it, so that nobody waits for the next look at it. As the real host's
/// shared watcher does; messages of others are found by looking.
/// </summary>
internal sealed class QueueBells
{
    private readonly ConcurrentDictionary<Uri, Action> _listeners = new();

    public void Listen(Uri queue, Action wake) => _listeners.AddOrUpdate(queue, wake, (_, before) => before + wake);

    public void Ring(Uri queue)
    {
        if (_listeners.TryGetValue(queue, out var wake))
            wake();
    }
}
