using System.Globalization;
using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Reading;

/// <summary>Counts, all of them kept up by the transitions: nothing here grows with the number of tasks.</summary>
internal static class Statistics
{
    private static readonly SqlRead ByStatus = new("select status, cast(sum(n) as bigint) from async_task_facets where scope = 0 group by status");

    private static readonly SqlRead Waiting = new("select waiting_high, waiting_normal, waiting_low, delayed from async_task_hub");

    private static readonly SqlRead Totals = new("select name, n from async_task_counts where minute = 0");

    private static readonly SqlRead Minutes = new("select minute, name, n from async_task_counts where minute > $1 and minute > 0 order by minute");

    private static readonly SqlRead Workers = new("select name, running, seen_at from async_task_workers where seen_at > $1 order by name");

    /// <summary>The head of each lane, and of each lane's part of each line behind a limit: one of them is the oldest.</summary>
    private static readonly SqlRead Oldest = new(
        """
        with recursive held (line) as (
          select min(line) from async_tasks where line >= 'held:' and line < 'held;'
          union all
          select (select min(t.line) from async_tasks t where t.line > held.line and t.line < 'held;') from held where held.line is not null),
        places (line, line_rank) as (
          select line, 0 from held where line is not null union all select line, 1 from held where line is not null
          union all select line, 2 from held where line is not null
          union all select 'high', 0 union all select 'normal', 0 union all select 'low', 0)
        select min((select t.created_at from async_tasks t where t.line = p.line and t.line_rank = p.line_rank order by t.id limit 1))
        from places p
        """);

    public static async Task<QueueStats> QueueAsync(IReader reader, DateTimeOffset seenAfter)
    {
        var byStatus = Enum.GetValues<TaskState>().ToDictionary(state => state, _ => 0L);
        foreach (var (name, count) in await reader.ListAsync(ByStatus, _ => { }, row => (row.Text(0), row.Int(1))))
        {
            if (TaskStates.TryParse(name, out TaskState state)) byStatus[state] = count;
        }
        var waiting = await reader.FirstAsync(Waiting, _ => { }, row => new[] { row.Int(0), row.Int(1), row.Int(2), row.Int(3) })
            ?? throw new InvalidDataException("The hub's row is missing.");
        var totals = (await reader.ListAsync(Totals, _ => { }, row => (Name: row.Text(0), Count: row.Int(1)))).ToDictionary(one => one.Name, one => one.Count);
        var oldest = waiting[0] + waiting[1] + waiting[2] == 0 ? null : await reader.FirstAsync(Oldest, _ => { }, row => row.TimeOrNull(0));
        var workers = await reader.ListAsync(
            Workers,
            statement => statement.Time(seenAfter),
            row => new WorkerStats(row.Text(0), (int)row.Int(1), row.Time(2)));
        return new QueueStats(
            byStatus,
            Enum.GetValues<TaskPriority>().ToDictionary(lane => lane, lane => waiting[(int)lane]),
            waiting[3],
            oldest,
            Total(Tally.Created), Total(Tally.Completed), Total(Tally.Failed), Total(Tally.Cancelled), Total(Tally.Retried),
            workers);

        long Total(string name) => totals.GetValueOrDefault(name);
    }

    public static async Task<IReadOnlyList<MinuteStats>> HistoryAsync(IReader reader, long afterMinute)
    {
        var rows = await reader.ListAsync(
            Minutes, statement => statement.Int(afterMinute), row => (Minute: row.Int(0), Name: row.Text(1), Count: row.Int(2)));
        return [.. rows.GroupBy(row => row.Minute, (minute, counts) => MinuteOf(minute, counts.ToDictionary(row => row.Name, row => row.Count)))];
    }

    private static MinuteStats MinuteOf(long minute, Dictionary<string, long> counts) => new(
        DateTimeOffset.FromUnixTimeSeconds(minute * 60),
        counts.GetValueOrDefault(Tally.Created),
        counts.GetValueOrDefault(Tally.Completed),
        counts.GetValueOrDefault(Tally.Failed),
        counts.GetValueOrDefault(Tally.Cancelled),
        counts.GetValueOrDefault(Tally.Retried),
        Histogram(counts, Tally.Wait),
        Histogram(counts, Tally.Run),
        counts.TryGetValue(Tally.Running, out var running)
            ? new(
                Enum.GetValues<TaskPriority>().ToDictionary(lane => lane, lane => counts.GetValueOrDefault(Tally.DepthOf(lane))),
                running,
                counts.GetValueOrDefault(Tally.Oldest))
            : null);

    private static Dictionary<int, long> Histogram(Dictionary<string, long> counts, string prefix) => counts
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(pair => int.Parse(pair.Key.AsSpan(prefix.Length), CultureInfo.InvariantCulture), pair => pair.Value);
}
