using System.Globalization;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Reading;

/// <summary>Counts, all of them kept up by the transitions: nothing here grows with the number of tasks.</summary>
internal static class Statistics
{
    private static readonly SqlRead ByStatus = new("select f.status, cast(sum(c.n) as bigint) from async_task_facets f join async_task_facet_counts c on c.id = f.id where f.scope = 0 group by f.status");

    private static readonly SqlRead Waiting = new(
        "select waiting_high, waiting_normal, waiting_low, delayed from async_task_hub",
        string.Join(", ", new[] { "high", "normal", "low", "delayed" }.Select((name, i) =>
            $"{(i == 0 ? "select " : "")}(select cast(coalesce(sum(n), 0) as bigint) from async_task_counts where minute = {Counters.Now} and name = '{name}')")));

    private static readonly SqlRead Totals = new("select name, cast(sum(n) as bigint) from async_task_counts where minute = 0 group by name");

    private static readonly SqlRead Minutes = new(
        "select minute, name, cast(sum(n) as bigint) from async_task_counts where minute > $1 and minute > 0 group by minute, name order by minute");

    private static readonly SqlRead Hours = new("select hour, name, n from async_task_hours where hour >= $1 order by hour");

    private static readonly SqlRead Workers = new("select name, running, seen_at from async_task_workers where seen_at > $1 order by name");

    /// <summary>The head of each lane, and of each lane's part of each queue behind a limit: one of them is the oldest.</summary>
    private static readonly SqlRead Oldest = new(
        """
        with recursive held (queue) as (
          select min(queue) from async_tasks where queue >= 'held:' and queue < 'held;'
          union all
          select (select min(t.queue) from async_tasks t where t.queue > held.queue and t.queue < 'held;') from held where held.queue is not null),
        places (queue, queue_rank) as (
          select queue, 0 from held where queue is not null union all select queue, 1 from held where queue is not null
          union all select queue, 2 from held where queue is not null
          union all select 'high', 0 union all select 'normal', 0 union all select 'low', 0)
        select min((select t.created_at from async_tasks t where t.queue = p.queue and t.queue_rank = p.queue_rank order by t.id limit 1))
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
            Total(Counters.Created), Total(Counters.Completed), Total(Counters.Failed), Total(Counters.Cancelled), Total(Counters.Retried),
            workers);

        long Total(string name) => totals.GetValueOrDefault(name);
    }

    public static async Task<IReadOnlyList<MinuteStats>> HistoryAsync(IReader reader, long afterMinute)
    {
        var rows = await reader.ListAsync(
            Minutes, statement => statement.Int(afterMinute), row => (Minute: row.Int(0), Name: row.Text(1), Count: row.Int(2)));
        return [.. rows.GroupBy(row => row.Minute, (minute, counts) => MinuteOf(minute, counts.ToDictionary(row => row.Name, row => row.Count)))];
    }

    /// <param name="first">The first hour since 1970.</param>
    public static async Task<IReadOnlyList<MinuteStats>> HoursAsync(IReader reader, long first)
    {
        var rows = await reader.ListAsync(
            Hours, statement => statement.Int(first), row => (Hour: row.Int(0), Name: row.Text(1), Count: row.Int(2)));
        var hours = rows.GroupBy(row => row.Hour, (hour, counts) => MinuteOf(hour * 60, counts.ToDictionary(row => row.Name, row => row.Count)));
        // Of one hour the minutes that are left come after those that have been added up.
        var minutes = await HistoryAsync(reader, (first * 60) - 1);
        return MinuteStats.By(TimeSpan.FromHours(1), hours.Concat(minutes).OrderBy(part => part.Minute.ToUnixTimeSeconds() / 3600));
    }

    private static MinuteStats MinuteOf(long minute, Dictionary<string, long> counts) => new(
        DateTimeOffset.FromUnixTimeSeconds(minute * 60),
        counts.GetValueOrDefault(Counters.Created),
        counts.GetValueOrDefault(Counters.Completed),
        counts.GetValueOrDefault(Counters.Failed),
        counts.GetValueOrDefault(Counters.Cancelled),
        counts.GetValueOrDefault(Counters.Retried),
        Histogram(counts, Counters.Wait),
        Histogram(counts, Counters.Run),
        counts.TryGetValue(Counters.Running, out var running)
            ? new(
                Enum.GetValues<TaskPriority>().ToDictionary(lane => lane, lane => counts.GetValueOrDefault(Counters.DepthOf(lane))),
                running,
                counts.GetValueOrDefault(Counters.Oldest))
            : null);

    private static Dictionary<int, long> Histogram(Dictionary<string, long> counts, string prefix) => counts
        .Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(pair => int.Parse(pair.Key.AsSpan(prefix.Length), CultureInfo.InvariantCulture), pair => pair.Value);
}
