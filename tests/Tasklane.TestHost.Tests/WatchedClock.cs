using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Tasklane.TestHost.Tests;

/// <summary>A clock that a test moves once somebody waits on it: moved earlier, it would pass by what is not waiting yet.</summary>
public sealed class WatchedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new WatchedTimer(base.CreateTimer(callback, state, dueTime, period), _waits.Writer);
        _waits.Writer.TryWrite(dueTime);
        return timer;
    }

    /// <summary>
    /// Waits for a timer of this length to be set, then moves the clock to its end. The host cuts waits into 12 hours, and its durable
    /// engine looks for what comes two and a half minutes ahead.
    /// </summary>
    public async Task AdvanceToAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        TimeSpan[] sought = wait > TimeSpan.FromHours(12) ? [TimeSpan.FromHours(12)] : [wait, wait - TimeSpan.FromSeconds(150)];
        var seen = new List<TimeSpan>();
        while (seen.Count == 0 || !sought.Contains(seen[^1]))
        {
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            giveUp.CancelAfter(TimeSpan.FromSeconds(10));
            try
            {
                seen.Add(await _waits.Reader.ReadAsync(giveUp.Token));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"Nobody waits {wait}; waits were: {string.Join(", ", seen)}.");
            }
        }

        Advance(wait);
    }

    private sealed class WatchedTimer(ITimer timer, ChannelWriter<TimeSpan> waits) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = timer.Change(dueTime, period);
            waits.TryWrite(dueTime);
            return changed;
        }

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
