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

    /// <summary>Waits for a timer of this length to be set, then moves the clock to its end.</summary>
    public async Task AdvanceToAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        while (await _waits.Reader.ReadAsync(cancellationToken) != wait)
        {
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
