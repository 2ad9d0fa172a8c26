using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>The retry policy of a function whose trigger supports one: timers do, queues have their own way.</summary>
internal sealed class FunctionRetry(RpcRetryOptions options)
{
    private readonly bool _isFixed = options.RetryStrategy == RpcRetryOptions.Types.RetryStrategy.FixedDelay;

    /// <param name="retry">1 for the first retry. A policy of -1 retries for ever.</param>
    public bool Allows(int retry) => options.MaxRetryCount < 0 || retry <= options.MaxRetryCount;

    /// <summary>The fixed delay, or the first delay doubled for each retry up to the longest.</summary>
    public TimeSpan DelayBefore(int retry)
    {
        if (_isFixed)
            return options.DelayInterval?.ToTimeSpan() ?? TimeSpan.Zero;
        var delay = (options.MinimumInterval?.ToTimeSpan() ?? TimeSpan.Zero).TotalMilliseconds * Math.Pow(2, retry - 1);
        var longest = options.MaximumInterval?.ToTimeSpan() ?? TimeSpan.MaxValue;
        return delay < longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(delay) : longest;
    }
}
