using System.Globalization;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Exporting;

/// <summary>
/// The tasks of one user that there were when the export was asked for, newest first. Pages shift while tasks come and go; ids
/// grow with time, so what a shifted page repeats is told by its id and left out.
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
        var (number, last) = position?.Split('/') is [var page, var id] ? (int.Parse(page, CultureInfo.InvariantCulture), id) : (1, null);
        var found = await store.ListAsync(new TaskQuery
        {
            Owner = export.CreatedBy,
            Status = filter.Status,
            Type = filter.Type,
            Priority = filter.Priority,
            Tag = filter.Tag,
            Text = filter.Q,
            Page = number,
            PageSize = PageSize,
        }, cancellation);
        var rows = found.Tasks
            .Where(task => task.CreatedAt <= export.CreatedAt && (last is null || string.CompareOrdinal(task.Id, last) < 0))
            .Select(RowOf).ToArray();
        var next = found.Tasks.Count < PageSize ? null : $"{number + 1}/{found.Tasks[^1].Id}";
        return new RowPage(rows, next, found.Total);
    }

    private static Row RowOf(TaskRecord task) => new(
    [
        Cell.Plain($"{task.Id}"), Cell.Plain($"{task.Type}"), Cell.Plain($"{task.Status.Name()}"), Cell.Plain($"{task.Priority.Name()}"),
        Cell.Time(task.CreatedAt), Cell.Time(task.StartedAt), Cell.Time(task.CompletedAt), Cell.Time(task.CancelledAt),
        Cell.Text(task.Source), Cell.Plain($"{task.RetryCount}"), Cell.Plain($"{task.MaxRetries}"), Cell.Plain($"{task.TimeoutSeconds}"),
        Cell.Time(task.RunAt), Cell.Text(string.Join(';', task.Tags)), Cell.Plain($"{task.Progress?.Percent}"),
        Cell.Text(task.Error?.Code), Cell.Text(task.Error?.Message), Cell.Text(task.Payload), Cell.Text(task.Result),
    ], json => TaskJson.Write(json, task));
}
