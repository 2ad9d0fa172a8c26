using System.Text.Json;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Timers;

/// <summary>
/// Waits for the next occurrence of one timer function and runs it; never twice at once. Occurrences that pass while it
/// runs are skipped; one that passed while the host was down is made up for at the start, once.
/// </summary>
internal sealed partial class TimerLoop(
    HostFunction function,
    TimerSchedule schedule,
    bool runOnStartup,
    TimerMonitor? monitor,
    FunctionInvoker invoker,
    HostState state,
    TimeProvider time,
    ILogger log)
{
    /// <summary>Longer waits are cut, so that a wall clock set by hand is noticed.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);

    private ScheduleStatus? _status;
    private volatile bool _isAbandoned;

    public HostFunction Function => function;

    public TimerSchedule Schedule => schedule;

    /// <summary>The next occurrence; null before the loop runs, and when there is none.</summary>
    public DateTimeOffset? NextAt { get; private set; }

    /// <summary>As if the process had been killed: nothing is remembered from here on.</summary>
    public void Abandon() => _isAbandoned = true;

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            _status = Remembered();
            var next = await CatchUpAsync(stopping);
            while (next is { } due)
            {
                NextAt = due;
                await WaitAsync(due, stopping);
                await InvokeAsync(isPastDue: false, stopping);
                next = Remember(ran: due);
            }
            NoMore(log, function.Name, schedule);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
        }
        catch (Exception e)
        {
            // The function stops; the host goes on.
            Broken(log, e, function.Name);
        }
    }

    /// <summary>Runs the function now; a failure is the invoker's to log.</summary>
    public async Task InvokeAsync(bool isPastDue, CancellationToken cancellationToken)
    {
        try
        {
            var data = JsonSerializer.Serialize(new { ScheduleStatus = _status, IsPastDue = isPastDue });
            await invoker.InvokeAsync(new Invocation(function) { TriggerData = new TypedData { Json = data } }, cancellationToken);
        }
        catch (Exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<DateTimeOffset?> CatchUpAsync(CancellationToken stopping)
    {
        var now = time.GetUtcNow();
        var expected = Expected();
        var missed = expected <= now;
        if (missed)
            PastDue(log, function.Name);
        if (missed || runOnStartup)
        {
            await InvokeAsync(missed, stopping);
            return Remember(ran: now);
        }
        if (expected is not null)
            return expected;
        // First contact: the next occurrence is noted, so that missing it will be noticed.
        var next = schedule.Next(now);
        Note(default, next, now);
        return next;
    }

    private ScheduleStatus? Remembered()
    {
        try
        {
            return monitor?.Read(function.Name);
        }
        catch (OwnFileException e)
        {
            state.Report($"timer {function.Name}", $"What timer '{function.Name}' may have missed is not known: {e.Message}");
            return null;
        }
    }

    /// <summary>By what was remembered, but by today's schedule: it may have changed since.</summary>
    private DateTimeOffset? Expected() =>
        _status is null ? null : schedule.Next(Utc(_status.Last == default ? _status.LastUpdated : _status.Last));

    private DateTimeOffset? Remember(DateTimeOffset ran)
    {
        var now = time.GetUtcNow();
        var next = schedule.Next(Later(ran, now));
        Note(ran.UtcDateTime, next, now);
        return next;
    }

    private void Note(DateTime last, DateTimeOffset? next, DateTimeOffset now)
    {
        if (monitor is null || _isAbandoned)
            return;
        _status = new ScheduleStatus { Last = last, Next = next?.UtcDateTime ?? default, LastUpdated = now.UtcDateTime };
        try
        {
            monitor.Write(function.Name, _status);
            state.Report($"timer {function.Name}", null);
        }
        catch (OwnFileException e)
        {
            // The timer goes on.
            state.Report($"timer {function.Name}", $"What timer '{function.Name}' misses while the host is down will not be made up for: {e.Message}");
        }
    }

    private async Task WaitAsync(DateTimeOffset due, CancellationToken stopping)
    {
        while (due - time.GetUtcNow() is { } left && left > TimeSpan.Zero)
            await Task.Delay(left < LongestWait ? left : LongestWait, time, stopping);
    }

    private static DateTimeOffset Utc(DateTime value) => new(DateTime.SpecifyKind(value, DateTimeKind.Utc));

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    [LoggerMessage(Level = LogLevel.Information, Message = "Function '{Name}' is past due: it missed its time while the host was down")]
    private static partial void PastDue(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The schedule '{Schedule}' of function '{Name}' has no more occurrences")]
    private static partial void NoMore(ILogger logger, string name, TimerSchedule schedule);

    [LoggerMessage(Level = LogLevel.Error, Message = "The timer of function '{Name}' has stopped")]
    private static partial void Broken(ILogger logger, Exception error, string name);
}
