using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace Probe;

/// <summary>What timers saw, for the test that registers it.</summary>
public sealed class TimerRuns
{
    private readonly Channel<TimerInfo> _seen = Channel.CreateUnbounded<TimerInfo>();

    public SemaphoreSlim Release { get; } = new(0);

    public int Waiting => _seen.Reader.Count;

    public List<string> Tries { get; } = [];

    public void Add(TimerInfo timer) => _seen.Writer.TryWrite(timer);

    public Task<TimerInfo> NextAsync(CancellationToken cancellation) => _seen.Reader.ReadAsync(cancellation).AsTask();
}

public sealed class EveryTwoMinutes(TimerRuns runs)
{
    [Function("EveryTwoMinutes")]
    public void Run([TimerTrigger("0 */2 * * * *")] TimerInfo timer) => runs.Add(timer);
}

public sealed class AtStart(TimerRuns runs)
{
    [Function("AtStart")]
    public void Run([TimerTrigger("%When%", RunOnStartup = true)] TimerInfo timer) => runs.Add(timer);
}

public sealed class Blocking(TimerRuns runs)
{
    [Function("Blocking")]
    public async Task Run([TimerTrigger("0 * * * * *")] TimerInfo timer)
    {
        runs.Add(timer);
        await runs.Release.WaitAsync();
    }
}

public sealed class Throwing(TimerRuns runs)
{
    [Function("Throwing")]
    public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer)
    {
        runs.Add(timer);
        throw new InvalidOperationException("always");
    }
}

public sealed class Retrying(TimerRuns runs)
{
    [Function("Retrying")]
    [ExponentialBackoffRetry(3, "00:00:01", "00:00:03")]
    public void Run([TimerTrigger("0 * * * * *")] TimerInfo timer, FunctionContext context)
    {
        runs.Tries.Add($"{context.RetryContext.RetryCount}/{context.RetryContext.MaxRetryCount}");
        runs.Add(timer);
        throw new InvalidOperationException("always");
    }
}

public sealed class Nonsense(TimerRuns runs)
{
    [Function("Nonsense")]
    public void Run([TimerTrigger("soon")] TimerInfo timer) => runs.Add(timer);
}

public sealed class Morning(TimerRuns runs)
{
    [Function("Morning")]
    public void Run([TimerTrigger("0 30 9 * * *")] TimerInfo timer) => runs.Add(timer);
}

/// <summary>For workers in a process of their own, whose services a test does not reach.</summary>
public sealed class TellingTimer(IConfiguration settings)
{
    private readonly TestLine _line = new(settings);

    [Function("TellingTimer")]
    public Task Run([TimerTrigger("0 */2 * * * *")] TimerInfo timer) => _line.SayAsync(JsonSerializer.Serialize(timer));
}
