using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Worker;

/// <summary>
/// Keeps one worker alive. A worker in its own process that dies is started again, with a growing delay, and loads the same
/// functions; an app in this process that ends takes the host with it.
/// </summary>
internal sealed class WorkerSupervisor(
    Func<IWorkerTransport> connect, HostEnvironment environment, WorkerLogs logs, TimeProvider time, ILogger<WorkerSupervisor> log)
    : IAsyncDisposable
{
    private static readonly TimeSpan _longestDelay = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _stopping = new();
    private WorkerSession? _session;
    private Task _watching = Task.CompletedTask;

    /// <summary>The worker of now. While one is being replaced, calls to the former fail with <see cref="WorkerLostException"/>.</summary>
    public WorkerSession Session => Volatile.Read(ref _session) ?? throw new InvalidOperationException("The worker has not started.");

    /// <summary>Ends with a sentence when the worker has gone for good.</summary>
    public TaskCompletionSource<string> Gone { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts the first worker.</summary>
    /// <exception cref="WorkerStartException">It does not start.</exception>
    public async Task StartAsync(CancellationToken cancellationToken) => _session = await StartOneAsync(cancellationToken);

    /// <summary>From now on a worker that goes is replaced.</summary>
    public void Watch(FunctionCatalog catalog) => _watching = WatchAsync(catalog);

    /// <summary>Asks the worker to end: its own services hear that the application stops.</summary>
    public void Terminate(TimeSpan grace)
    {
        _stopping.Cancel();
        _session?.Terminate(grace);
    }

    /// <summary>Ends the worker, by force after the grace period.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        await _stopping.CancelAsync();
        await _watching;
        if (_session is { } session)
            await session.Transport.StopAsync(grace);
    }

    public async ValueTask DisposeAsync()
    {
        if (_session is { } session)
            await session.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task<WorkerSession> StartOneAsync(CancellationToken cancellationToken)
    {
        var session = new WorkerSession(connect(), environment.App, environment.WorkerMode, logs);
        try
        {
            await session.StartAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private async Task WatchAsync(FunctionCatalog catalog)
    {
        var delay = TimeSpan.Zero;
        while (true)
        {
            var ended = Session.Transport.Ended;
            var stop = new TaskCompletionSource();
            using (_stopping.Token.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), stop))
                await Task.WhenAny(ended, stop.Task);
            if (_stopping.IsCancellationRequested)
                return;

            var reason = await ended ?? "The worker has ended.";
            if (environment.WorkerMode == WorkerMode.InProcess)
            {
                Gone.TrySetResult(reason);
                return;
            }

            log.LogError("{Reason} It is started again.", reason);
            await Session.DisposeAsync();
            while (!_stopping.IsCancellationRequested)
            {
                try
                {
                    await Task.Delay(delay, time, _stopping.Token);
                    delay = delay == TimeSpan.Zero ? TimeSpan.FromSeconds(1) : TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, _longestDelay.Ticks));
                    var session = await StartOneAsync(_stopping.Token);
                    await catalog.LoadAgainAsync(session, _stopping.Token);
                    Volatile.Write(ref _session, session);
                    break;
                }
                catch (WorkerStartException e)
                {
                    log.LogError("The worker could not be started again: {Reason}", e.Message);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
            }
        }
    }
}
