using Microsoft.DurableTask;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>Attempts after failures. Delays are durable timers, so a retry survives what its orchestration survives.</summary>
internal static class Retries
{
    public static async Task<T> RunAsync<T>(Execution execution, TaskRetryOptions retry, Func<Task<T>> attempt)
    {
        var begun = execution.CurrentUtcDateTime;
        for (var number = 1; ; number++)
        {
            try
            {
                return await attempt();
            }
            catch (TaskFailedException failure)
            {
                if (!await WantsAnotherAsync(execution, retry, failure, number, begun))
                    throw;
            }
        }
    }

    /// <summary>Whether the policy or handler asks for one more attempt; a policy's delay is over when it does.</summary>
    private static async Task<bool> WantsAnotherAsync(
        Execution execution, TaskRetryOptions retry, TaskFailedException failure, int number, DateTime begun)
    {
        if (retry.Handler is { } handler)
        {
            var spent = execution.CurrentUtcDateTime - begun;
            return await handler(new RetryContext(execution, number, failure.FailureDetails, spent, CancellationToken.None));
        }

        var policy = retry.Policy!;
        if (number >= policy.MaxNumberOfAttempts || !policy.Handle(failure))
            return false;
        if (policy.RetryTimeout != Timeout.InfiniteTimeSpan && execution.CurrentUtcDateTime >= begun + policy.RetryTimeout)
            return false;
        await execution.CreateTimer(execution.CurrentUtcDateTime + Delay(policy, number), CancellationToken.None);
        return true;
    }

    private static TimeSpan Delay(RetryPolicy policy, int number)
    {
        var wanted = policy.FirstRetryInterval.TotalMilliseconds * Math.Pow(policy.BackoffCoefficient, number - 1);
        var longest = policy.MaxRetryInterval;
        return longest == Timeout.InfiniteTimeSpan
            ? TimeSpan.FromMilliseconds(Math.Min(wanted, TimeSpan.MaxValue.TotalMilliseconds / 2))
            : wanted < longest.TotalMilliseconds ? TimeSpan.FromMilliseconds(wanted) : longest;
    }
}
