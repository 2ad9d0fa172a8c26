using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Tasklane.Stores.Tests.Conformance;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Sql;

/// <summary>
/// The plan of every statement that a store runs, as the server itself notes it down, beside many tasks: none reads a table that grows from
/// one end to the other. <c>TASKLANE_PLAN_TASKS=1000000</c> in the environment makes them a million.
/// </summary>
public sealed partial class PostgresPlansTests
{
    // What stays small however many tasks there are: a row or a few per hub, per process, per limit.
    private static readonly string[] Small = ["async_task_pump", "async_task_turns", "async_task_workers", "async_task_schema", "async_task_seats", "async_task_slots", "async_task_outbox", "async_task_gone"];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_statement_reads_a_whole_table()
    {
        var tasks = int.Parse(Environment.GetEnvironmentVariable("TASKLANE_PLAN_TASKS") ?? "30000", CultureInfo.InvariantCulture);
        // A small table is read whole by choice; there the question is whether the statement has another way at all. A million leaves the
        // planner its choice.
        var sequential = tasks < 1_000_000 ? "off" : "on";
        await using var server = await PostgresServer.StartAsync(
            Ct, "shared_preload_libraries=auto_explain", "auto_explain.log_min_duration=0", "logging_collector=on", "log_filename=plans.log", "jit=off",
            $"enable_seqscan={sequential}");
        var options = new TasklaneOptions { Postgres = await server.CreateDatabaseAsync(Ct), Hub = "plans" };
        options.Lanes.MaxRunningPerUser = 1000;
        options.Lanes.Types["t1"] = 1000;
        await using var stores = SqlServers.Postgres(options, TimeProvider.System);
        await stores.Tasks.InitializeAsync(Ct);
        await FillAsync(options.Postgres, tasks);
        var log = Path.Combine(server.DataDirectory, "log", "plans.log");
        var before = new FileInfo(log).Length;

        await UseAsync(stores.Tasks, stores.Lines);

        var plans = (await File.ReadAllTextAsync(log, Ct))[(int)before..];
        // Each with its statement.
        var seen = plans.Split("Query Text:").SelectMany(plan => Scan().Matches(plan).Select(match => (Table: match.Groups[1].Value, Plan: plan)))
            .Where(scan => !Small.Contains(scan.Table)).DistinctBy(scan => scan.Plan.Split('\n')[0]).Select(scan => $"{scan.Table}: {scan.Plan}").ToList();
        Assert.Contains("Index", plans, StringComparison.Ordinal);
        Assert.True(seen.Count == 0, string.Join('\n', seen));
        // Every kind of statement came by, and not only those that a few calls happen to need.
        foreach (var statement in new[] { "insert into async_tasks", "update async_tasks", "delete from async_tasks", "skip locked", "async_task_facet_counts", "async_task_words", "async_task_tags", "async_log_lines", "with recursive" })
            Assert.Contains(statement, plans, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"Seq Scan on (\w+)")]
    private static partial Regex Scan();

    /// <summary>Ended tasks of a thousand users, and such that wait for their time.</summary>
    private static async Task FillAsync(string database, int tasks)
    {
        await using var connection = new NpgsqlConnection($"{database};Search Path=plans;Command Timeout=600");
        await connection.OpenAsync(Ct);
        await using var command = connection.CreateCommand();
        command.CommandText =
            $"""
            create temp table made as
              select nextval('async_task_number') as id, 'u' || n % 1000 as created_by, 't' || n % 7 as task_type,
                (array['high', 'normal', 'low'])[n % 3 + 1] as priority, (array['pending', 'completed', 'failed', 'cancelled'])[n % 4 + 1] as status
              from generate_series(1, {tasks.ToString(CultureInfo.InvariantCulture)}) as n;
            insert into async_task_facets (scope, created_by, task_type, priority, status)
              select distinct 1, created_by, task_type, priority, status from made union select distinct 0, '', task_type, priority, status from made;
            insert into async_tasks (id, task_id, task_type, status, priority, backoff, created_by, source, created_at, due_at, version, queue, queue_rank, facet_own, facet_all)
              select m.id, md5(m.id::text), m.task_type, m.status, m.priority, 'Exponential 1 2 3600', m.created_by, 'test', now(), now(), 1,
                case when m.status = 'pending' then 'delayed' else 'ended' end,
                (extract(epoch from now()) * 1000)::bigint + case when m.status = 'pending' then 86400000 else 0 end, o.id, a.id
              from made m join async_task_facets o on (o.scope, o.created_by, o.task_type, o.priority, o.status) = (1, m.created_by, m.task_type, m.priority, m.status)
              join async_task_facets a on (a.scope, a.created_by, a.task_type, a.priority, a.status) = (0, '', m.task_type, m.priority, m.status);
            insert into async_task_bodies select id, '{"{}"}', null, null from made;
            insert into async_task_facet_counts select facet_own, id % 8, count(*) from async_tasks group by 1, 2;
            insert into async_task_facet_counts select facet_all, id % 8, count(*) from async_tasks group by 1, 2;
            insert into async_task_events (id, version, name, created_at, data) select id, 1, 'task:created', now(), '{"{}"}' from made;
            insert into async_task_tags select 'g' || id % 500, id from made;
            insert into async_task_words select 'w' || id % 3000, id from made;
            insert into async_task_params select md5(id::text), 'n', id::text from made;
            insert into async_task_logs (task_id, no, level, message, created_at) select md5(id::text), 1, 'INFO', 'line', now() from made;
            insert into async_task_files select id, 0, '' from made;
            insert into async_task_keys select created_by, 'k' || id, id, null, now() + interval '1 day' from made;
            insert into async_log_lines select nextval('async_log_line_number'), created_by, now(), 'info', '', 'line', now() from made;
            insert into async_task_counts (minute, name, shard, n) select n / 10, 'x' || n % 10, 0, 1 from generate_series(10, 20000) as n;
            analyze
            """;
        await command.ExecuteNonQueryAsync(Ct);
    }

