using System.Threading.Channels;

namespace Tasklane.Testbed;

/// <summary>What a test waits on instead of sleeping: the code under test sends, the test takes the next value.</summary>
/// <param name="name">Named in the error when nothing comes.</param>
public sealed class Signal<T>(string name)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private readonly Channel<T> values = Channel.CreateUnbounded<T>();

    public void Send(T value) => values.Writer.TryWrite(value);

    /// <summary>The next value, in the order they were sent; every value is handed out once.</summary>
    /// <exception cref="TimeoutException">Nothing was sent within <paramref name="within"/> (30 s when not given).</exception>
    public async Task<T> NextAsync(TimeSpan? within = null, CancellationToken ct = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(within ?? Limit);
        try
        {
            return await values.Reader.ReadAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new TimeoutException($"The signal '{name}' was not sent within {within ?? Limit}.");
        }
    }

    /// <summary>Takes values until one matches, which it returns; the others are dropped.</summary>
    public async Task<T> UntilAsync(Func<T, bool> matches, TimeSpan? within = null, CancellationToken ct = default)
    {
        while (true)
        {
            var value = await NextAsync(within, ct).ConfigureAwait(false);
            if (matches(value)) return value;
        }
    }

    /// <summary>A value that was sent and not yet taken, without waiting.</summary>
    public bool TryNext(out T? value) => values.Reader.TryRead(out value);
}

/// <summary>A gate that opens once and stays open.</summary>
/// <param name="name">Named in the error when it does not open.</param>
public sealed class Signal(string name)
{
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsSent => opened.Task.IsCompleted;

    public void Send() => opened.TrySetResult();

    /// <exception cref="TimeoutException">It was not sent within <paramref name="within"/> (30 s when not given).</exception>
    public async Task WaitAsync(TimeSpan? within = null, CancellationToken ct = default)
    {
        var limit = within ?? TimeSpan.FromSeconds(30);
        try
        {
            await opened.Task.WaitAsync(limit, ct).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"The signal '{name}' was not sent within {limit}.");
        }
    }
}
