using System.ComponentModel;

namespace Microsoft.DurableTask;

/// <summary>Retries by rule: the delay before attempt n + 1 is first interval × coefficient^(n - 1), capped.</summary>
public class RetryPolicy
{
    /// <param name="maxNumberOfAttempts">1 or more; the first attempt counts.</param>
    /// <param name="firstRetryInterval">More than zero.</param>
    /// <param name="backoffCoefficient">1 or more.</param>
    /// <param name="maxRetryInterval">One hour when left out.</param>
    /// <param name="retryTimeout">No new attempt after this long; infinite when left out.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of the ranges above.</exception>
    public RetryPolicy(
        int maxNumberOfAttempts,
        TimeSpan firstRetryInterval,
        double backoffCoefficient = 1.0,
        TimeSpan? maxRetryInterval = null,
        TimeSpan? retryTimeout = null)
    {
        Require(maxNumberOfAttempts > 0, nameof(maxNumberOfAttempts), maxNumberOfAttempts, "greater than zero");
        Require(firstRetryInterval > TimeSpan.Zero, nameof(firstRetryInterval), firstRetryInterval, "greater than zero");
        Require(backoffCoefficient >= 1.0, nameof(backoffCoefficient), backoffCoefficient, "greater or equal to 1.0");
        Require(AtLeastFirst(maxRetryInterval), nameof(maxRetryInterval), maxRetryInterval, "no less than firstRetryInterval");
        Require(AtLeastFirst(retryTimeout), nameof(retryTimeout), retryTimeout, "no less than firstRetryInterval");

        MaxNumberOfAttempts = maxNumberOfAttempts;
        FirstRetryInterval = firstRetryInterval;
        BackoffCoefficient = backoffCoefficient;
        MaxRetryInterval = maxRetryInterval ?? TimeSpan.FromHours(1);
        RetryTimeout = retryTimeout ?? Timeout.InfiniteTimeSpan;

        bool AtLeastFirst(TimeSpan? value) =>
            value is null || value == Timeout.InfiniteTimeSpan || value >= firstRetryInterval;
    }

    public int MaxNumberOfAttempts { get; }

    public TimeSpan FirstRetryInterval { get; }

    public double BackoffCoefficient { get; }

    public TimeSpan MaxRetryInterval { get; }

    public TimeSpan RetryTimeout { get; }

    [Obsolete("This functionality is not implemented. Will be removed in the future. "
        + "Use TaskOptions.FromRetryHandler or HandleFailure instead.")]
    public Func<Exception, Task<bool>>? HandleAsync { get; set; }

    /// <summary>Whether a failure is worth another attempt; always, unless <see cref="HandleFailure"/> was set.</summary>
    [EditorBrowsable(EditorBrowsableState.Never)]
    public Func<Exception, bool> Handle { get; private init; } = static _ => true;

    public Func<TaskFailureDetails, bool> HandleFailure
    {
        init => Handle = failure => value(
            failure is TaskFailedException failed ? failed.FailureDetails : TaskFailureDetails.FromException(failure));
    }

    private static void Require(bool holds, string name, object? value, string rule)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, value, $"The value for {name} must be {rule}.");
    }
}

/// <summary>Decides after a failure whether to try again; runs in the orchestrator, so it must be deterministic.</summary>
public delegate bool RetryHandler(RetryContext retryContext);

/// <inheritdoc cref="RetryHandler"/>
public delegate Task<bool> AsyncRetryHandler(RetryContext retryContext);

/// <summary>What a retry handler knows about the attempts so far.</summary>
public record RetryContext(
    TaskOrchestrationContext OrchestrationContext,
    int LastAttemptNumber,
    TaskFailureDetails LastFailure,
    TimeSpan TotalRetryTime,
    CancellationToken CancellationToken);
