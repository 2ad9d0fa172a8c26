using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Exporting;

/// <summary>What is exported.</summary>
public enum ExportWhat
{
    Tasks,
    Logs,
}

/// <summary>The file's format.</summary>
public enum ExportFormat
{
    Csv,
    Json,
    Ndjson,
}

/// <summary>Filters as the list of tasks has them; <c>level</c> and <c>q</c> for log lines.</summary>
public sealed record ExportPayload(
    [property: Description("Your tasks, or the log lines you stored.")] ExportWhat What,
    ExportFormat Format = ExportFormat.Csv,
    [property: Description("Tasks only."), OnlyFor(ExportWhat.Tasks)] TaskState? Status = null,
    [property: Description("Tasks only."), OnlyFor(ExportWhat.Tasks), StringLength(50)] string? Type = null,
    [property: Description("Tasks only."), OnlyFor(ExportWhat.Tasks)] TaskPriority? Priority = null,
    [property: Description("Tasks only."), OnlyFor(ExportWhat.Tasks), StringLength(TaskLimits.MaxTagLength)] string? Tag = null,
    [property: Description("Words that tasks are found by, or text that a log line holds."), StringLength(200)] string? Q = null,
    [property: Description("Log lines only."), OnlyFor(ExportWhat.Logs), StringLength(16)] string? Level = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (What == ExportWhat.Tasks && Q is { Length: > 0 } && SearchWords.Count(Q) is (0 or > SearchWords.MaxWords))
            yield return new ValidationResult($"must have 1 to {SearchWords.MaxWords} words of letters or digits", [nameof(Q)]);
    }
}

/// <summary>A filter that the other kind of export would ignore.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OnlyForAttribute(ExportWhat what) : ValidationAttribute
{
    public ExportWhat What => what;

    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is null || ((ExportPayload)validationContext.ObjectInstance).What == what
            ? ValidationResult.Success
            : new ValidationResult($"is for {(what == ExportWhat.Tasks ? "tasks" : "log lines")} only");
}

public sealed record ExportResult(long Rows, TaskFile File);

/// <summary>
/// Writes the creator's own tasks or log lines into a file. Every chunk written is followed by a checkpoint, so a crash costs a
/// chunk at most.
/// </summary>
[TaskType("export", Description = "Exports your tasks or log lines to a CSV, JSON or NDJSON file for download.")]
public sealed class ExportHandler(ITaskStore tasks, ILogLineStore lines) : ITaskHandler<ExportPayload>
{
    private const int ChunkBytes = 512 * 1024;

    public async Task<Outcome> RunAsync(ExportPayload payload, ITaskRun run)
    {
        IRowSource source = payload.What == ExportWhat.Tasks
            ? new TaskRows(tasks, run.Task, payload)
            : new LineRows(lines, run.Task.CreatedBy, payload);
        var at = run.GetCheckpoint<ExportCheckpoint>() ?? new ExportCheckpoint();
        using var rows = RowWriter.Of(payload.Format, source.Columns);
        if (at.Chunks == 0)
            rows.Begin();

        while (!at.IsDone)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            var page = await source.ReadAsync(at.Position, run.Cancellation);
            foreach (var row in page.Rows)
                rows.Write(row, isFirst: at.Rows++ == 0);
            at.Position = page.Next;
            at.IsDone = page.Next is null;
            if (at.IsDone)
                rows.End();
            var sliceIsOver = run.SliceIsOver; // asked once: what the answer decides goes together
            if (rows.Length >= ChunkBytes || at.IsDone || sliceIsOver)
                await FlushAsync(rows, at, run);
            run.ReportProgress(at.Rows, Math.Max(page.Total, at.Rows), $"{at.Rows} rows");
            if (sliceIsOver && !at.IsDone)
                return Outcome.Continue;
        }
        run.Log(TaskLogLevel.Info, $"Exported {at.Rows} rows, {at.Bytes} bytes.");
        var name = $"{source.Name}-{run.Task.CreatedAt.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}.{rows.Extension}";
        return Outcome.Completed(new ExportResult(at.Rows, new TaskFile(name, rows.ContentType, at.Bytes)));
    }

    private static async Task FlushAsync(RowWriter rows, ExportCheckpoint at, ITaskRun run)
    {
        for (var bytes = rows.Written; bytes.Length > 0;)
        {
            var chunk = bytes[..Math.Min(bytes.Length, 2 * ChunkBytes)]; // 1 MiB is the most a chunk may have
            await run.WriteFileChunkAsync(at.Chunks++, chunk);
            at.Bytes += chunk.Length;
            bytes = bytes[chunk.Length..];
        }
        rows.Clear();
        await run.SaveCheckpointAsync(at);
    }

    /// <summary>Where to go on: all chunks before are written.</summary>
    internal sealed record ExportCheckpoint
    {
        public int Chunks { get; set; }
        public long Bytes { get; set; }
        public long Rows { get; set; }
        public string? Position { get; set; }
        public bool IsDone { get; set; }
    }
}
