namespace Tasklane.Tasks;

/// <summary>What create needs to know; checked by <see cref="TaskService"/> before it gets here.</summary>
public sealed record NewTask
{
    public required string Id { get; init; }
    public required string Type { get; init; }
    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>JSON text.</summary>
    public required string Payload { get; init; }
    public required string CreatedBy { get; init; }
    public required string Source { get; init; }
    public int MaxRetries { get; init; } = 3;

    /// <summary>Per attempt; 4 hours unless told.</summary>
    public int TimeoutSeconds { get; init; } = 14_400;
    public Backoff Backoff { get; init; } = Backoff.Default;

    /// <summary>Not before this time; null or past = now.</summary>
    public DateTimeOffset? RunAt { get; init; }
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The tasks it waits for; they must exist.</summary>
    public TaskAfter? After { get; init; }

    /// <summary>A key that only one task of the user may have.</summary>
    public TaskUnique? Unique { get; init; }

    /// <summary>The task that makes it; it must not have ended.</summary>
    public string? Parent { get; init; }

    /// <summary>Makes a repeated request find the first one's task, per creator; see <see cref="RequestKey"/>.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Hash of the request, so that the same key with another request is refused.</summary>
    public string? RequestHash { get; init; }

    public RequestKey? Key => IdempotencyKey is null ? null : new RequestKey(CreatedBy, IdempotencyKey, RequestHash ?? "");
}
