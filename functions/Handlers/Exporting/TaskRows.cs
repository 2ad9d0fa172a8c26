using System.Globalization;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Exporting;

/// <summary>
/// The tasks of one user that there were when the export was asked for, newest first. It walks by the tasks' numbers, by which the list is
/// sorted: whatever is created, purged or moves on meanwhile, each task that stays in the list is found once.
/// </summary>
internal sealed class TaskRows(ITaskStore store, TaskRecord export, ExportPayload filter) : IRowSource
{
    /// <summary>Half of what the store would give: each may carry half a megabyte.</summary>
    private const int PageSize = TaskLimits.MaxPageSize / 2;

    public string Name => "tasks";

    public IReadOnlyList<string> Columns { get; } =
    [
        "id", "type", "status", "priority", "createdAt", "startedAt", "completedAt", "cancelledAt", "source", "retryCount", "maxRetries",
        "timeoutSeconds", "runAt", "tags", "percent", "errorCode", "errorMessage", "payload", "result",
    ];

    public async Task<RowPage> ReadAsync(string? position, CancellationToken cancellation)
    {
        var found = await store.ListAsync(new TaskQuery
        {
            Owner = export.CreatedBy,
            Status = filter.Status,
            Type = filter.Type,
            Priority = filter.Priority,
            Tag = filter.Tag,
            Text = filter.Q is "" ? null : filter.Q,
            After = After(position) ?? export.Number + 1,
            PageSize = PageSize,
        }, cancellation);
        return new RowPage([.. found.Tasks.Select(RowOf)], found.Next?.ToString(CultureInfo.InvariantCulture), found.Total);
    }

    /// <summary>The number of the last task that was exported. An export begun by an earlier version has it between a page and a total.</summary>
    private static long? After(string? position) =>
        position?.Split('/') is { } parts ? long.Parse(parts[parts.Length / 2], CultureInfo.InvariantCulture) : null;

    private static Row RowOf(TaskRecord task) => new(
    [
        Cell.Plain($"{task.Id}"), Cell.Plain($"{task.Type}"), Cell.Plain($"{task.Status.Name()}"), Cell.Plain($"{task.Priority.Name()}"),
        Cell.Time(task.CreatedAt), Cell.Time(task.StartedAt), Cell.Time(task.CompletedAt), Cell.Time(task.CancelledAt),
        Cell.Text(task.Source), Cell.Plain($"{task.RetryCount}"), Cell.Plain($"{task.MaxRetries}"), Cell.Plain($"{task.TimeoutSeconds}"),
        Cell.Time(task.RunAt), Cell.Text(string.Join(';', task.Tags)), Cell.Plain($"{task.Progress?.Percent}"),
        Cell.Text(task.Error?.Code), Cell.Text(task.Error?.Message), Cell.Text(task.Payload), Cell.Text(task.Result),
    ], json => TaskJson.Write(json, task));
}
