namespace Microsoft.DurableTask.Client;

/// <summary>Which instances to list. Both ends of a time range count; no states means all.</summary>
public record OrchestrationQuery(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null,
    IEnumerable<string>? TaskHubNames = null,
    string? InstanceIdPrefix = null,
    int PageSize = OrchestrationQuery.DefaultPageSize,
    bool FetchInputsAndOutputs = false,
    string? ContinuationToken = null)
{
    public const int DefaultPageSize = 100;
}

/// <summary>Which instances to purge; only finished ones ever are.</summary>
public record PurgeInstancesFilter(
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null,
    IEnumerable<OrchestrationRuntimeStatus>? Statuses = null)
{
    /// <summary>How long the purge may take before it returns what it has done so far.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>Whether sub-orchestrations are purged too.</summary>
public record PurgeInstanceOptions(bool Recursive = false);

/// <summary>What a purge did. Not complete: there is more to purge.</summary>
public class PurgeResult
{
    public PurgeResult(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        PurgedInstanceCount = count;
    }

    public PurgeResult(int count, bool? isComplete)
        : this(count) => IsComplete = isComplete;

    public int PurgedInstanceCount { get; }

    public bool? IsComplete { get; }
}

/// <summary>The output a terminated instance gets, and whether sub-orchestrations end too.</summary>
public record TerminateInstanceOptions(object? Output = null, bool Recursive = false);
