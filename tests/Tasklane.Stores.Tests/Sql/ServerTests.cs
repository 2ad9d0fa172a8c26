using System.Collections.Concurrent;
using System.Data.Common;
using System.Threading.Channels;
using MySqlConnector;
using Npgsql;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Sql;

/// <summary>What several instances do to each other on one server, whichever it is.</summary>
public abstract class ServerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    internal abstract Task<(SqlStores Stores, DbConnection Raw)> OpenAsync(string hub, Action<TasklaneOptions>? set = null, TimeProvider? time = null);

    [Fact]
    public async Task An_event_whose_transaction_commits_late_is_delivered_after_those_acknowledged_meanwhile()
    {
        var (stores, raw) = await OpenAsync(NewHub());
        await using var one = stores;
        await using var late = raw;
        var id = await stores.CreateAsync();
        await RunAsync(late, "begin");
        await RunAsync(late, "insert into async_task_events (id, version, name, created_at, data) select id, 2, name, created_at, data from async_task_events");
        await RunAsync(late, "insert into async_task_outbox (position) select position from async_task_events where version = 2");
        var other = await stores.CreateAsync();

        var batch = await stores.Tasks.DrainOutboxAsync(null, 10, Ct);
        Assert.Equal([id, other], batch.Events.Select(change => change.TaskId));
        Assert.Null((await stores.Tasks.DrainOutboxAsync(batch.Position, 10, Ct)).Position);
        await RunAsync(late, "commit");

        // It lies between the positions that have been acknowledged.
        batch = await stores.Tasks.DrainOutboxAsync(batch.Position, 10, Ct);
        Assert.Equal((id, 2), (Assert.Single(batch.Events).TaskId, batch.Events[0].Version));
        Assert.Empty((await stores.Tasks.DrainOutboxAsync(batch.Position, 10, Ct)).Events);
    }

    [Fact]
    public async Task Instances_that_pass_each_other_leave_no_task_waiting_beside_a_free_slot()
    {
        const int tasks = 150;
        var hub = NewHub();
        void Few(TasklaneOptions options)
        {
            options.Lanes.MaxRunning = 3;
            options.Lanes.Types["narrow"] = 1;
        }

        var (one, rawOne) = await OpenAsync(hub, Few);
        var (other, rawOther) = await OpenAsync(hub, Few);
        await using (one)
        await using (other)
        await using (rawOne)
        await using (rawOther)
        {
            var granted = Channel.CreateUnbounded<string>();
            var (running, most, ended) = (0, 0, 0);
            var work = Enumerable.Range(0, 6).Select(i => Task.Run(async () =>
            {
                var stores = i % 2 == 0 ? one : other;
                await foreach (var id in granted.Reader.ReadAllAsync(Ct))
                {
                    var started = await stores.Tasks.StartAsync(id, 0, SqlScene.Worker, Ct);
                    Assert.Equal(StartKind.Started, started.Kind);
                    InterlockedMax(ref most, Interlocked.Increment(ref running));
                    Interlocked.Decrement(ref running);
                    var completed = await stores.Tasks.CompleteAsync(new Held(id, started.Task!.Fence), "{}", Ct);
                    foreach (var grant in started.Wakes.Grants.Concat(completed.Wakes.Grants))
                        granted.Writer.TryWrite(grant.Id);
                    if (Interlocked.Increment(ref ended) == tasks) granted.Writer.Complete();
                }
            }));
            var create = Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
            {
                for (var n = i; n < tasks; n += 4)
                {
                    var created = await (n % 2 == 0 ? other : one).Tasks.CreateAsync(
                        SqlScene.New() with { Type = n % 3 == 0 ? "narrow" : "wide", Priority = (TaskPriority)(n % 3) }, Ct);
                    if (created.Granted) granted.Writer.TryWrite(created.Task.Id);
                    foreach (var grant in created.Wakes.Grants)
                        granted.Writer.TryWrite(grant.Id);
                }
            }));

            // Nobody sweeps: what is missed stays.
            await Task.WhenAll([.. work, .. create]).WaitAsync(TimeSpan.FromMinutes(10), TimeProvider.System, Ct);

            Assert.InRange(most, 1, 3);
            Assert.Equal(tasks, (await one.Tasks.GetStatsAsync(Ct)).Completed);
        }
    }

    [Fact]
    public async Task A_page_its_total_and_the_status_of_its_tasks_are_of_one_moment()
    {
        var (stores, raw) = await OpenAsync(NewHub(), options => options.Lanes.MaxRunning = 0);
        await using var one = stores;
        await using var connection = raw;
        var ids = new ConcurrentQueue<string>();
        for (var i = 0; i < 60; i++)
            ids.Enqueue(await stores.CreateAsync());
        using var over = new CancellationTokenSource();
        var cancel = Task.Run(async () =>
        {
            while (ids.TryDequeue(out var id))
                await stores.Tasks.CancelAsync(id, null, false, Ct);
            await over.CancelAsync();
        });

        do
        {
            var page = await stores.Tasks.ListAsync(new TaskQuery { Status = TaskState.Pending, PageSize = 100 }, Ct);
            Assert.Equal(page.Total, page.Tasks.Count);
            Assert.All(page.Tasks, task => Assert.Equal(TaskState.Pending, task.Status));
        }
        while (!over.IsCancellationRequested);
        await cancel;
    }

    [Fact]
    public async Task Times_do_not_run_against_versions_when_the_clock_is_set_back()
    {
        var clock = new SetBackClock();
        var (stores, raw) = await OpenAsync(NewHub(), time: clock);
        await using var one = stores;
        await using var connection = raw;
        var id = await stores.CreateAsync();
        clock.Now = clock.Now.AddSeconds(-3);
        var held = await stores.StartAsync(id);
        clock.Now = clock.Now.AddSeconds(-3);
        await stores.Tasks.CompleteAsync(held, "{}", Ct);

        var events = await stores.Tasks.GetEventsAsync(id, 0, 10, Ct);
        Assert.Equal(events.Select(change => change.At).Order(), events.Select(change => change.At));
        var task = await stores.GetAsync(id);
        Assert.True(task!.CreatedAt <= task.StartedAt && task.StartedAt <= task.CompletedAt);
    }

    [Fact]
    public async Task A_heartbeat_writes_no_row_of_a_task()
    {
        var (stores, raw) = await OpenAsync(NewHub());
        await using var one = stores;
        await using var connection = raw;
        var held = await stores.StartAsync(await stores.CreateAsync());
        // Who writes it now is refused.
        await RunAsync(raw, RefuseUpdates);

        Assert.Equal([Hold.Held], await stores.Tasks.RenewAsync(SqlScene.Worker, [held], Ct));
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            try
            {
                await stores.Tasks.CompleteAsync(held, "{}", Ct);
            }
            catch (DbException refused)
            {
                throw new InvalidOperationException(refused.Message, refused);
            }
        });
    }

    [Fact]
    public async Task A_transaction_that_is_slow_to_commit_holds_up_nobody_who_works_on_other_tasks()
    {
        var (stores, raw) = await OpenAsync(NewHub());
        await using var one = stores;
        await using var slow = raw;
        var id = await stores.CreateAsync();
        await RunAsync(slow, "begin");
        // What a cancellation of the task would have locked: its row, its slot, its seat.
        await RunAsync(slow, $"update async_tasks set version = version where task_id = '{id}'");
        await RunAsync(slow, $"update async_task_slots set until = until where id = (select id from async_tasks where task_id = '{id}')");
        await RunAsync(slow, "update async_task_seats set id = id where pool = '' and no = 1");

        for (var i = 0; i < 30; i++)
        {
            var held = await stores.StartAsync(await stores.CreateAsync());
            await stores.Tasks.RenewAsync(SqlScene.Worker, [held], Ct);
            await stores.Tasks.CompleteAsync(held, "{}", Ct);
        }
        await RunAsync(slow, "rollback");
        await stores.StartAsync(id);
    }

    [Fact]
    public async Task A_task_that_another_transaction_holds_holds_up_none_of_those_asked_for_at_the_same_moment()
    {
        var (stores, raw) = await OpenAsync(NewHub());
        await using var one = stores;
        await using var slow = raw;
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
            ids.Add(await stores.CreateAsync());
        await RunAsync(slow, "begin");
        await RunAsync(slow, $"update async_tasks set version = version where task_id = '{ids[10]}'");

        // All at once: they share transactions.
        var cancels = ids.Select(id => stores.Tasks.CancelAsync(id, null, stopRunning: true, Ct)).ToList();
        var held = cancels[10];
        await Task.WhenAll(cancels.Where(cancel => cancel != held));
        Assert.False(held.IsCompleted);
        await RunAsync(slow, "rollback");

        Assert.Equal(TaskState.Cancelled, (await held).Task.Status);
    }

    [Fact]
    public async Task Of_those_that_share_a_transaction_one_that_cannot_be_written_fails_alone()
    {
        var (stores, raw) = await OpenAsync(NewHub());
        await using var one = stores;
        await using var connection = raw;
        var ids = new List<string>();
        for (var i = 0; i < 20; i++)
            ids.Add(await stores.CreateAsync());
        await RunAsync(raw, RefuseUpdatesOf(ids[10]));

        var cancels = ids.Select(id => stores.Tasks.CancelAsync(id, null, stopRunning: true, Ct)).ToList();

        await Assert.ThrowsAnyAsync<DbException>(() => cancels[10]);
        foreach (var cancel in cancels.Where(cancel => cancel != cancels[10]))
            Assert.Equal(TaskState.Cancelled, (await cancel).Task.Status);
    }

    protected abstract string RefuseUpdates { get; }

    protected abstract string RefuseUpdatesOf(string id);

    protected static async Task RunAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync(Ct);
    }

    private static string NewHub() => $"Srv-{Guid.NewGuid():N}";

    private static void InterlockedMax(ref int most, int value)
    {
        for (var seen = Volatile.Read(ref most); value > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, value, seen);
    }

    private sealed class SetBackClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch.AddYears(56);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

