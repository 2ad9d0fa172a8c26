using Microsoft.DurableTask;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>
/// External events by name, without case. Early ones wait in a queue. Of several waiters the newest gets the next event; a
/// cancelled waiter keeps its place and swallows the event that reaches it.
/// </summary>
internal sealed class ExternalEvents
{
    private readonly Dictionary<string, Named> names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether some waiter still waits.</summary>
    public bool AnyWaiting => names.Values.Any(named => named.Waiters.Any(waiter => waiter.IsWaiting));

    /// <summary>Events that came for nobody, oldest first within a name.</summary>
    public IEnumerable<(string Name, string? Data)> Unprocessed =>
        from named in names.Values from data in named.Early select (named.Name, data);

    /// <exception cref="ArgumentException">The name is waited for with another type.</exception>
    public EventWaiter<T> Wait<T>(string name, DataConverter converter)
    {
        if (!names.TryGetValue(name, out var named))
            names[name] = named = new Named(name);
        if (named.Waiters.TryPeek(out var newest) && newest.Type != typeof(T))
        {
            throw new ArgumentException(
                "Events with the same name must have the same type argument. Expected "
                + $"{newest.Type.FullName} but was requested {typeof(T).FullName}.");
        }

        var waiter = new EventWaiter<T>();
        if (named.Early.TryDequeue(out var data))
            waiter.Complete(data, converter);
        else
            named.Waiters.Push(waiter);
        return waiter;
    }

    public void Raise(string name, string? data, DataConverter converter)
    {
        if (!names.TryGetValue(name, out var named))
            names[name] = named = new Named(name);
        if (named.Waiters.TryPop(out var newest))
            newest.Complete(data, converter);
        else
            named.Early.Enqueue(data);
    }

    internal interface IEventWaiter
    {
        Type Type { get; }

        bool IsWaiting { get; }

        void Complete(string? data, DataConverter converter);
    }

    internal sealed class EventWaiter<T> : TaskCompletionSource<T>, IEventWaiter
    {
        public Type Type => typeof(T);

        public bool IsWaiting => !Task.IsCompleted;

        public void Complete(string? data, DataConverter converter)
        {
            try
            {
                TrySetResult(converter.Deserialize<T>(data)!);
            }
            catch (Exception error) when (!Task.IsCompleted)
            {
                TrySetException(error);
            }
        }
    }

    private sealed class Named(string name)
    {
        public string Name => name;

        public Stack<IEventWaiter> Waiters { get; } = new();

        public Queue<string?> Early { get; } = new();
    }
}
