using System.Collections.Immutable;

namespace Tasklane.Emulator.Testing;

/// <summary>Things in the order they came, for tests that read them or wait for one.</summary>
internal sealed class CapturedSequence<T>
{
    private static readonly TimeSpan _defaultTimeout = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly List<(Func<T, bool> Condition, TaskCompletionSource<T> Found)> _waiting = [];
    private ImmutableList<T> _items = [];

    public ImmutableList<T> Snapshot() => Volatile.Read(ref _items);

    public void Add(T item)
    {
        lock (_lock)
        {
            _items = _items.Add(item);
            _waiting.RemoveAll(wait => Meets(item, wait.Condition, wait.Found));
        }
    }

    // A condition that throws is its test's failure, not the host's.
    private static bool Meets(T item, Func<T, bool> condition, TaskCompletionSource<T> found)
    {
        try
        {
            return condition(item) && found.TrySetResult(item);
        }
        catch (Exception e)
        {
            return found.TrySetException(e);
        }
    }

    public void Clear()
    {
        lock (_lock)
            _items = [];
    }

    public async Task<T> WaitAsync(Func<T, bool> condition, string what, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        var found = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            foreach (var item in _items)
            {
                if (condition(item))
                    return item;
            }

            _waiting.Add((condition, found));
        }

        var limit = timeout ?? _defaultTimeout;
        try
        {
            return await found.Task.WaitAsync(limit, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException)
        {
            var seen = Snapshot();
            throw new TimeoutException(seen.Count == 0
                ? $"No such {what} within {limit.TotalSeconds:0.#} s; there was none at all."
                : $"No such {what} within {limit.TotalSeconds:0.#} s. There were:{string.Concat(seen.TakeLast(20).Select(item => Environment.NewLine + item))}");
        }
        finally
        {
            found.TrySetCanceled(CancellationToken.None);
            lock (_lock)
                _waiting.RemoveAll(wait => wait.Found == found);
        }
    }
}
