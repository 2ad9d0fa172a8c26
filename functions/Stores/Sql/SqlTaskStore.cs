using System.Globalization;
using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Transitions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql;

/// <summary>
/// Tasks in an SQL database. Every transition is a method of Transitions, run by the <see cref="Writer"/>; every question is a query on
/// a connection of its own. Made by <see cref="SqlStores"/>.
/// </summary>
internal sealed class SqlTaskStore(SqlDatabase database, TasklaneOptions options, TimeProvider time) : ITaskStore
{
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(1);

    private readonly TaskReader reader = new(database.Reads, options, time);

    public Task InitializeAsync(CancellationToken cancellation) => database.InitializeAsync(cancellation);

    // It reads and writes: a full disk is read as before.
    public async Task PingAsync(CancellationToken cancellation)
    {
        try
        {
            await ReadAndWriteAsync().WaitAsync(PingLimit, cancellation);
        }
        catch (TimeoutException error)
        {
            throw new TaskException(TaskErrors.StoreUnavailable, "The task database did not answer within a second.", error);
        }

        async Task ReadAndWriteAsync()
        {
            await reader.PingAsync(cancellation);
            await database.Writer.RunAsync(new Work<bool>(Probe, [], cancellation));
        }

        static bool Probe(Ledger ledger)
        {
            ledger.Tally.Probe(ledger.Now);
            return true;
        }
    }

    public Task<Created> CreateAsync(NewTask task, CancellationToken cancellation)
    {
        var text = NewTaskText.Of(task);
        return database.Writer.RunAsync(new Work<Created>(ledger => ledger.Create(task, text), [task.Id], cancellation) { Key = task.IdempotencyKey });
    }

    public Task<Admission> AdmitAsync(string id, int run, int retryCount, CancellationToken cancellation) =>
        RunAsync(id, ledger => ledger.Admit(id, run, retryCount), cancellation);

    public Task<Started> StartAsync(string id, int run, int retryCount, WorkerName worker, CancellationToken cancellation) =>
        RunAsync(id, ledger => ledger.Start(id, run, retryCount, worker), cancellation, wantsBody: true);

    public Task<IReadOnlyList<Hold>> RenewAsync(WorkerName worker, IReadOnlyList<Held> held, CancellationToken cancellation) =>
        database.Writer.RunAsync(new Work<IReadOnlyList<Hold>>(ledger => ledger.Renew(worker, held), [.. held.Select(one => one.Id)], cancellation));

    public Task<Reported> ReportAsync(Held held, TaskProgress? progress, IReadOnlyList<TaskLogLine> lines, CancellationToken cancellation) =>
        RunAsync(held.Id, ledger => ledger.Report(held, progress, lines), cancellation);

    public Task SaveCheckpointAsync(Held held, string checkpoint, CancellationToken cancellation) =>
        RunAsync(held.Id, ledger => ledger.SaveCheckpoint(held, checkpoint), cancellation);

    public Task ContinueAsync(Held held, string? checkpoint, CancellationToken cancellation) =>
        RunAsync(held.Id, ledger => ledger.Continue(held, checkpoint), cancellation);

    public Task<Ended> CompleteAsync(Held held, string result, CancellationToken cancellation) =>
        RunAsync(held.Id, ledger => ledger.Complete(held, result), cancellation);

    public Task<Ended> FailAsync(Held held, TaskError error, CancellationToken cancellation) =>
        RunAsync(held.Id, ledger => ledger.Fail(held, error), cancellation);

    public Task<Ended> BackOffAsync(Held held, TaskError error, DateTimeOffset runAt, CancellationToken cancellation) =>
        RunAsync(held.Id, ledger => ledger.BackOff(held, error, runAt), cancellation);

    public Task<Ended> StopAsync(Held held, CancellationToken cancellation) =>
        RunAsync(held.Id, ledger => ledger.Stop(held), cancellation);

    public Task<Ended> ReleaseAsync(Held held, CancellationToken cancellation) =>
        RunAsync(held.Id, ledger => ledger.Release(held), cancellation);

    public Task<Cancelled> CancelAsync(string id, string? owner, bool stopRunning, CancellationToken cancellation) =>
        RunAsync(id, ledger => ledger.Cancel(id, owner, stopRunning), cancellation, wantsBody: true);

    public Task<Created> RetryAsync(string id, string? owner, CancellationToken cancellation) =>
        RunAsync(id, ledger => ledger.Retry(id, owner), cancellation, wantsBody: true);

    public Task<TaskRecord?> GetAsync(string id, string? owner, CancellationToken cancellation) => reader.GetAsync(id, owner, cancellation);

    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellation) => reader.ListAsync(query, cancellation);

    public Task<LogPage> GetLogsAsync(string id, TaskLogLevel? atLeast, int page, int pageSize, CancellationToken cancellation) =>
        reader.GetLogsAsync(id, atLeast, page, pageSize, cancellation);

    public Task<IReadOnlyList<TaskEvent>> GetEventsAsync(string id, long afterVersion, int limit, CancellationToken cancellation) =>
        reader.GetEventsAsync(id, afterVersion, limit, cancellation);

    public Task<QueueStats> GetStatsAsync(CancellationToken cancellation) => reader.GetStatsAsync(cancellation);

    public Task<IReadOnlyList<MinuteStats>> GetHistoryAsync(int minutes, CancellationToken cancellation) =>
        reader.GetHistoryAsync(minutes, cancellation);

    public Task NoteGaugesAsync(QueueGauges gauges, CancellationToken cancellation) => database.Writer.RunAsync(new Work<bool>(
        ledger =>
        {
            ledger.Tally.Note(gauges, ledger.Now);
            return true;
        },
        [],
        cancellation));

    public Task<OutboxBatch> DrainOutboxAsync(string? acknowledge, int limit, CancellationToken cancellation)
    {
        // What is no position of this store acknowledges nothing: the pump would offer it again for ever.
        long? position = long.TryParse(acknowledge, NumberStyles.None, CultureInfo.InvariantCulture, out var known) ? known : null;
        return database.Writer.RunAsync(new Work<OutboxBatch>(ledger => ledger.Drain(position, limit), [], cancellation));
    }

    public Task<Sweep> SweepAsync(int limit, CancellationToken cancellation) =>
        database.Writer.RunAsync(new Work<Sweep>(ledger => ledger.Sweep(limit), [], cancellation) { IsAlone = true });

    public Task<IReadOnlyList<string>> PurgeAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellation) =>
        database.Writer.RunAsync(new Work<IReadOnlyList<string>>(ledger => ledger.Purge(endedBefore, limit), [], cancellation) { IsAlone = true });

    public Task WriteFileChunkAsync(Held held, int index, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        RunAsync(held.Id, ledger => ledger.WriteFileChunk(held, index, bytes), cancellation);

    public Task<byte[]?> ReadFileChunkAsync(string id, int index, CancellationToken cancellation) =>
        reader.ReadFileChunkAsync(id, index, cancellation);

    private Task<T> RunAsync<T>(string id, Func<Ledger, T> transition, CancellationToken cancellation, bool wantsBody = false) =>
        database.Writer.RunAsync(new Work<T>(transition, [id], cancellation) { WantsBodies = wantsBody });
}
