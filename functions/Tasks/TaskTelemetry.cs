using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Tasklane.Tasks;

/// <summary>
/// What the service tells of itself to whoever listens: spans of the source and instruments of the meter <see cref="Name"/>. Names are in the
/// README's table; durations are in seconds. Costs next to nothing while nobody listens.
/// </summary>
public static class TaskTelemetry
{
    public const string Name = "Tasklane";

    public static ActivitySource Source { get; } = new(Name);

    private static readonly Meter Instruments = new(Name);

    private static readonly Counter<long> CreatedCount = Instruments.CreateCounter<long>(
        "tasklane.tasks.created", "{task}", "Tasks created, by type and source.");

    private static readonly Counter<long> AttemptCount = Instruments.CreateCounter<long>(
        "tasklane.task.attempts", "{attempt}", "Attempts and slices ended, by type and outcome.");

    private static readonly Histogram<double> WaitTime = Instruments.CreateHistogram<double>(
        "tasklane.task.wait", "s", "From when a task was due to its first start, by type.");

    private static readonly Histogram<double> RunTime = Instruments.CreateHistogram<double>(
        "tasklane.task.duration", "s", "How long an attempt or slice took here, by type and outcome.");

    /// <summary>A task has been created, and no repeated request found it.</summary>
    public static void Created(TaskRecord task) =>
        CreatedCount.Add(1, new KeyValuePair<string, object?>("task.type", task.Type), new KeyValuePair<string, object?>("task.source", task.Source));

    /// <summary>The span of an attempt or a slice, a child of the activity's; null while nobody listens.</summary>
    public static Activity? Run(TaskRecord task)
    {
        if (task.Attempt == 1 && task.StartedAt - (task.RunAt ?? task.CreatedAt) is { } wait)
            WaitTime.Record(Math.Max(0, wait.TotalSeconds), new KeyValuePair<string, object?>("task.type", task.Type));
        if (Source.StartActivity($"run {task.Type}", ActivityKind.Consumer) is not { } span)
            return null;
        Describe(span, task);
        return span.SetTag("task.attempt", task.Attempt);
    }

    public static void Describe(Activity? span, TaskRecord task) =>
        span?.SetTag("task.id", task.Id).SetTag("task.type", task.Type).SetTag("task.source", task.Source);

    /// <summary>An attempt or slice has ended.</summary>
    /// <param name="outcome">completed, failed, retried, cancelled, continued, released or lost.</param>
    public static void Ended(Activity? span, TaskRecord task, string outcome, TaskError? error, TimeSpan took)
    {
        var tags = new TagList { { "task.type", task.Type }, { "task.outcome", outcome } };
        if (error is not null)
            tags.Add("error.type", error.Code);
        AttemptCount.Add(1, tags);
        RunTime.Record(took.TotalSeconds, tags);
        if (span is null)
            return;
        span.SetTag("task.outcome", outcome);
        if (error is not null)
            span.SetTag("error.type", error.Code).SetStatus(ActivityStatusCode.Error, error.Code);
    }
}