public sealed class PostgresServerTests(SharedPostgres postgres) : ServerTests
{
    protected override string RefuseUpdates =>
        """
        create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused'; end $$;
        create trigger refuse before update on async_tasks for each row execute function refuse()
        """;

    protected override string RefuseUpdatesOf(string id) => RefuseUpdates.Replace("for each row", $"for each row when (old.task_id = '{id}')", StringComparison.Ordinal);

    internal override async Task<(SqlStores Stores, DbConnection Raw)> OpenAsync(string hub, Action<TasklaneOptions>? set, TimeProvider? time)
    {
        var options = new TasklaneOptions { Postgres = (await postgres.ServerAsync()).ConnectionString, Hub = hub };
        set?.Invoke(options);
        var stores = SqlServers.Postgres(options, time ?? TimeProvider.System);
        await stores.Tasks.InitializeAsync(TestContext.Current.CancellationToken);
        var raw = new NpgsqlConnection($"{options.Postgres};Search Path='\"{hub}\"';Pooling=false");
        await raw.OpenAsync(TestContext.Current.CancellationToken);
        return (stores, raw);
    }
}

public sealed class MySqlServerTests(SharedMySql mysql) : ServerTests
{
    protected override string RefuseUpdates =>
        "create trigger refuse before update on async_tasks for each row signal sqlstate '45000' set message_text = 'refused'";

    protected override string RefuseUpdatesOf(string id) => RefuseUpdates.Replace("for each row signal", $"for each row if old.task_id = '{id}' then signal", StringComparison.Ordinal) + "; end if";

    internal override async Task<(SqlStores Stores, DbConnection Raw)> OpenAsync(string hub, Action<TasklaneOptions>? set, TimeProvider? time)
    {
        var options = new TasklaneOptions { MySql = (await mysql.ServerAsync()).ConnectionString, Hub = hub };
        set?.Invoke(options);
        var stores = SqlServers.MySql(options, time ?? TimeProvider.System);
        await stores.Tasks.InitializeAsync(TestContext.Current.CancellationToken);
        var raw = new MySqlConnection($"{options.MySql};Database={hub};Pooling=false");
        await raw.OpenAsync(TestContext.Current.CancellationToken);
        await RunAsync(raw, "set session transaction isolation level read committed");
        return (stores, raw);
    }
}
