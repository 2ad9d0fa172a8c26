using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Tasklane.Tasks.Handling;

namespace Tasklane.Functions.Tests.Intake;

public sealed record BlobProbePayload(BlobReference Source);

public sealed record BlobProbeResult(string Name, long Length, int Lines);

/// <summary>Reads the blob that it was made of.</summary>
[TaskType("probe_blob")]
public sealed class BlobProbe(DroppedBlobs blobs) : ITaskHandler<BlobProbePayload>
{
    public async Task<Outcome> RunAsync(BlobProbePayload payload, ITaskRun run)
    {
        using var reader = new StreamReader(await blobs.OpenAsync(payload.Source, cancellation: run.Cancellation));
        var lines = 0;
        while (await reader.ReadLineAsync(run.Cancellation) is not null)
            lines++;
        return Outcome.Completed(new BlobProbeResult(payload.Source.Name, payload.Source.Length, lines));
    }
}

public sealed record StreamProbePayload(
    [property: JsonPropertyName("task_id")] long TaskId, string Action, string? Timestamp = null, int Retry = 0, string Source = "user_create")
    : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Source == "broken" ? throw new InvalidOperationException("A fault in a rule.") : [];
}

/// <summary>Ends at once, but for periodic work, which goes on until it is stopped.</summary>
[TaskType("probe_stream")]
public sealed class StreamProbe : ITaskHandler<StreamProbePayload>
{
    public async Task<Outcome> RunAsync(StreamProbePayload payload, ITaskRun run)
    {
        if (payload.Source == "periodic")
            await Task.Delay(Timeout.InfiniteTimeSpan, run.Time, run.Cancellation);
        return Outcome.Completed(payload);
    }
}

/// <summary>Cannot be used until somebody has mended what it needs.</summary>
public sealed record MendablePayload(string Name) : IValidatableObject
{
    public static HashSet<string> Mended { get; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        lock (Mended)
        {
            if (!Mended.Contains(Name))
                yield return new ValidationResult("is broken just now", [nameof(Name)]);
        }
    }
}

[TaskType("probe_mendable")]
public sealed class MendableProbe : ITaskHandler<MendablePayload>
{
    public Task<Outcome> RunAsync(MendablePayload payload, ITaskRun run) => Task.FromResult(Outcome.Completed(payload));
}
