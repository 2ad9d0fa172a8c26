using System.Globalization;
using System.Text.Json;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>A task's row as values of statements, in the order of <see cref="Writes.TaskColumns"/>.</summary>
internal static class TaskRowColumns
{
    /// <summary>How many columns <see cref="Writes.TaskColumns"/> has; what a query adds comes after them.</summary>
    public const int Count = 45;

    private static readonly string DefaultBackoff = Write(Backoff.Default);

    /// <summary>Reads a row from <paramref name="from"/> on; its slot's end and seats, when the query has them, are the next columns.</summary>
    public static TaskRow Read(IRow row, int from = 0, bool withSlot = true)
    {
        var c = from;
        var task = new TaskRow
        {
            Number = row.Int(c++),
            Id = row.Text(c++),
            Type = row.Text(c++),
            Priority = PriorityOf(row.Text(c++)),
            MaxRetries = (int)row.Int(c++),
            TimeoutSeconds = (int)row.Int(c++),
            Backoff = BackoffOf(row.Text(c++)),
            CreatedBy = row.Text(c++),
            Source = row.Text(c++),
            Tags = TagsOf(row.TextOrNull(c++)),
            CreatedAt = row.Time(c++),
            Relations = TaskRelations.Read(row.TextOrNull(c++)),
        };
        task.Progress = row.IsNull(c) ? null : new TaskProgress(row.Int(c), row.Int(c + 1), row.Real(c + 2), row.TextOrNull(c + 3));
        c += 4;
        task.Error = row.IsNull(c) ? null : new TaskError(row.Text(c), row.Text(c + 1), row.TextOrNull(c + 2));
        c += 3;
        task.RetryCount = (int)row.Int(c++);
        task.StartedAt = row.TimeOrNull(c++);
        task.CompletedAt = row.TimeOrNull(c++);
        task.CancelledAt = row.TimeOrNull(c++);
        task.RunAt = row.TimeOrNull(c++);
        task.DueAt = row.Time(c++);
        task.ChangedAt = row.TimeOrNull(c++);
        task.Version = row.Int(c++);
        task.Run = (int)row.Int(c++);
        task.Attempt = (int)row.Int(c++);
        task.Fence = row.Int(c++);
        task.Worker = row.TextOrNull(c++);
        task.Epoch = row.TextOrNull(c++);
        task.LeaseEnded = row.Flag(c++);
        task.CancelRequested = row.Flag(c++);
        task.Recoveries = (int)row.Int(c++);
        task.HasOrchestration = row.Flag(c++);
        task.LogLines = row.Int(c++);
        task.LogDroppedAfter = row.Int(c++);
        task.LogDroppedTo = row.Int(c++);
        task.Links = (LinkFlags)row.Int(c++);
        task.Status = StateOf(row.Text(c++));
        task.Queue = row.TextOrNull(c++);
        task.QueueRank = row.Int(c++);
        task.FacetOwn = row.Int(c++);
        task.FacetAll = row.Int(c++);
        if (withSlot) (task.SlotUntil, task.Seats) = (row.IntOrNull(c), row.TextOrNull(c + 1));
        task.Stored();
        return task;
    }

    public static IStatement Immutable(this IStatement statement, TaskRow task) => statement
        .Text(task.Id).Text(task.Type).Text(task.Priority.Name()).Int(task.MaxRetries).Int(task.TimeoutSeconds).Text(Write(task.Backoff))
        .Text(task.CreatedBy).Text(task.Source).Text(task.Tags.Count == 0 ? null : JsonSerializer.Serialize(task.Tags)).Time(task.CreatedAt)
        .Text(TaskRelations.Write(task.Relations));

    public static IStatement Mutable(this IStatement statement, TaskRow task) => statement
        .Int(task.Progress?.Current).Int(task.Progress?.Total).Real(task.Progress?.Percent).Text(task.Progress?.Message)
        .Text(task.Error?.Code).Text(task.Error?.Message).Text(task.Error?.Details).Int(task.RetryCount)
        .Time(task.StartedAt).Time(task.CompletedAt).Time(task.CancelledAt).Time(task.RunAt).Time(task.DueAt).Time(task.ChangedAt)
        .Int(task.Version).Int(task.Run).Int(task.Attempt).Int(task.Fence).Text(task.Worker).Text(task.Epoch).Flag(task.LeaseEnded)
        .Flag(task.CancelRequested).Int(task.Recoveries).Flag(task.HasOrchestration)
        .Int(task.LogLines).Int(task.LogDroppedAfter).Int(task.LogDroppedTo).Int((long)task.Links);

    public static IStatement Indexed(this IStatement statement, TaskRow task) => statement
        .Text(task.Status.Name()).Text(task.Queue).Int(task.QueueRank).Int(task.FacetOwn).Int(task.FacetAll);

    private static string Write(Backoff backoff) => backoff == Backoff.Default && DefaultBackoff is not null
        ? DefaultBackoff
        : string.Create(CultureInfo.InvariantCulture, $"{backoff.Kind} {backoff.DelaySeconds:R} {backoff.Factor:R} {backoff.MaxDelaySeconds:R}");

    private static Backoff BackoffOf(string text)
    {
        if (text == DefaultBackoff) return Backoff.Default;
        var parts = text.Split(' ');
        double Number(int part) => double.Parse(parts[part], CultureInfo.InvariantCulture);
        return new Backoff(Enum.Parse<BackoffKind>(parts[0]), Number(1), Number(2), Number(3));
    }

    private static IReadOnlyList<string> TagsOf(string? text) => text is null ? [] : JsonSerializer.Deserialize<string[]>(text)!;

    private static TaskState StateOf(string name) =>
        TaskStates.TryParse(name, out TaskState state) ? state : throw new InvalidDataException($"'{name}' is no state of a task.");

    private static TaskPriority PriorityOf(string name) =>
        TaskStates.TryParse(name, out TaskPriority priority) ? priority : throw new InvalidDataException($"'{name}' is no lane.");
}
