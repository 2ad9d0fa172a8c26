using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Transitions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Reading;

/// <summary>Questions about tasks, answered beside the writer.</summary>
internal sealed class TaskReader(IReads reads, TasklaneOptions options, TimeProvider time)
{
    private static readonly string Body = $"{Writes.TaskColumns}, b.payload, b.result, b.checkpoint";

    private static readonly SqlRead Ping = new("select 1 from async_task_schema where version = 1");

    private static readonly SqlRead ById = new(
        $"select {Body} from async_tasks t join async_task_bodies b on b.id = t.id where t.task_id = $1");

    private static readonly SqlRead ByNumbers = new(
        $"select {Body} from async_tasks t join async_task_bodies b on b.id = t.id where t.id {{any:1}} order by t.id desc");

    private static readonly SqlRead Purgeable = new(
        "select t.task_id, t.run from async_tasks t where t.queue = 'ended' and t.queue_rank < $1 order by t.queue_rank, t.id limit $2");

    private static readonly SqlRead Texts = new(
        $"select {Writes.TaskColumns}, b.payload from async_tasks t join async_task_bodies b on b.id = t.id where t.task_id {{any:1}}");

    private static readonly SqlRead Events = new(
        """
        select t.task_id, t.created_by, e.name, e.version, e.created_at, e.data
        from async_tasks t join async_task_events e on e.id = t.id where t.task_id = $1 and e.version > $2 order by e.version limit $3
        """);

    private static readonly SqlRead Version = new("select created_by, version, cancel_requested, log_lines, queue, links from async_tasks where task_id = $1");

    private static readonly SqlRead FileChunk = new(
        "select f.bytes from async_tasks t join async_task_files f on f.id = t.id where t.task_id = $1 and f.chunk = $2");

    // On another thread, because SQLite answers on the caller's.
    public Task PingAsync(CancellationToken cancellation) =>
        Task.Run(() => reads.RunAsync(reader => reader.ListAsync(Ping, _ => { }, row => row.Int(0)), cancellation), cancellation);

    public async Task<TaskRecord?> GetAsync(string id, string? owner, CancellationToken cancellation)
    {
        if (!TaskIds.IsWellFormed(id)) return null;
        var task = await reads.RunAsync(reader => reader.FirstAsync(ById, statement => statement.Text(id), ReadRecord), cancellation);
        return owner is null || task?.CreatedBy == owner ? task : null;
    }

    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellation) => reads.RunAsync(
        async reader =>
        {
            var (numbers, total) = await new TaskListing(reader, query).RunAsync();
            IReadOnlyList<TaskRecord> tasks = numbers.Count == 0
                ? []
                : await reader.ListAsync(ByNumbers, statement => statement.Ints(numbers), ReadRecord);
            return new TaskPage(tasks, total, numbers.Count < query.PageSize ? null : numbers[^1]);
        },
        cancellation);

    public Task<LogPage> GetLogsAsync(string id, TaskLogLevel? atLeast, int page, int pageSize, CancellationToken cancellation) =>
        reads.RunAsync(reader => new LogListing(reader, id, atLeast ?? TaskLogLevel.Debug).RunAsync((long)(page - 1) * pageSize, pageSize), cancellation);

    public async Task<IReadOnlyList<TaskEvent>> GetEventsAsync(string id, long afterVersion, int limit, CancellationToken cancellation) =>
        await reads.RunAsync(
            reader => reader.ListAsync(
                Events,
                statement => statement.Text(id).Int(afterVersion).Int(limit),
                row => new TaskEvent(row.Text(0), row.Text(1), row.Text(2), row.Int(3), row.Time(4), row.Text(5))),
            cancellation);

    public async Task<HubVersion?> GetVersionAsync(CancellationToken cancellation) =>
        await reads.VersionAsync(cancellation) is { } version ? new HubVersion(version, version) : null;

    public async Task<TaskVersion?> GetTaskVersionAsync(string id, string? owner, CancellationToken cancellation)
    {
        if (!TaskIds.IsWellFormed(id)) return null;
        var found = await reads.RunAsync(
            reader => reader.FirstAsync(
                Version,
                statement => statement.Text(id),
                row => (Owner: row.Text(0), Version: new TaskVersion(row.Int(1), row.Flag(2), TaskQueue.IsBlocked(row.TextOrNull(4)), ((LinkFlags)row.Int(5)).HasFlag(LinkFlags.HasChildren), row.Int(3)))),
            cancellation);
        return owner is null || found.Owner == owner ? found.Version : null;
    }

    public Task<QueueStats> GetStatsAsync(CancellationToken cancellation) =>
        reads.RunAsync(reader => Statistics.QueueAsync(reader, time.GetUtcNow().AddSeconds(-options.LeaseSeconds)), cancellation);

    public Task<IReadOnlyList<MinuteStats>> GetHistoryAsync(int minutes, CancellationToken cancellation) =>
        reads.RunAsync(reader => Statistics.HistoryAsync(reader, Counters.MinuteOf(time.GetUtcNow()) - minutes), cancellation);

    public Task<IReadOnlyList<MinuteStats>> GetHoursAsync(int hours, CancellationToken cancellation) =>
        reads.RunAsync(reader => Statistics.HoursAsync(reader, (Counters.MinuteOf(time.GetUtcNow()) / 60) - hours + 1), cancellation);

    public Task<byte[]?> ReadFileChunkAsync(string id, int index, CancellationToken cancellation) =>
        reads.RunAsync(reader => reader.FirstAsync(FileChunk, statement => statement.Text(id).Int(index), row => row.Bytes(0)), cancellation);

    public async Task<IReadOnlyList<PurgeableTask>> ListPurgeableAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellation) =>
        await reads.RunAsync(
            reader => reader.ListAsync(
                Purgeable,
                statement => statement.Int(endedBefore.ToUnixTimeMilliseconds()).Int(limit),
                row => new PurgeableTask(row.Text(0), (int)row.Int(1))),
            cancellation);

    /// <summary>What tasks are found by. It never changes, so it is worked out here and not where others wait for it.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<string>>> WordsAsync(IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var rows = await reads.RunAsync(
            reader => reader.ListAsync(
                Texts,
                statement => statement.Texts(ids),
                row =>
                {
                    var task = TaskRowColumns.Read(row, withSlot: false);
                    task.TakeBody(row.Text(TaskRowColumns.Count), null, null);
                    return task;
                }),
            cancellation);
        return rows.ToDictionary(row => row.Id, NewTaskText.WordsOf, StringComparer.Ordinal);
    }

    private static TaskRecord ReadRecord(IRow row)
    {
        var task = TaskRowColumns.Read(row, withSlot: false);
        const int body = TaskRowColumns.Count;
        task.TakeBody(row.Text(body), row.TextOrNull(body + 1), row.TextOrNull(body + 2));
        return task.ToRecord();
    }
}
