using System.Globalization;
using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Transitions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql;

/// <summary>
/// Tasks in an SQL database. Every transition is a method of Transitions, run by the <see cref="Writers"/>; every question is a query on
/// a connection of its own. Made by <see cref="SqlStores"/>.
/// </summary>
internal sealed class SqlTaskStore(SqlDatabase database, TasklaneOptions options, TimeProvider time) : ITaskStore
{
    private const int PurgedAtOnce = 20;
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
            await database.Writers.RunAsync(new Work<bool>(Probe, [], cancellation));
        }

        static bool Probe(TaskTransaction transaction)
        {
            transaction.Counters.Probe(transaction.Now);
            return true;
        }
    }

    public Task<Created> CreateAsync(NewTask task, CancellationToken cancellation)
    {
        var text = NewTaskText.Of(task);
        return database.Writers.RunAsync(new Work<Created>(transaction => transaction.Create(task, text), [task.Id, .. RelativesOf(task.Parent, task.After)], cancellation)
        {
            Creates = true,
            WantsSlots = true,
            Key = task.Key,
            Unique = task.Unique?.KeyOf(task.CreatedBy),
            Tell = Tell,
        });
    }

    public Task<Started> StartAsync(string id, int run, WorkerName worker, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<Started>(transaction => transaction.Start(id, run, worker), [id], cancellation)
        {
            WantsBodies = true,
            WantsSlots = true,
            Tell = (started, aftermath) => started with { Wakes = Tell(started.Wakes, aftermath) },
        });

    public Task<IReadOnlyList<Hold>> RenewAsync(WorkerName worker, IReadOnlyList<Held> held, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<IReadOnlyList<Hold>>(transaction => transaction.Renew(worker, held), [.. held.Select(one => one.Id)], cancellation));

    public Task<Reported> ReportAsync(Held held, TaskProgress? progress, IReadOnlyList<TaskLogLine> lines, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<Reported>(transaction => transaction.Report(held, progress, lines), [held.Id], cancellation)
        {
            Tell = (reported, aftermath) => reported with { Ring = reported.Ring || aftermath.Ring },
        });

    public Task SaveCheckpointAsync(Held held, string checkpoint, CancellationToken cancellation) =>
        RunAsync(held.Id, transaction => transaction.SaveCheckpoint(held, checkpoint), cancellation);

    public Task ContinueAsync(Held held, string? checkpoint, CancellationToken cancellation) =>
        RunAsync(held.Id, transaction => transaction.Continue(held, checkpoint), cancellation);

    public Task<Ended> CompleteAsync(Held held, string result, CancellationToken cancellation) =>
        EndAsync(held, transaction => transaction.Complete(held, result), cancellation);

    public Task<Ended> FailAsync(Held held, TaskError error, CancellationToken cancellation) =>
        EndAsync(held, transaction => transaction.Fail(held, error), cancellation);

    public Task<Ended> BackOffAsync(Held held, TaskError error, DateTimeOffset runAt, CancellationToken cancellation) =>
        EndAsync(held, transaction => transaction.BackOff(held, error, runAt), cancellation);

    public Task<Ended> StopAsync(Held held, CancellationToken cancellation) =>
        EndAsync(held, transaction => transaction.Stop(held), cancellation);

    public Task<Ended> ReleaseAsync(Held held, CancellationToken cancellation) =>
        EndAsync(held, transaction => transaction.Release(held), cancellation);

    public Task<Cancelled> CancelAsync(string id, string? owner, bool stopRunning, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<Cancelled>(transaction => transaction.Cancel(id, owner, stopRunning), [id], cancellation)
        {
            WantsBodies = true,
            WantsSlots = true,
            Tell = (cancelled, aftermath) => cancelled with { Wakes = Tell(cancelled.Wakes, aftermath) },
        });

    public async Task<Created> RetryAsync(string id, string? owner, RequestKey? key, CancellationToken cancellation)
    {
        // What it has to do with others never changes, so it may be read before.
        var task = await reader.GetAsync(id, owner, cancellation);
        return await database.Writers.RunAsync(
            new Work<Created>(transaction => transaction.Retry(id, owner, key), [id, .. RelativesOf(task?.Parent, task?.After)], cancellation)
            {
                Key = key,
                WantsBodies = true,
                WantsSlots = true,
                Tell = Tell,
            });
    }

    public Task<Ended> AwaitChildrenAsync(Held held, long total, bool toFailure, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<Ended>(transaction => transaction.AwaitChildren(held, total, toFailure), [held.Id], cancellation)
        {
            IsAlone = true,
            WantsSlots = true,
            Tell = (ended, aftermath) => ended with { Wakes = Tell(ended.Wakes, aftermath) },
        });

    public Task<Settled> SettleAsync(int limit, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<Settled>(transaction => transaction.Settle(limit), [], cancellation)
        {
            IsAlone = true,
            WantsSlots = true,
            Tell = (settled, aftermath) => settled with { Wakes = Tell(settled.Wakes, aftermath) },
        });

    public Task<TaskRecord?> GetAsync(string id, string? owner, CancellationToken cancellation) => reader.GetAsync(id, owner, cancellation);

    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellation) => reader.ListAsync(query, cancellation);

    public Task<LogPage> GetLogsAsync(string id, TaskLogLevel? atLeast, int page, int pageSize, CancellationToken cancellation) =>
        reader.GetLogsAsync(id, atLeast, page, pageSize, cancellation);

    public Task<IReadOnlyList<TaskEvent>> GetEventsAsync(string id, long afterVersion, int limit, CancellationToken cancellation) =>
        reader.GetEventsAsync(id, afterVersion, limit, cancellation);

    public Task<HubVersion?> GetVersionAsync(CancellationToken cancellation) => reader.GetVersionAsync(cancellation);

    public Task<TaskVersion?> GetTaskVersionAsync(string id, string? owner, CancellationToken cancellation) =>
        reader.GetTaskVersionAsync(id, owner, cancellation);

    public Task<QueueStats> GetStatsAsync(CancellationToken cancellation) => reader.GetStatsAsync(cancellation);

    public Task<IReadOnlyList<MinuteStats>> GetHistoryAsync(int minutes, CancellationToken cancellation) =>
        reader.GetHistoryAsync(minutes, cancellation);

    public Task<IReadOnlyList<MinuteStats>> GetHoursAsync(int hours, CancellationToken cancellation) => reader.GetHoursAsync(hours, cancellation);

    public Task NoteGaugesAsync(QueueGauges gauges, CancellationToken cancellation) => database.Writers.RunAsync(new Work<bool>(
        transaction =>
        {
            transaction.Counters.Note(gauges, transaction.Now);
            return true;
        },
        [],
        cancellation));

    public Task<OutboxBatch> DrainOutboxAsync(string? acknowledge, int limit, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<OutboxBatch>(transaction => transaction.Drain(acknowledge, limit), [], cancellation)
        {
            // A task that the same batch made is not in the tables yet, its events are.
            IsAlone = true,
            // It says that the pump sleeps: events that came while that was written would wait for the next ones.
            Missed = batch => batch.Position is null,
        });

    public Task<Sweep> SweepAsync(int limit, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<Sweep>(transaction => transaction.Sweep(limit), [], cancellation)
        {
            IsAlone = true,
            WantsSlots = true,
            Tell = (sweep, aftermath) => sweep with { Wakes = Tell(sweep.Wakes, aftermath) },
        });

    public Task<IReadOnlyList<PurgeableTask>> ListPurgeableAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellation) =>
        reader.ListPurgeableAsync(endedBefore, limit, cancellation);

    public async Task<int> PurgeAsync(IReadOnlyList<PurgeableTask> tasks, DateTimeOffset endedBefore, CancellationToken cancellation)
    {
        var deleted = 0;
        for (var done = 0; done < tasks.Count;)
        {
            PurgeableTask[] slice = [.. tasks.Skip(done).Take(PurgedAtOnce)];
            string[] ids = [.. slice.Select(task => task.Id)];
            var words = await reader.WordsAsync(ids, cancellation);
            var purged = await database.Writers.RunAsync(
                new Work<Purged>(transaction => transaction.Purge(slice, words, endedBefore), ids, cancellation) { IsAlone = true });
            done += purged.Done;
            deleted += purged.Deleted;
        }
        return deleted;
    }

    public async Task DropExpiredAsync(CancellationToken cancellation)
    {
        while (await database.Writers.RunAsync(new Work<bool>(transaction => transaction.DropExpired(), [], cancellation) { IsAlone = true }))
        {
        }
    }

    public Task WriteFileChunkAsync(Held held, int index, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        RunAsync(held.Id, transaction => transaction.WriteFileChunk(held, index, bytes), cancellation);

    public Task<byte[]?> ReadFileChunkAsync(string id, int index, CancellationToken cancellation) =>
        reader.ReadFileChunkAsync(id, index, cancellation);

    private Task<Ended> EndAsync(Held held, Func<TaskTransaction, Ended> transition, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<Ended>(transition, [held.Id], cancellation)
        {
            WantsSlots = true,
            Tell = (ended, aftermath) => ended with { Wakes = Tell(ended.Wakes, aftermath) },
        });

    private Task<T> RunAsync<T>(string id, Func<TaskTransaction, T> transition, CancellationToken cancellation) =>
        database.Writers.RunAsync(new Work<T>(transition, [id], cancellation));

    private static IEnumerable<string> RelativesOf(string? parent, TaskAfter? after) => (after?.Tasks ?? []).Concat(parent is null ? [] : [parent]);

    private static Wakes Tell(Wakes wakes, Aftermath aftermath) =>
        wakes with { Grants = [.. wakes.Grants, .. aftermath.Grants ?? []], Ring = wakes.Ring || aftermath.Ring };

    /// <summary>A new task may be among those that got a slot after all.</summary>
    private static Created Tell(Created created, Aftermath aftermath)
    {
        var wakes = Tell(created.Wakes, aftermath);
        return created with
        {
            Granted = created.Granted || (!created.Existing && wakes.Grants.Any(grant => grant.Id == created.Task.Id)),
            Wakes = wakes with { Grants = [.. wakes.Grants.Where(grant => grant.Id != created.Task.Id)] },
        };
    }
}
