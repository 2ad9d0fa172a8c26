using Microsoft.DurableTask.Entities;

namespace Microsoft.DurableTask.Client.Entities;

/// <summary>Signals, reads and lists entities.</summary>
public abstract class DurableEntityClient(string name)
{
    public string Name { get; } = name;

    /// <summary>Signals are one-way: the task ends when the signal is stored.</summary>
    public abstract Task SignalEntityAsync(
        EntityInstanceId id,
        string operationName,
        object? input = null,
        SignalEntityOptions? options = null,
        CancellationToken cancellation = default);

    public virtual Task SignalEntityAsync(
        EntityInstanceId id, string operationName, SignalEntityOptions options, CancellationToken cancellation = default) =>
        SignalEntityAsync(id, operationName, null, options, cancellation);

    public virtual Task SignalEntityAsync(EntityInstanceId id, string operationName, CancellationToken cancellation) =>
        SignalEntityAsync(id, operationName, null, null, cancellation);

    /// <returns>Null when the entity has no state.</returns>
    public virtual Task<EntityMetadata<T>?> GetEntityAsync<T>(EntityInstanceId id, CancellationToken cancellation) =>
        GetEntityAsync<T>(id, true, cancellation);

    /// <inheritdoc cref="GetEntityAsync{T}(EntityInstanceId, CancellationToken)"/>
    public abstract Task<EntityMetadata<T>?> GetEntityAsync<T>(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default);

    /// <inheritdoc cref="GetEntityAsync{T}(EntityInstanceId, CancellationToken)"/>
    public virtual Task<EntityMetadata?> GetEntityAsync(EntityInstanceId id, CancellationToken cancellation) =>
        GetEntityAsync(id, true, cancellation);

    /// <inheritdoc cref="GetEntityAsync{T}(EntityInstanceId, CancellationToken)"/>
    public abstract Task<EntityMetadata?> GetEntityAsync(
        EntityInstanceId id, bool includeState = true, CancellationToken cancellation = default);

    public abstract AsyncPageable<EntityMetadata> GetAllEntitiesAsync(EntityQuery? filter = null);

    public abstract AsyncPageable<EntityMetadata<T>> GetAllEntitiesAsync<T>(EntityQuery? filter = null);

    public abstract Task<CleanEntityStorageResult> CleanEntityStorageAsync(
        CleanEntityStorageRequest? request = null,
        bool continueUntilComplete = true,
        CancellationToken cancellation = default);
}

/// <summary>Which entities to list.</summary>
public record EntityQuery
{
    public const int DefaultPageSize = 100;

    private readonly string? instanceIdStartsWith;

    /// <summary>Entity ids begin with '@' and a name in lower case; both are put right here.</summary>
    public string? InstanceIdStartsWith
    {
        get => instanceIdStartsWith;
        init => instanceIdStartsWith = value is null ? null : Normalized(value);
    }

    public DateTimeOffset? LastModifiedFrom { get; init; }

    public DateTimeOffset? LastModifiedTo { get; init; }

    public bool IncludeState { get; init; } = true;

    /// <summary>Whether entities without state, alive only by their queue or lock, are listed too.</summary>
    public bool IncludeTransient { get; init; }

    public int? PageSize { get; init; }

    public string? ContinuationToken { get; init; }

    private static string Normalized(string prefix)
    {
        var name = prefix.StartsWith('@') ? prefix[1..] : prefix;
        var end = name.IndexOf('@', StringComparison.Ordinal);
        end = end < 0 ? name.Length : end;

        // The same spelling as EntityInstanceId gives names.
#pragma warning disable CA1308
        return $"@{name[..end].ToLowerInvariant()}{name[end..]}";
#pragma warning restore CA1308
    }
}

/// <summary>What to clean: entities without state, and locks whose owner is gone.</summary>
public readonly record struct CleanEntityStorageRequest
{
    public static CleanEntityStorageRequest Default => new() { RemoveEmptyEntities = true, ReleaseOrphanedLocks = true };

    public bool RemoveEmptyEntities { get; init; }

    public bool ReleaseOrphanedLocks { get; init; }

    public string? ContinuationToken { get; init; }
}

/// <summary>What was cleaned.</summary>
public readonly record struct CleanEntityStorageResult
{
    public int EmptyEntitiesRemoved { get; init; }

    public int OrphanedLocksReleased { get; init; }

    public string? ContinuationToken { get; init; }
}
