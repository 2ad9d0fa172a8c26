using System.Globalization;
using Spectre.Console;
using Tasklane.Client;
using Tasklane.Client.Queue;
using Tasklane.Client.Schedules;

namespace Tasklane.Cli.Output;

/// <summary>Lists and details, for people. Texts of others go in as texts, never as markup.</summary>
internal static class Tables
{
    public static void Write(IReadOnlyList<TaskInfo> tasks)
    {
        var table = Of("ID", "TYPE", "STATUS", "PRIORITY", "PROGRESS", "CREATED");
        foreach (var task in tasks)
            table.AddRow(Plain(task.Id), Plain(task.Type), State(task.Status), Plain(task.Priority.Name()), Plain(Progress(task)), Plain(Time(task.CreatedAt)));
        Terminals.Out.Write(table);
    }

    public static void Write(TaskInfo task) => Write(
        ("id", Plain(task.Id)),
        ("type", Plain(task.Type)),
        ("status", State(task.Status)),
        ("priority", Plain(task.Priority.Name())),
        ("progress", Plain(Progress(task))),
        ("error", Plain(task.Error is { } error ? $"{error.Message} ({error.Code})" : null)),
        ("attempt", Plain(string.Create(CultureInfo.InvariantCulture, $"{task.Attempt}, {task.RetryCount} of {task.MaxRetries} retries"))),
        ("created", Plain($"{Time(task.CreatedAt)} by {task.CreatedBy} ({task.Source})")),
        ("runs at", Plain(Time(task.RunAt))),
        ("started", Plain(Time(task.StartedAt))),
        ("ended", Plain(Time(task.CompletedAt ?? task.CancelledAt))),
        ("tags", Plain(string.Join(", ", task.Tags))),
        ("payload", Plain(task.Payload is { } payload ? JsonLines.Text(payload) : null)),
        ("result", Plain(task.Result is { } result ? JsonLines.Indented(result) : null)));

    public static void Write(IReadOnlyList<TaskType> types)
    {
        var table = Of("NAME", "ROLE", "DESCRIPTION");
        foreach (var type in types)
            table.AddRow(Plain(type.Name), Plain(type.RequiredRole), new Text(type.Description));
        Terminals.Out.Write(table);
    }

    public static void Write(IReadOnlyList<Schedule> schedules)
    {
        var table = Of("ID", "NAME", "WHEN", "TYPE", "NEXT", "FIRED");
        foreach (var schedule in schedules)
        {
            table.AddRow(
                Plain(schedule.Id), Plain(schedule.Name), Plain(When(schedule)), Plain(TypeOf(schedule)),
                Plain(schedule.Paused ? "paused" : Time(schedule.NextAt)), Plain(schedule.Fired.ToString(CultureInfo.InvariantCulture)));
        }
        Terminals.Out.Write(table);
    }

    public static void Write(Schedule schedule) => Write(
        ("id", Plain(schedule.Id)),
        ("name", Plain(schedule.Name)),
        ("when", Plain(When(schedule))),
        ("task", Plain(JsonLines.Text(schedule.Task))),
        ("missed", Plain(schedule.Missed.ToString().ToLowerInvariant())),
        ("overlap", Plain(schedule.Overlap.ToString().ToLowerInvariant())),
        ("paused", Plain(schedule.Paused ? "yes" : null)),
        ("last task", Plain(schedule.LastTaskId)),
        ("last error", Plain(schedule.LastError)),
        ("fired", Plain(string.Create(CultureInfo.InvariantCulture, $"{schedule.Fired}, {schedule.Skipped} skipped"))),
        ("next", Plain(string.Join('\n', schedule.Next.Select(tick => Time(tick))))));

    public static void Write(QueueStats stats)
    {
        var number = CultureInfo.InvariantCulture;
        Write(
            ("pending", Plain(string.Create(number, $"{stats.Pending} ({stats.Delayed} not due yet)"))),
            ("running", Plain(string.Create(number, $"{stats.Running} of {stats.MaxRunning}"))),
            ("completed", Plain(stats.Completed.ToString(number))),
            ("failed", Plain(stats.Failed.ToString(number))),
            ("cancelled", Plain(stats.Cancelled.ToString(number))),
            ("waiting", Plain(string.Join(", ", stats.Depth.Select(lane => string.Create(number, $"{lane.Key} {lane.Value}"))))),
            ("oldest waits", Plain(stats.OldestWaitingAt is null ? null : Durations.Text(TimeSpan.FromSeconds(stats.OldestWaitingSeconds)))),
            ("throughput", Plain(string.Create(number, $"{stats.ThroughputPerMinute} a minute"))),
            ("wait ms", Plain(Text(stats.Latency.WaitMs))),
            ("run ms", Plain(Text(stats.Latency.RunMs))),
            ("workers", Plain(string.Join(", ", stats.Workers.Select(worker => string.Create(number, $"{worker.Name} ({worker.Running})"))))));
    }

    private static string Text(Percentiles times) => string.Create(CultureInfo.InvariantCulture, $"p50 {times.P50:0}, p95 {times.P95:0}, p99 {times.P99:0}");

    private static void Write(params IEnumerable<(string Name, Text Value)> fields)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(3)).AddColumn();
        foreach (var (name, value) in fields)
        {
            if (value.Length > 0)
                grid.AddRow(new Text(name, new Style(Color.Grey)), value);
        }
        Terminals.Out.Write(grid);
    }

    private static Table Of(params string[] columns)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var column in columns)
        {
            var isLast = column == columns[^1];
            table.AddColumn(new TableColumn(new Text(column, new Style(Color.Grey))) { NoWrap = !isLast, Padding = new Padding(0, 0, isLast ? 0 : 3, 0) });
        }
        return table;
    }

    private static Text Plain(string? text) => new(Sentences.Plain(text));

    private static Text State(TaskState state) => new(state.Name(), new Style(state switch
    {
        TaskState.Completed => Color.Green,
        TaskState.Failed => Color.Red,
        TaskState.Running => Color.Blue,
        TaskState.Cancelled => Color.Grey,
        _ => Color.Default,
    }));

    /// <summary>Without a total nobody knows how far it is.</summary>
    private static string Progress(TaskInfo task) => task.Progress is not { } progress ? ""
        : progress.Total <= 0 ? progress.Message ?? ""
        : string.Create(CultureInfo.InvariantCulture, $"{progress.Percent:0} %{(progress.Message is { Length: > 0 } message ? " " + message : "")}");

    private static string When(Schedule schedule) => schedule switch
    {
        { Cron: { } cron } => $"{cron} ({schedule.TimeZone})",
        { EverySeconds: { } every } => $"every {Durations.Text(TimeSpan.FromSeconds(every))}",
        _ => $"at {Time(schedule.At)}",
    };

    private static string TypeOf(Schedule schedule) =>
        schedule.Task.TryGetProperty("type", out var type) ? type.GetString() ?? "" : "";

    /// <summary>In this machine's time zone, as the columns of a terminal are for people.</summary>
    private static string? Time(DateTimeOffset? time) => time?.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
