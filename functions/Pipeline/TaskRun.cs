using System.Text;
using System.Text.Json;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>Why a handler was told to stop; the first reason stays.</summary>
internal enum StopReason
{
    None,
    Cancelled,
    Timeout,
    Shutdown,
    Lost,
    Overrun,
}

/// <summary>One slice of a running task, as its handler and the heartbeat see it.</summary>
internal sealed class TaskRun : ITaskRun, IAsyncDisposable
{
    private readonly ITaskStore _store;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _stopAsked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _shutdown;
    private readonly ITimer _timeout;
    private readonly ITimer? _overrun;
    private readonly Reporter _reporter;
    private readonly long _sliceEnds;
    private string? _checkpoint;
    private int _reason;

    /// <param name="longest">How long the slice may last; null = for ever.</param>
    public TaskRun(
        TaskRecord task, string? checkpoint, ITaskStore store, TasklaneOptions options, TimeSpan? longest, TimeProvider time, Action ring, CancellationToken shutdown)
    {
        (Task, Time, _store, _checkpoint) = (task, time, store, checkpoint);
        Held = new Held(task.Id, task.Fence);
        _sliceEnds = time.GetTimestamp() + (long)(options.SliceSeconds * time.TimestampFrequency);
        _reporter = new Reporter(store, Held, time, Heard) { Ring = ring };
        // The timeout is the attempt's: slices after the first have only what is left of it. It begins anew where the task had to wait for others.
        var since = task.StartedAt > task.DueAt ? task.StartedAt.Value : task.DueAt;
        var left = since + TimeSpan.FromSeconds(task.TimeoutSeconds) - time.GetUtcNow();
        _timeout = time.CreateTimer(static run => ((TaskRun)run!).Stop(StopReason.Timeout), this,
            left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        _overrun = longest is not { } most ? null
            : time.CreateTimer(static run => ((TaskRun)run!).Stop(StopReason.Overrun), this, most, Timeout.InfiniteTimeSpan);
        _shutdown = shutdown.UnsafeRegister(static run => ((TaskRun)run!).Stop(StopReason.Shutdown), this);
    }

    public TaskRecord Task { get; }

    public Held Held { get; }

    public TimeProvider Time { get; }

    public int Attempt => Task.Attempt;

    public CancellationToken Cancellation => _stop.Token;

    public bool SliceIsOver => Time.GetTimestamp() >= _sliceEnds;

    /// <summary>The slice has saved a checkpoint: another attempt begins where this one did not.</summary>
    public bool HasGotOn { get; private set; }

    /// <summary>Ends when the handler is told to stop.</summary>
    public Task StopAsked => _stopAsked.Task;

    public StopReason StopReason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>Tells the handler to stop; later reasons are ignored.</summary>
    public void Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) != (int)StopReason.None)
            return;
        _stopAsked.TrySetResult();
        // On the pool: a handler's callback may block, and the caller is the heartbeat of every other task.
        _ = System.Threading.Tasks.Task.Run(() => _stop.Cancel());
    }

    /// <summary>What the store answered to a sign of life.</summary>
    public void Heard(Hold hold)
    {
        if (hold == Hold.CancelRequested)
            Stop(StopReason.Cancelled);
        else if (hold == Hold.Lost)
            Stop(StopReason.Lost);
    }

    /// <summary>The handler did not stop in time: whatever it still says is dropped.</summary>
    public void Abandon() => _reporter.Close();

    /// <summary>Sends what has been reported and not yet sent.</summary>
    public Task FlushAsync() => _reporter.FlushAsync();

    public void ReportProgress(long current, long total, string? message = null) =>
        _reporter.Report(TaskProgress.Of(current, total, message));

    public void Log(TaskLogLevel level, string message) => _reporter.Log(new TaskLogLine(Time.GetUtcNow(), level, message));

    public T? GetCheckpoint<T>() => _checkpoint is null ? default : JsonSerializer.Deserialize<T>(_checkpoint, HandlerJson.Options);

    public async Task SaveCheckpointAsync<T>(T checkpoint)
    {
        var json = JsonSerializer.Serialize(checkpoint, HandlerJson.Options);
        if (Encoding.UTF8.GetByteCount(json) is var bytes && bytes > TaskLimits.MaxPayloadBytes)
            throw new TaskFailedException("checkpoint_too_large", $"The checkpoint has {bytes} bytes, more than {TaskLimits.MaxPayloadBytes}.", retry: false);
        await OwnAsync(_store.SaveCheckpointAsync(Held, json, Cancellation));
        _checkpoint = json;
        HasGotOn = true;
    }

    public Task WriteFileChunkAsync(int index, ReadOnlyMemory<byte> bytes) =>
        OwnAsync(_store.WriteFileChunkAsync(Held, index, bytes, Cancellation));

    public async ValueTask DisposeAsync()
    {
        await _timeout.DisposeAsync();
        if (_overrun is not null)
            await _overrun.DisposeAsync();
        await _shutdown.DisposeAsync();
        _reporter.Close();
    }

    private async Task OwnAsync(Task write)
    {
        try
        {
            await write;
        }
        catch (TaskException lost) when (lost.Code is TaskErrors.LeaseLost or TaskErrors.NotFound)
        {
            Stop(StopReason.Lost);
            throw new OperationCanceledException("Another worker has taken this task over.", lost, Cancellation);
        }
    }
}
