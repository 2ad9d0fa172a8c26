using Microsoft.DurableTask;
using Tasklane.Tasks;

namespace Tasklane.Pipeline;

/// <summary>
/// The events that an orchestration of a task waits for. One wait per name, opened once and kept: an event that meets a
/// cancelled wait would be lost, and of several waits the newest takes it.
/// </summary>
internal sealed class Signals(TaskOrchestrationContext context)
{
    private Task<bool>? _cancel;
    private Task<bool>? _granted;
    private Task<bool>? _lost;

    /// <summary>Somebody found that the worker of the running attempt is gone.</summary>
    public Task Lost => _lost ??= context.WaitForExternalEvent<bool>(Instances.Lost);

    private Task Cancel => _cancel ??= context.WaitForExternalEvent<bool>(Instances.Cancel);

    /// <summary>The word was heard; the next one is another.</summary>
    public void ForgetLost() => _lost = null;

    /// <summary>Waits for a slot; false when the task was cancelled meanwhile.</summary>
    public async Task<bool> Granted()
    {
        _granted ??= context.WaitForExternalEvent<bool>(Instances.Granted);
        if (await Task.WhenAny(_granted, Cancel) != _granted)
            return false;
        _granted = null;
        return true;
    }

    /// <summary>Waits until a time; false when the task was cancelled meanwhile.</summary>
    /// <param name="evenWhenCancelled">Waits to the end: who runs the task will see to its cancellation.</param>
    public async Task<bool> SleepUntil(DateTimeOffset due, bool evenWhenCancelled = false)
    {
        using var stop = new CancellationTokenSource();
        var timer = context.CreateTimer(due.UtcDateTime, stop.Token);
        if (evenWhenCancelled || await Task.WhenAny(timer, Cancel) == timer)
        {
            await timer;
            return true;
        }

        // A timer left open would keep the instance running until it fires. Not CancelAsync: to await it leaves the
        // orchestrator's thread, and the orchestration would never go on.
        stop.Cancel();
        return false;
    }
}
