using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Tasklane.Tasks;

namespace Tasklane.Intake.Streams;

/// <summary>
/// Reads the stream by the clock. Where an app scales to nothing there is nobody to hear of a message; the timer brings a process, and
/// while that lives, <see cref="StreamListener"/> hears of messages at once.
/// </summary>
public sealed class ReadTaskStream(StreamListener listener)
{
    internal const string Name = "ReadTaskStream";

    /// <summary>A quarter of the host's time for a function: what is left is read by the next.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(2);

    [Function(Name)]
    public async Task RunAsync(
        [TimerTrigger("*/15 * * * * *", RunOnStartup = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(_longest);
        try
        {
            await listener.ReadAsync(client, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // The stream is longer than that.
        }
    }
}

/// <summary>Reads the stream as soon as there is a message, from the first invocation of this process on: only those have a Durable client.</summary>
public sealed class StreamListener(TaskStream stream, StreamConsumer consumer, TaskWaker waker, TimeProvider time, ILogger<StreamListener> logger) : BackgroundService
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(1);
    private readonly TaskCompletionSource<DurableTaskClient> _client = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isAway;

    /// <summary>Reads what there is. An outage is logged once and left to the next time.</summary>
    internal async Task ReadAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        _client.TrySetResult(client);
        await TryAsync(() => consumer.DrainAsync(client, cancellation));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (!_isAway)
            await TryAsync(consumer.LeaveAsync);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (waker.LatestClient is null && !_client.Task.IsCompleted)
                await Task.WhenAny(_client.Task, Task.Delay(_pause, time, stoppingToken)).WaitAsync(stoppingToken);
            while (!stoppingToken.IsCancellationRequested)
            {
                var client = waker.LatestClient ?? await _client.Task;
                var isThere = await TryAsync(async () =>
                {
                    await consumer.DrainAsync(client, stoppingToken);
                    await stream.WaitAsync(stoppingToken);
                });
                if (!isThere)
                    await Task.Delay(_pause, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task<bool> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            if (_isAway)
                logger.LogInformation("{Stream} is read again.", stream.Settings.Stream);
            _isAway = false;
            return true;
        }
        catch (RedisServerException gone) when (StreamConsumer.IsGroupGone(gone))
        {
            return false; // between deleting the stream and the next read
        }
        catch (Exception away) when (away is RedisException or TimeoutException or TaskException)
        {
            if (!_isAway)
                logger.LogError("{Stream} cannot be read just now, trying again every second: {Reason}", stream.Settings.Stream, away.Message);
            _isAway = true;
            return false;
        }
    }
}
