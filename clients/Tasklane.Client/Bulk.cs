using System.Text.Json.Serialization;

namespace Tasklane.Client;

[JsonConverter(typeof(Json.EnumConverter<BulkAction>))]
public enum BulkAction
{
    Cancel,
    Retry,
    Delete,
}

/// <summary>What was done to many tasks.</summary>
public sealed record BulkAnswer
{
    /// <summary>How many were made that were not there before; <see cref="TasklaneClient.CreateManyAsync"/> only.</summary>
    public int? Created { get; init; }

    /// <summary>In the order they were asked for.</summary>
    public IReadOnlyList<TaskInfo>? Tasks { get; init; }

    public BulkAction? Action { get; init; }
    public long? Matched { get; init; }
    public long? Changed { get; init; }

    /// <summary>Those that were left as they are, and why.</summary>
    public IReadOnlyList<SkippedTask>? Skipped { get; init; }

    /// <summary>More than 500 match: the task that does it, to be waited for.</summary>
    [JsonPropertyName("id")]
    public string? TaskId { get; init; }
}

public sealed record SkippedTask(string Id, string Code);

internal sealed record BulkRequest
{
    public IReadOnlyList<NewTask>? Tasks { get; init; }
    public BulkAction? Action { get; init; }
    public IReadOnlyList<string>? Ids { get; init; }
    public TaskFilter? Filter { get; init; }
    public bool? DryRun { get; init; }
}
