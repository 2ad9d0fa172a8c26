using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Functions;

namespace Tasklane.Emulator.Timers;

/// <summary>Timer functions: one loop each.</summary>
internal sealed class TimerTriggers(
    EmulatorEnvironment environment, NameResolver names, FunctionInvoker invoker, ILoggerFactory loggers)
    : ITriggerKind, IRunsOnDemand, IDisposable
{
    private readonly TimerMonitor _monitor = new(Path.Combine(environment.DataDirectory, "timers"));
    private readonly List<TimerLoop> _loops = [];
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public bool Handles(TriggerBindingAttribute trigger) => trigger is TimerTriggerAttribute;

    public void Add(FunctionInfo function)
    {
        var trigger = (TimerTriggerAttribute)function.Trigger;
        var schedule = TimerSchedule.Parse(names.Resolve(trigger.Schedule), Zone());
        var monitored = trigger.UseMonitor && schedule.IsMonitored(environment.Time.GetUtcNow());
        _loops.Add(new TimerLoop(
            function,
            schedule,
            trigger.RunOnStartup,
            monitored ? _monitor : null,
            invoker,
            environment.Time,
            loggers.CreateLogger("Host.Triggers.Timer")));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _running = Task.WhenAll(_loops.Where(l => !l.Function.IsDisabled).Select(l => l.RunAsync(_stopping.Token)));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _running.WaitAsync(cancellationToken);
    }

    public Task RunAsync(FunctionInfo function, string? input, CancellationToken cancellationToken) =>
        _loops.First(l => l.Function == function).InvokeAsync(isPastDue: false, cancellationToken);

    public void Dispose() => _stopping.Dispose();

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
