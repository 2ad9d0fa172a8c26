using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>
/// Sends a run's progress and log lines to the store, at most ten times a second, one send at a time; of progress only the
/// latest counts. A send that fails because the store is away keeps its lines for the next one.
/// </summary>
internal sealed class Reporter(ITaskStore store, Held held, TimeProvider time, Action<Hold> heard)
{
    private const int MaxMessage = 8 * 1024;
    private const int MaxBuffered = 2_000;
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private TaskProgress? _progress;
    private List<TaskLogLine> _lines = [];
    private int _dropped;
    private Task _sending = Task.CompletedTask;
    private long _lastSent;
    private TaskCompletionSource _flush = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _failed;
    private bool _closed;

    /// <summary>Called when the store says that the event pump sleeps.</summary>
    public Action? Ring { get; init; }

    public void Report(TaskProgress progress)
    {
        lock (_lock)
        {
            _progress = progress;
            Kick();
        }
    }

    public void Log(TaskLogLine line)
    {
        line = line with { Message = Characters.Cut(line.Message, MaxMessage) };
        lock (_lock)
        {
            if (_lines.Count < MaxBuffered)
                _lines.Add(line);
            else
                _dropped++;
            Kick();
        }
    }

    /// <summary>Nothing is taken any more.</summary>
    public void Close()
    {
        lock (_lock)
            _closed = true;
    }

    /// <summary>Sends what is left, at once; a store that is away does not hold up the end, which will find out by itself.</summary>
    public async Task FlushAsync()
    {
        while (true)
        {
            Task sending;
            lock (_lock)
            {
                if (_closed || (_progress is null && _lines.Count == 0))
                    return;
                sending = _sending;
                if (sending.IsCompleted)
                    sending = _sending = SendAsync(TimeSpan.Zero);
                else
                    _flush.TrySetResult();
            }
            await sending;
            lock (_lock)
            {
                if (_failed)
                    return;
            }
        }
    }

    private void Kick()
    {
        if (_closed || !_sending.IsCompleted)
            return;
        var since = _lastSent == 0 ? _interval : time.GetElapsedTime(_lastSent);
        _sending = SendAsync(since >= _interval ? TimeSpan.Zero : _interval - since);
    }

    private async Task SendAsync(TimeSpan wait)
    {
        // Off the handler's thread: a report is cheap for who makes it.
        await Task.Yield();
        while (true)
        {
            if (wait > TimeSpan.Zero)
                await Task.WhenAny(Task.Delay(wait, time), _flush.Task);

            TaskProgress? progress;
            List<TaskLogLine> lines;
            lock (_lock)
            {
                if (_closed)
                    return;
                (progress, lines, _progress, _lines) = (_progress, _lines, null, []);
                if (_dropped > 0)
                    lines.Add(new TaskLogLine(time.GetUtcNow(), TaskLogLevel.Warning, $"{_dropped} log lines were dropped: more than {MaxBuffered} within {_interval.TotalMilliseconds} ms."));
                _dropped = 0;
                _flush = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            try
            {
                var reported = await store.ReportAsync(held, progress, lines, CancellationToken.None);
                _failed = false;
                heard(reported.Hold);
                if (reported.Ring)
                    Ring?.Invoke();
            }
            catch (TaskException away) when (away.IsOutage)
            {
                lock (_lock)
                {
                    _failed = true;
                    _progress ??= progress;
                    if (_lines.Count + lines.Count <= MaxBuffered)
                        _lines.InsertRange(0, lines);
                }
            }

            lock (_lock)
            {
                _lastSent = time.GetTimestamp();
                if (_failed || (_progress is null && _lines.Count == 0))
                {
                    _sending = Task.CompletedTask;
                    return;
                }
                wait = _interval;
            }
        }
    }
}
