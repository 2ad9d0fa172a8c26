using System.Globalization;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Exporting;

/// <summary>
/// The tasks of one user that there were when the export was asked for, newest first. Pages shift while tasks come and go. The
/// list is sorted by the tasks' numbers, so what a shifted page repeats is told by its number and left out; and when the list has
/// become shorter, pages are read again, so that what has moved forward is not passed over.
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
        var at = Cursor.Parse(position);
        var (number, total) = (at.Page, at.Total);
        var found = await PageAsync(number, cancellation);
        // Fewer than before: tasks left the list, and what followed them moved to pages that have been read already.
        while (found.Total < total && number > 1)
        {
            number = (int)Math.Max(1, number - ((total - found.Total + PageSize - 1) / PageSize));
            total = found.Total;
            found = await PageAsync(number, cancellation);
        }
        var rows = found.Tasks.Where(task => task.Number <= export.Number && task.Number < at.Last).ToArray();
        var next = found.Tasks.Count < PageSize ? null : new Cursor(number + 1, rows.Length > 0 ? rows[^1].Number : at.Last, found.Total).ToString();
        return new RowPage([.. rows.Select(RowOf)], next, found.Total);
    }

    private Task<TaskPage> PageAsync(int number, CancellationToken cancellation) => store.ListAsync(new TaskQuery
    {
        Owner = export.CreatedBy,
        Status = filter.Status,
        Type = filter.Type,
        Priority = filter.Priority,
        Tag = filter.Tag,
        Text = filter.Q is "" ? null : filter.Q,
        Page = number,
        PageSize = PageSize,
    }, cancellation);

    /// <param name="Last">Number of the last task that was exported.</param>
    /// <param name="Total">Tasks in the list when the page before was read.</param>
    private readonly record struct Cursor(int Page, long Last, long Total)
    {
        public static Cursor Parse(string? position) => position?.Split('/') is [var page, var last, var total]
            ? new Cursor(
                int.Parse(page, CultureInfo.InvariantCulture),
                long.Parse(last, CultureInfo.InvariantCulture),
                long.Parse(total, CultureInfo.InvariantCulture))
            : new Cursor(1, long.MaxValue, 0);

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Page}/{Last}/{Total}");
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
