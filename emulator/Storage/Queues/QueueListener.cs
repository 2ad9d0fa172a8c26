using System.Collections.Concurrent;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Worker;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>What a listener reads and where it puts what it gives up.</summary>
/// <param name="Who">For sentences: `the trigger of 'Functions.X'`.</param>
/// <param name="Account">Where the queue lies.</param>
/// <param name="Queue">The queue; created when missing.</param>
/// <param name="Poison">
/// The queue for a message that failed too often; null for none: the message then stays hidden until its time is over.
/// </param>
/// <param name="Settings">Batch sizes and pauses.</param>
internal sealed record QueueSource(
    string Who, StorageAccount Account, QueueClient Queue, Func<LeasedMessage, QueueClient?> Poison, QueueSettings Settings);

/// <summary>
/// Reads a queue as the real host does: batches up to a number that runs side by side, each message hidden while it runs, deleted on
/// success, visible again after a failure, moved to the poison queue after too many; longer and longer pauses while the queue is empty.
/// </summary>
internal sealed partial class QueueListener(
    QueueSource source, Func<LeasedMessage, CancellationToken, Task> run, WorkerSupervisor worker, StorageTimes times, StorageHealth health, ILogger log)
    : IDisposable
{
    private static readonly TimeSpan _workerPause = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<LeasedMessage, Task> _running = new();
    private readonly SemaphoreSlim _bell = new(0, 1);
    private readonly SemaphoreSlim _ended = new(0, 1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _cancelling = new();
    private readonly CancellationTokenSource _abandoned = new();
    private Task _listening = Task.CompletedTask;

    public void Start() => _listening = Task.Run(ListenAsync);

    /// <summary>Looks at the queue now instead of after its pause.</summary>
    public void Wake() => Signal(_bell);

    /// <summary>Fetches no more; what runs ends, or is cancelled after its grace, or is released for the next host.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _listening;
        if (!await EndedWithinAsync(times.DrainGrace))
        {
            await _cancelling.CancelAsync();
            if (!await EndedWithinAsync(times.CancelGrace))
            {
                // A store that is away must not hold up the end: the messages then come again when their leases end.
                var released = _running.Keys.Select(message => TryAsync(message, () => message.ReleaseAsync(TimeSpan.Zero)));
                await Task.WhenAny(Task.WhenAll(released), Task.Delay(times.CancelGrace, TimeProvider.System));
            }
        }

        await _abandoned.CancelAsync();
        health.Stopped();
    }

    /// <summary>Leaves everything as it lies, as a killed process does.</summary>
    public void Abandon()
    {
        _abandoned.Cancel();
        _stopping.Cancel();
    }

    // Nothing here holds a handle, and what was abandoned may still look at its tokens.
    public void Dispose() => Abandon();

    private async Task ListenAsync()
    {
        var exists = false;
        var pause = QueueSettings.ShortestPollingInterval;
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                while (_running.Count > source.Settings.NewBatchThreshold)
                    await _ended.WaitAsync(_stopping.Token);

                // A message fetched while the worker starts again would count as tried.
                while (worker.Session.Transport.Ended.IsCompleted)
                    await Task.Delay(_workerPause, TimeProvider.System, _stopping.Token);
                if (!exists)
                {
                    await source.Queue.CreateIfNotExistsAsync(cancellationToken: _stopping.Token);
                    exists = true;
                }

                var until = TimeProvider.System.GetUtcNow() + times.Lease;
                var messages = await source.Queue.ReceiveMessagesAsync(source.Settings.BatchSize, times.Lease, _stopping.Token);
                health.Answered();
                foreach (var message in messages.Value)
                    Begin(message, until);
                if (messages.Value.Length > 0)
                {
                    pause = QueueSettings.ShortestPollingInterval;
                    continue;
                }

                if (await _bell.WaitAsync(Jittered(pause), _stopping.Token))
                    pause = QueueSettings.ShortestPollingInterval;
                else
                    pause = pause * 2 < source.Settings.MaxPollingInterval ? pause * 2 : source.Settings.MaxPollingInterval;
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (exists && StorageAccount.IsNotFound(e))
            {
                // Somebody deleted the queue.
                exists = false;
            }
            catch (Exception e)
            {
                var wait = health.Failed(e);
                await Task.Delay(wait, TimeProvider.System, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // A fifth less or more, so that several hosts do not look at the same moments.
    private static TimeSpan Jittered(TimeSpan pause) => pause * (0.8 + (Random.Shared.NextDouble() * 0.4));

    private void Begin(QueueMessage message, DateTimeOffset until)
    {
        var valid = QueueText.TryDecode(message.MessageText, source.Settings.IsBase64, out var body);
        var leased = new LeasedMessage(source.Queue, message, times, until) { Body = body };
        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _running[leased] = EndAsync(begin.Task, leased, valid);
        begin.SetResult();
    }

    private async Task EndAsync(Task begin, LeasedMessage message, bool valid)
    {
        await begin;
        await TryAsync(message, () => valid ? HandleAsync(message) : RefuseAsync(message));
        _running.TryRemove(message, out _);
        Signal(_ended);
    }

    private async Task RefuseAsync(LeasedMessage message)
    {
        LogNotBase64(log, message.Message.MessageId, source.Queue.Name);
        if (source.Poison(message) is { } poison)
            await message.MoveAsync(poison);
    }

    private async Task HandleAsync(LeasedMessage message)
    {
        var count = message.Message.DequeueCount;
        if (count > source.Settings.MaxDequeueCount && source.Poison(message) is { } full)
        {
            await MoveAsync(message, full);
            return;
        }

        if (await SucceedsAsync(message))
        {
            await message.DeleteAsync();
        }
        else if (_abandoned.IsCancellationRequested)
        {
            return;
        }
        else if (_stopping.IsCancellationRequested)
        {
            // It may have failed only because it was told to stop.
            await message.ReleaseAsync(TimeSpan.Zero);
        }
        else if (source.Poison(message) is { } poison)
        {
            if (count >= source.Settings.MaxDequeueCount)
            {
                await MoveAsync(message, poison);
                return;
            }

            await message.ReleaseAsync(source.Settings.VisibilityTimeout);
            if (source.Settings.VisibilityTimeout == TimeSpan.Zero)
                Wake();
        }
    }

    private async Task<bool> SucceedsAsync(LeasedMessage message)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(_abandoned.Token);
        var renewing = message.RenewAsync(e => LogNotRenewed(log, message.Message.MessageId, source.Queue.Name, StorageAccount.Reason(e)), done.Token);
        try
        {
            await run(message, _cancelling.Token);
            return !_abandoned.IsCancellationRequested;
        }
        catch (Exception)
        {
            // Logged by the invoker.
            return false;
        }
        finally
        {
            await done.CancelAsync();
            await renewing;
        }
    }

    private async Task MoveAsync(LeasedMessage message, QueueClient poison)
    {
        LogPoison(log, source.Settings.MaxDequeueCount, poison.Name);
        await message.MoveAsync(poison);
    }

    private async Task TryAsync(LeasedMessage message, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e)
        {
            LogComesAgain(log, message.Message.MessageId, source.Queue.Name, StorageAccount.Reason(e));
        }
    }

    private async Task<bool> EndedWithinAsync(TimeSpan limit)
    {
        var all = Task.WhenAll(_running.Values);
        await Task.WhenAny(all, Task.Delay(limit, TimeProvider.System));
        return all.IsCompleted;
    }

    private static void Signal(SemaphoreSlim signal)
    {
        try
        {
            signal.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is signalled already.
        }
    }

    [LoggerMessage(Level = LogLevel.Error,
        Message = "The message {Id} of the queue '{Queue}' is not base64 as messageEncoding says; it goes to the poison queue.")]
    private static partial void LogNotBase64(ILogger logger, string id, string queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Message has reached MaxDequeueCount of {Count}. Moving message to queue '{Queue}'.")]
    private static partial void LogPoison(ILogger logger, int count, string queue);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The message {Id} of the queue '{Queue}' could not be kept hidden ({Reason}); it may run twice.")]
    private static partial void LogNotRenewed(ILogger logger, string id, string queue, string reason);

    [LoggerMessage(Level = LogLevel.Error,
        Message = "The end of the message {Id} could not be written to the queue '{Queue}' ({Reason}); it comes again.")]
    private static partial void LogComesAgain(ILogger logger, string id, string queue, string reason);
}

/// <summary>Makes listeners.</summary>
internal sealed class QueueListenerFactory(
    WorkerSupervisor worker, StorageTimes times, HostState state, QueueBells bells, ILoggerFactory loggers)
{
    private readonly ILogger _log = loggers.CreateLogger("Host.Triggers.Queues");

    public QueueListener Create(QueueSource source, Func<LeasedMessage, CancellationToken, Task> run)
    {
        var health = new StorageHealth(source.Who, source.Account, times, state, _log);
        var listener = new QueueListener(source, run, worker, times, health, _log);
        bells.Listen(source.Queue.Uri, listener.Wake);
        return listener;
    }
}