    /// <summary>Every call there is, with what makes it look for more.</summary>
    private static async Task UseAsync(ITaskStore store, ILogLineStore lines)
    {
        for (var i = 0; i < 3; i++)
        {
            var task = SqlScene.New("u1") with { Type = i == 1 ? "t1" : "t0", Tags = ["g1"], Payload = """{"name":"w1"}""", IdempotencyKey = $"new{i}", RequestHash = "h" };
            Assert.Equal(task.Id, (await store.CreateAsync(task, Ct)).Task.Id);
            Assert.True((await store.CreateAsync(task with { Id = TaskIds.New(TimeProvider.System.GetUtcNow()) }, Ct)).Existing);
            await store.SweepAsync(100, Ct);
            var started = await store.StartAsync(task.Id, 0, SqlScene.Worker, Ct);
            if (started.Kind == StartKind.Started)
            {
                var held = new Held(task.Id, started.Task!.Fence);
                await store.RenewAsync(SqlScene.Worker, [held], Ct);
                await store.ReportAsync(held, TaskProgress.Of(1, 2), [new TaskLogLine(TimeProvider.System.GetUtcNow(), TaskLogLevel.Info, "line")], Ct);
                await store.SaveCheckpointAsync(held, "1", Ct);
                await store.WriteFileChunkAsync(held, 0, new byte[] { 1 }, Ct);
                if (i == 0) await store.CompleteAsync(held, "{}", Ct);
                else await store.BackOffAsync(held, new TaskError("broken", "x"), TimeProvider.System.GetUtcNow(), Ct);
                if (i == 2) await store.RetryAsync((await store.CancelAsync(task.Id, null, true, Ct)).Task.Id, null, null, Ct);
                await store.StartAsync(task.Id, 0, SqlScene.Worker, Ct);
            }
            await store.GetAsync(task.Id, null, Ct);
            await store.GetLogsAsync(task.Id, null, 1, 10, Ct);
            await store.GetEventsAsync(task.Id, 0, 100, Ct);
            await store.ReadFileChunkAsync(task.Id, 0, Ct);
            var batch = await store.DrainOutboxAsync(null, 100, Ct);
            await store.DrainOutboxAsync(batch.Position, 100, Ct);
        }
        await store.NoteGaugesAsync(QueueGauges.Of(await store.GetStatsAsync(Ct), TimeProvider.System.GetUtcNow()), Ct);
        await store.GetHistoryAsync(60, Ct);
        foreach (var query in new[]
        {
            new TaskQuery(), new TaskQuery { Owner = "u1" }, new TaskQuery { Status = TaskState.Pending }, new TaskQuery { Type = "t1", Priority = TaskPriority.High },
            new TaskQuery { Tag = "g7" }, new TaskQuery { Text = "w12" }, new TaskQuery { Text = "w12", Owner = "u1", Status = TaskState.Failed }, new TaskQuery { Text = "t1" },
            new TaskQuery { Text = "0123456789abcdef0123456789abcdef" },
        })
        {
            var page = await store.ListAsync(query, Ct);
            if (page.Next is { } next) await store.ListAsync(query with { After = next }, Ct);
        }
        var ids = await lines.AppendAsync("u1", [new StoredLine("", TimeProvider.System.GetUtcNow(), "info", "", "x")], null, Ct);
        await lines.ReadAsync("u1", ids, Ct);
        await lines.PageAsync("u1", ids[0], 10, Ct);
        await lines.PurgeLinesAsync(TimeProvider.System.GetUtcNow().AddHours(1), 10, Ct);
        await store.PurgeEndedAsync(TimeProvider.System.GetUtcNow().AddHours(1), 50, Ct);
        await store.DropExpiredAsync(Ct);
    }
}
