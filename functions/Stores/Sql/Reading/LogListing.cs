using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transitions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Reading;

/// <summary>A page of a task's log. Where lines were dropped stands one that says how many.</summary>
internal sealed class LogListing(IReader reader, string id, TaskLogLevel atLeast)
{
    private static readonly SqlRead Written = new("select t.log_lines, t.log_dropped_after, t.log_dropped_to from async_tasks t where t.task_id = $1");

    private static readonly SqlRead Count = new("select count(*) from async_task_logs where task_id = $1 and level {any:2} and no <= $3");

    private static readonly SqlRead Lines = new(
        "select created_at, level, message from async_task_logs where task_id = $1 and level {any:2} order by no limit $3 offset $4");

    private static readonly SqlRead TimeOf = new("select created_at from async_task_logs where task_id = $1 and no = $2");

    private readonly IReadOnlyList<string> levels = LogLevels.AtLeast(atLeast);

    public async Task<LogPage> RunAsync(long skip, int count)
    {
        var written = await reader.ListAsync(Written, statement => statement.Text(id), row => (Lines: row.Int(0), After: row.Int(1), To: row.Int(2)));
        if (written is not [var log]) return new LogPage([], 0);

        var total = await CountAsync(log.Lines);
        // The line that is made up moves those behind it by one.
        var gap = log.To > 0 && TaskLogLevel.Warning >= atLeast ? await CountAsync(log.After) : long.MaxValue;
        var (from, to) = (Place(skip), Place(skip + count));
        var lines = await reader.ListAsync(
            Lines,
            statement => statement.Text(id).Texts(levels).Int(to - from).Int(from),
            row => new TaskLogLine(row.Time(0), LogLevels.Of(row.Text(1)), row.Text(2)));
        if (gap >= skip && gap < skip + count) lines.Insert((int)(gap - from), await DroppedAsync(log.After, log.To));
        return new LogPage(lines, gap == long.MaxValue ? total : total + 1);

        long Place(long place) => place > gap ? place - 1 : place;
    }

    private Task<long> CountAsync(long upTo) =>
        reader.FirstAsync(Count, statement => statement.Text(id).Texts(levels).Int(upTo), row => row.Int(0));

    /// <summary>It has the time of the next line.</summary>
    private async Task<TaskLogLine> DroppedAsync(long after, long to)
    {
        var at = await reader.FirstAsync(TimeOf, statement => statement.Text(id).Int(to + 1), row => row.Time(0));
        return LogPage.Dropped(to - after, at);
    }
}
