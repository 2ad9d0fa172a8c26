using Tasklane.Tasks;
using Tasklane.Tasks.Files;
using Tasklane.Tasks.Limits;
using Tasklane.Tasks.Market;
using Tasklane.Tasks.Schedules;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

/// <summary>A store, its clock, and the short words in which the suite speaks of them.</summary>
internal sealed class Scene(StoreUnderTest opened, ManualTimeProvider clock, TasklaneOptions options) : IAsyncDisposable
{
    public static readonly WorkerName DefaultWorker = new("worker-1", "epoch-1");

    public ITaskStore Store => opened.Tasks;

    public ILogLineStore Lines => opened.Lines;

    public IScheduleStore Schedules => opened.Schedules;

    public IRateStore Rates => opened.Rates;

    public IFileStore Files => opened.Files;

    public IMarketStore Market => opened.Market;

    public ManualTimeProvider Clock => clock;

    public TasklaneOptions Options => options;

    public DateTimeOffset Now => clock.GetUtcNow();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Pass(double seconds) => clock.Advance(TimeSpan.FromSeconds(seconds));

    public NewTask New(string type = "noop", string user = "ann", TaskPriority priority = TaskPriority.Normal, string payload = "{}") => new()
    {
        Id = TaskIds.New(Now),
        Type = type,
        Priority = priority,
        Payload = payload,
        CreatedBy = user,
        Source = "test",
    };

    public Task<Created> CreateAsync(NewTask? task = null) => Store.CreateAsync(task ?? New(), Ct);

    public async Task<string> CreateIdAsync(string type = "noop", string user = "ann", TaskPriority priority = TaskPriority.Normal) =>
        (await CreateAsync(New(type, user, priority))).Task.Id;

    public Task<Started> StartAsync(string id, int run = 0, WorkerName? worker = null) =>
        Store.StartAsync(id, run, worker ?? DefaultWorker, Ct);

    /// <summary>Starts a task that must be startable.</summary>
    public async Task<Held> RunAsync(string id, int run = 0, WorkerName? worker = null)
    {
        var started = await StartAsync(id, run, worker);
        Assert.Equal(StartKind.Started, started.Kind);
        return new Held(id, started.Task!.Fence);
    }

    public async Task<Held> CreateAndRunAsync(NewTask? task = null) => await RunAsync((await CreateAsync(task)).Task.Id);

    public Task<Ended> CompleteAsync(Held held, string result = "{}") => Store.CompleteAsync(held, result, Ct);

    public Task<Ended> FailAsync(Held held, string code = "broken") => Store.FailAsync(held, new TaskError(code, "It broke."), Ct);

    public Task<Ended> BackOffAsync(Held held, double seconds = 1, string code = "broken") =>
        Store.BackOffAsync(held, new TaskError(code, "It broke."), Now.AddSeconds(seconds), Ct);

    public Task<Cancelled> CancelAsync(string id, bool stop = false, string? owner = null) => Store.CancelAsync(id, owner, stop, Ct);

    public Task<Created> RetryAsync(string id, string? owner = null, RequestKey? key = null) => Store.RetryAsync(id, owner, key, Ct);

    public async Task<Hold> RenewAsync(Held held, WorkerName? worker = null) =>
        Assert.Single(await Store.RenewAsync(worker ?? DefaultWorker, [held], Ct));

    public Task<Reported> ReportAsync(Held held, TaskProgress? progress = null, params TaskLogLine[] lines) =>
        Store.ReportAsync(held, progress, lines, Ct);

    /// <summary>The task, which must exist.</summary>
    public async Task<TaskRecord> GetAsync(string id)
    {
        var task = await Store.GetAsync(id, null, Ct);
        Assert.NotNull(task);
        return task;
    }

    public Task<IReadOnlyList<TaskEvent>> EventsAsync(string id, long after = 0) => Store.GetEventsAsync(id, after, 1000, Ct);

    public async Task<string[]> EventNamesAsync(string id) => [.. (await EventsAsync(id)).Select(change => change.Name)];

    public Task<QueueStats> StatsAsync() => Store.GetStatsAsync(Ct);

    public async Task NoteAsync() => await Store.NoteGaugesAsync(QueueGauges.Of(await StatsAsync(), Now), Ct);

    public Task<Sweep> SweepAsync(int limit = 100) => Store.SweepAsync(limit, Ct);

    public Task<Created> CreateAfterAsync(IReadOnlyList<string> after, bool any = false, AfterFailure onFailure = AfterFailure.Cancel) =>
        CreateAsync(New() with { After = new TaskAfter(after, any, onFailure) });

    /// <summary>Every second one has the tag odd.</summary>
    public async Task<string[]> CreateChildrenAsync(string parent, int count)
    {
        var ids = new string[count];
        for (var i = 0; i < count; i++)
            ids[i] = (await CreateAsync(New() with { Parent = parent, Tags = i % 2 == 1 ? ["odd"] : [] })).Task.Id;
        return ids;
    }

    /// <summary>Until nobody is left to be told; who is to be woken.</summary>
    public async Task<IReadOnlyList<Grant>> SettleAsync()
    {
        var woken = new List<Grant>();
        Settled settled;
        do
        {
            settled = await Store.SettleAsync(10, Ct);
            woken.AddRange(settled.Wakes.Grants);
        }
        while (settled.Wakes.Settle);
        return woken;
    }

    /// <summary>Purges all that has ended before now.</summary>
    public async Task PurgeAsync() => await Store.PurgeAsync(await Store.ListPurgeableAsync(Now, 1000, Ct), Now, Ct);

    public Task<OutboxBatch> DrainAsync(string? acknowledge = null, int limit = 1000) => Store.DrainOutboxAsync(acknowledge, limit, Ct);

    public async Task<string[]> ListAsync(TaskQuery query) => [.. (await Store.ListAsync(query, Ct)).Tasks.Select(task => task.Id)];

    public Task<StoreUnderTest> ReopenAsync(Action<TasklaneOptions> change)
    {
        // The hub (and with it the data) stays; only what the change touches differs.
        var other = new TasklaneOptions
        {
            Store = options.Store,
            Redis = options.Redis,
            Postgres = options.Postgres,
            MySql = options.MySql,
            Sqlite = options.Sqlite,
            Hub = options.Hub,
            LeaseSeconds = options.LeaseSeconds,
            GrantSeconds = options.GrantSeconds,
            MaxRecoveries = options.MaxRecoveries,
        };
        change(other);
        return opened.ReopenAsync(other);
    }

    public ValueTask DisposeAsync() => opened.DisposeAsync();
}
