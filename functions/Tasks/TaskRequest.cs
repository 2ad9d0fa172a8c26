using System.Text;

namespace Tasklane.Tasks;

/// <summary>What somebody asks for, from whatever trigger; <see cref="TaskService"/> checks every part of it.</summary>
public sealed record TaskRequest
{
    public required string Type { get; init; }

    /// <summary>JSON in UTF-8; must fit the type's schema.</summary>
    public required ReadOnlyMemory<byte> Payload { get; init; }

    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>0 to 100; 3 unless told.</summary>
    public int? MaxRetries { get; init; }

    /// <summary>Per attempt, from 1 second; 4 hours unless told.</summary>
    public int? TimeoutSeconds { get; init; }

    public Backoff? Backoff { get; init; }

    /// <summary>Seconds from now; not together with <see cref="RunAt"/>.</summary>
    public double? DelaySeconds { get; init; }

    /// <summary>Not before this time; not together with <see cref="DelaySeconds"/>.</summary>
    public DateTimeOffset? RunAt { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The tasks it waits for: their ids, or, among several requests made together, the <see cref="Ref"/> of an earlier one.</summary>
    public TaskAfter? After { get; init; }

    /// <summary>A key that only one task of the user may have; 1 to 200 visible characters.</summary>
    public TaskUnique? Unique { get; init; }

    /// <summary>Names it for those made together with it: 1 to 64 visible characters.</summary>
    public string? Ref { get; init; }

    /// <summary>1 to 200 visible characters; see <see cref="NewTask.IdempotencyKey"/>.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Whom a message names as the task's user; a request over HTTP cannot.</summary>
    public string? Owner { get; init; }

    /// <summary>Names this request where it is a part of another one, under that one's key; it meets no other use of the key.</summary>
    public string? PartName { get; init; }

    /// <summary>The service itself asks, and may name an internal type.</summary>
    public bool IsByService { get; init; }

    /// <summary>A request with a payload given as JSON text.</summary>
    public static TaskRequest For(string type, string payloadJson) =>
        new() { Type = type, Payload = Encoding.UTF8.GetBytes(payloadJson) };
}
