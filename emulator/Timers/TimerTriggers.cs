using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Timers;

/// <summary>Timer functions: one loop each.</summary>
internal sealed class TimerTriggers(
    HostEnvironment environment, SettingNames names, FunctionInvoker invoker, HostState state, TimeProvider time, ILoggerFactory loggers)
    : ITriggerKind, IRunsOnDemand, IDisposable
{
    /// <summary>How long a stop waits for functions under way; they have been asked to stop.</summary>
    private static readonly TimeSpan _stopGrace = TimeSpan.FromSeconds(30);

    private readonly TimerMonitor _monitor = new(Path.Combine(environment.DataDirectory, "timers"));
    private readonly List<TimerLoop> _loops = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;
    private bool _isDisposed;

    public string Type => "timerTrigger";

    /// <summary>Each timer with its next occurrence, for people who look.</summary>
    public IEnumerable<TimerLoop> Loops => _loops;

    public void Add(HostFunction function)
    {
        var trigger = function.Trigger!;
        var schedule = TimerSchedule.Parse(names.Resolve(trigger.Text("schedule") ?? ""), Zone());
        var monitored = (trigger.Flag("useMonitor") ?? true) && schedule.IsMonitored(time.GetUtcNow());
        _loops.Add(new TimerLoop(
            function,
            schedule,
            trigger.Flag("runOnStartup") ?? false,
            monitored ? _monitor : null,
            invoker,
            state,
            time,
            loggers.CreateLogger("Host.Triggers.Timer")));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_loops.Where(loop => loop.Function.Runs).Select(loop => loop.RunAsync(_stopping.Token)));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(_stopGrace, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>As if the process had been killed: no timer fires any more, and none is remembered to have.</summary>
    public void Abandon()
    {
        foreach (var loop in _loops)
            loop.Abandon();
        _stopping.Cancel();
    }

    public Task RunAsync(HostFunction function, string? input, CancellationToken cancellationToken) =>
        _loops.First(loop => loop.Function == function).InvokeAsync(isPastDue: false, cancellationToken);

    public void Dispose()
    {
        // The container knows it by two names and disposes of it by each.
        if (_isDisposed)
            return;
        _isDisposed = true;
        Abandon();
        _stopping.Dispose();
    }

    /// <summary>UTC unless WEBSITE_TIME_ZONE says otherwise.</summary>
    private TimeZoneInfo Zone()
    {
        if (names.Setting("WEBSITE_TIME_ZONE") is not { Length: > 0 } id)
            return TimeZoneInfo.Utc;
        return TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
            ? zone
            : throw new FunctionErrorException($"The time zone '{id}' of WEBSITE_TIME_ZONE is not known here.");
    }
}
