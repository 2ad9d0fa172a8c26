using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Problems;

namespace Tasklane.Handlers.Batches;

/// <summary>What a batch does when one of its tasks fails.</summary>
public enum BatchFailure
{
    /// <summary>Runs all of them, and tells in its result which failed.</summary>
    Collect,

    /// <summary>Stops the others and fails.</summary>
    FailFast,
}

/// <summary>A task for each of many payloads.</summary>
public sealed record BatchPayload(
    [property: Description("Type of the tasks."), StringLength(100, MinimumLength = 1)] string Type,
    [property: Description("A payload for each task."), Length(1, BatchPayload.MostTasks)] IReadOnlyList<JsonElement> Payloads,
    [property: Description("Fields that every payload gets which does not have them itself.")] JsonObject? Shared = null,
    [property: Description("What happens when one of the tasks fails.")] BatchFailure OnFailure = BatchFailure.Collect,
    [property: Description("Lane of the tasks.")] TaskPriority Priority = TaskPriority.Normal,
    [property: Description("How often each of the tasks is tried again."), Range(0, 100)] int? MaxRetries = null,
    [property: Description("Longest time of one attempt of a task, in seconds."), Range(1, int.MaxValue)] int? TimeoutSeconds = null,
    [property: Description("Tags of the tasks."), Length(0, TaskLimits.MaxTags)] IReadOnlyList<string>? Tags = null) : IValidatableObject
{
    public const int MostTasks = 10_000;

    private const int MostErrors = 10;

    /// <summary>The payload of one task, as JSON text.</summary>
    public string PayloadOf(JsonElement payload)
    {
        if (Shared is not { Count: > 0 } || payload.ValueKind != JsonValueKind.Object)
            return payload.GetRawText();
        var whole = JsonObject.Create(payload)!;
        foreach (var (name, value) in Shared)
        {
            if (!whole.ContainsKey(name))
                whole.Add(name, value?.DeepClone());
        }
        return whole.ToJsonString();
    }

    /// <summary>Each payload must fit the type: a batch of which a part cannot be is refused as a whole, before anything is made.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var types = (TaskTypes?)validationContext.GetService(typeof(TaskTypes));
        if (types is null)
            return [];
        if (!types.TryGet(Type, out var type) || type.IsInternal)
            return [new ValidationResult($"must be one of {types.Names}", [nameof(Type)])];
        if (type.RequiredRole.Length > 0)
            return [new ValidationResult("needs a role, and a batch has none; create these tasks one by one or in bulk", [nameof(Type)])];

        var wrong = new List<ValidationResult>();
        for (var i = 0; i < Payloads.Count && wrong.Count < MostErrors; i++)
        {
            var bytes = Encoding.UTF8.GetBytes(PayloadOf(Payloads[i]));
            if (bytes.Length > TaskLimits.MaxPayloadBytes)
            {
                wrong.Add(new ValidationResult($"has more than {TaskLimits.MaxPayloadBytes} bytes at {i}", [nameof(Payloads)]));
                continue;
            }
            var errors = type.Validate(bytes, validationContext);
            if (errors.Count > 0)
                wrong.Add(new ValidationResult($"does not fit the type at {i}: {FieldErrors.Summary(errors, Language.English)}", [nameof(Payloads)]));
        }
        return wrong;
    }
}

/// <param name="Failures">The first hundred of those that failed.</param>
public sealed record BatchResult(int Total, long Completed, long Failed, long Cancelled, IReadOnlyList<BatchChildFailure> Failures)
{
    public const int MostFailures = 100;
}

/// <summary>Why one of a batch's tasks failed.</summary>
public sealed record BatchChildFailure(string Id, string Code, string Message);
