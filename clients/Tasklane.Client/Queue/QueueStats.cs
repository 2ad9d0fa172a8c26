namespace Tasklane.Client.Queue;

/// <summary>How the queue is doing: counts of everybody's tasks.</summary>
public sealed record QueueStats
{
    public long Total { get; init; }
    public long Pending { get; init; }
    public long Running { get; init; }
    public long Completed { get; init; }
    public long Failed { get; init; }
    public long Cancelled { get; init; }

    /// <summary>How many wait in each lane: high, normal, low.</summary>
    public required IReadOnlyDictionary<string, long> Depth { get; init; }

    /// <summary>Those that wait for their time.</summary>
    public long Delayed { get; init; }

    public int MaxRunning { get; init; }
    public DateTimeOffset? OldestWaitingAt { get; init; }
    public double OldestWaitingSeconds { get; init; }

    /// <summary>Since the store began: created, processed, completed, failed, cancelled, retried.</summary>
    public required IReadOnlyDictionary<string, long> Totals { get; init; }

    public double ThroughputPerMinute { get; init; }

    /// <summary>Of the last five minutes.</summary>
    public required QueueLatency Latency { get; init; }

    public IReadOnlyList<QueueWorker> Workers { get; init; } = [];
}

/// <summary>Milliseconds.</summary>
public sealed record QueueLatency(Percentiles WaitMs, Percentiles RunMs);

public sealed record Percentiles(double P50, double P95, double P99);

public sealed record QueueWorker(string Name, int Running, DateTimeOffset SeenAt);

/// <summary>Minute by minute, oldest first.</summary>
public sealed record QueueHistory(IReadOnlyList<QueueMinute> Minutes);

/// <param name="Depth">Null, as are Running and OldestWaitingSeconds, where nobody looked in that minute.</param>
public sealed record QueueMinute(
    DateTimeOffset Minute, long Created, long Completed, long Failed, long Cancelled, long Retried, Percentiles WaitMs, Percentiles RunMs,
    IReadOnlyDictionary<string, long>? Depth, long? Running, double? OldestWaitingSeconds);

/// <summary>Whether the service can serve.</summary>
public sealed record Health(string Status, IReadOnlyList<Dependency> Dependencies)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsHealthy => Status == "healthy";
}

public sealed record Dependency(string Name, string Status, double Ms);
