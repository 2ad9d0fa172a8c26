using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Tasklane.Client;

/// <summary>A task to be created. What is null is as the service has it by default.</summary>
/// <param name="Type">One of <see cref="TasklaneClient.GetTypesAsync"/>.</param>
/// <param name="Payload">As the type's schema has it; at most 256 KiB.</param>
public sealed record NewTask(string Type, JsonElement Payload)
{
    public TaskPriority? Priority { get; init; }

    /// <summary>How many attempts may follow the first: 0 to 100.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>The longest an attempt may take.</summary>
    public int? TimeoutSeconds { get; init; }

    public Backoff? Backoff { get; init; }

    /// <summary>It does not begin before; not together with <see cref="RunAt"/>.</summary>
    public double? DelaySeconds { get; init; }

    public DateTimeOffset? RunAt { get; init; }

    /// <summary>At most 20, of 64 characters each.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>With a payload that is written by source-generated code.</summary>
    public static NewTask Of<TPayload>(string type, TPayload payload, JsonTypeInfo<TPayload> json, TaskOptions? options = null) =>
        Of(type, JsonSerializer.SerializeToElement(payload, json), options);

    /// <summary>With a payload that is written by reflection, names in camelCase.</summary>
    public static NewTask Of<TPayload>(string type, TPayload payload, TaskOptions? options = null) =>
        Of(type, payload is JsonElement element ? element : JsonSerializer.SerializeToElement(payload, JsonSerializerOptions.Web), options);

    private static NewTask Of(string type, JsonElement payload, TaskOptions? options) => new(type, payload)
    {
        Priority = options?.Priority,
        MaxRetries = options?.MaxRetries,
        TimeoutSeconds = options?.Timeout is { } timeout ? (int)Math.Ceiling(timeout.TotalSeconds) : null,
        Backoff = options?.Backoff,
        DelaySeconds = options?.Delay?.TotalSeconds,
        RunAt = options?.RunAt,
        Tags = options?.Tags,
    };
}

/// <summary>How a task is to be run. What is null is as the service has it by default.</summary>
public sealed record TaskOptions
{
    public TaskPriority? Priority { get; init; }

    /// <summary>How many attempts may follow the first: 0 to 100, 3 by default.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>The longest an attempt may take; in whole seconds.</summary>
    public TimeSpan? Timeout { get; init; }

    public Backoff? Backoff { get; init; }

    /// <summary>How long it waits at least; not together with <see cref="RunAt"/>.</summary>
    public TimeSpan? Delay { get; init; }

    public DateTimeOffset? RunAt { get; init; }

    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>
    /// What makes the request safe to repeat for 24 hours. Made by the client when null, so that it can repeat the request itself;
    /// give one of your own, such as an order's number, and a task is made once whoever asks again, also after a restart.
    /// </summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>Which tasks a list has, or a bulk action is for. What is null is not asked about.</summary>
public sealed record TaskFilter
{
    public TaskState? Status { get; init; }
    public string? Type { get; init; }
    public TaskPriority? Priority { get; init; }
    public string? Tag { get; init; }

    /// <summary>Words, each the beginning of one that a task is found by; or a whole id.</summary>
    public string? Q { get; init; }

    /// <summary><c>me</c> (default); for admins <c>all</c>, or a user's id.</summary>
    public string? Owner { get; init; }

    internal IEnumerable<(string Name, string? Value)> Parameters() =>
        [("status", Status?.Name()), ("type", Type), ("priority", Priority?.Name()), ("tag", Tag), ("q", Q), ("owner", Owner)];
}
