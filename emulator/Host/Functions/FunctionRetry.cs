using System.Globalization;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Tasklane.Emulator.Functions;

/// <summary>The retry attribute of a function whose trigger supports them (timers do; queues have their own way).</summary>
/// <param name="MaxRetries">-1 for ever.</param>
internal sealed record FunctionRetry(int MaxRetries, TimeSpan FirstDelay, TimeSpan MaxDelay)
{
    public static FunctionRetry? Of(FunctionInfo function)
    {
        if (function.Method.GetCustomAttribute<RetryAttribute>() is not { } attribute)
            return null;
        var capabilities = function.Trigger.GetType().GetCustomAttribute<BindingCapabilitiesAttribute>();
        if (capabilities?.Capabilities.Contains(KnownBindingCapabilities.FunctionLevelRetry) != true)
            throw new FunctionErrorException($"A {function.TriggerType} does not support retry attributes (AZFW0012).");
        return attribute switch
        {
            FixedDelayRetryAttribute f => new(f.MaxRetryCount, Parse(f.DelayInterval), Parse(f.DelayInterval)),
            ExponentialBackoffRetryAttribute e => new(e.MaxRetryCount, Parse(e.MinimumInterval), Parse(e.MaximumInterval)),
            _ => throw new FunctionErrorException($"{attribute.GetType().Name} is no known retry attribute."),
        };
    }

    public bool Allows(int retry) => MaxRetries < 0 || retry <= MaxRetries;

    /// <summary>Before the first retry the first delay, then twice the one before, up to the longest.</summary>
    public TimeSpan DelayBefore(int retry)
    {
        var delay = FirstDelay.TotalMilliseconds * Math.Pow(2, retry - 1);
        return delay < MaxDelay.TotalMilliseconds ? TimeSpan.FromMilliseconds(delay) : MaxDelay;
    }

    private static TimeSpan Parse(string text) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var value) && value >= TimeSpan.Zero
            ? value
            : throw new FunctionErrorException($"The retry interval '{text}' is not a time span.");
}

/// <summary>Which try an invocation is.</summary>
internal sealed class InvocationRetry(int count, int max) : RetryContext
{
    /// <summary>Without a retry attribute there is only one try.</summary>
    public static InvocationRetry None { get; } = new(0, 0);

    public override int RetryCount => count;

    public override int MaxRetryCount => max;
}
