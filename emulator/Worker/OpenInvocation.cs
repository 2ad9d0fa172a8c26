using System.Diagnostics;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker;

/// <summary>An invocation that the worker has not answered.</summary>
internal sealed class OpenInvocation(WorkerSession session, string id, TimeSpan? limit)
    : TaskCompletionSource<InvocationResponse>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private CancellationTokenRegistration _stop;
    private bool _overdue;

    /// <summary>Tells the worker when the token fires.</summary>
    public void StopOn(CancellationToken cancellation)
    {
        if (!cancellation.CanBeCanceled)
            return;
        _stop = cancellation.UnsafeRegister(static open => ((OpenInvocation)open!).Cancel(), this);

        // It may have been answered before there was anything to take back.
        if (Task.IsCompleted)
            _stop.Unregister();
    }

    /// <summary>Its time is up and nobody knew; once only.</summary>
    public bool IsNewlyOverdue()
    {
        if (_overdue || !IsOver(TimeSpan.Zero))
            return false;
        return _overdue = true;
    }

    /// <summary>Its time was up so long ago.</summary>
    public bool IsOver(TimeSpan grace) => limit is { } time && Stopwatch.GetElapsedTime(_began) > time + grace;

    public void Answer(InvocationResponse response)
    {
        // What it brings after its time is not taken.
        if (_overdue)
            GiveUp();
        else if (TrySetResult(response))
            _stop.Unregister();
    }

    public void GiveUp() => Fail(new TimeoutException($"Timeout value of {limit} was exceeded"));

    public void Fail(Exception error)
    {
        if (TrySetException(error))
            _stop.Unregister();
    }

    private void Cancel() => session.Cancel(id);
}
