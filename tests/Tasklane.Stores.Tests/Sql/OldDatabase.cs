using Tasklane.Stores.Sql;
using Tasklane.Stores.Sql.Schema;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Sql;

/// <summary>
/// A database as version 1 of the schema left it, in the middle of its work: a running task, a granted one, one that waits behind its user's
/// limit, one in its lane, a delayed one and an ended one; events of which some have been delivered; counts, a key, log lines.
/// </summary>
internal static class OldDatabase
{
    private const string Rows =
        """
        insert into async_tasks (id, task_id, task_type, status, priority, backoff, created_by, source, created_at, due_at, version, fence, attempt, worker, epoch,
            started_at, completed_at, run_at, has_orchestration, line, line_rank, facet_own, facet_all) values
          (1, '00000000000000000000000000000001', 'noop', 'completed', 'normal', 'Exponential 1 2 3600', 'ann', 'test', {then}, {then}, 3, 1, 1, null, null, {then}, {then}, null, {yes}, 'ended', 0, 1, 2),
          (2, '00000000000000000000000000000002', 'noop', 'running', 'normal', 'Exponential 1 2 3600', 'ann', 'test', {then}, {then}, 2, 1, 1, 'worker', 'epoch', {then}, null, null, {yes}, null, 0, 3, 4),
          (3, '00000000000000000000000000000003', 'noop', 'pending', 'normal', 'Exponential 1 2 3600', 'bob', 'test', {then}, {then}, 1, 0, 0, null, null, null, null, null, {no}, null, 0, 5, 6),
          (4, '00000000000000000000000000000004', 'noop', 'pending', 'normal', 'Exponential 1 2 3600', 'ann', 'test', {then}, {then}, 1, 0, 0, null, null, null, null, null, {no}, 'held:user:ann', 1, 7, 6),
          (5, '00000000000000000000000000000005', 'noop', 'pending', 'normal', 'Exponential 1 2 3600', 'cid', 'test', {then}, {then}, 1, 0, 0, null, null, null, null, null, {no}, 'normal', 0, 8, 6),
          (6, '00000000000000000000000000000006', 'noop', 'pending', 'normal', 'Exponential 1 2 3600', 'cid', 'test', {then}, {later}, 1, 0, 0, null, null, null, null, {later}, {no}, 'delayed', 4102444800000, 8, 6);
        insert into async_task_bodies select id, '{"n":1}', case when id = 1 then '{"ok":true}' end, null from async_tasks;
        insert into async_task_slots (id, until, task_type, created_by) values (2, 4102444800000, 'noop', 'ann'), (3, 4102444800000, 'noop', 'bob');
        insert into async_task_facets values
          (1, 1, 'ann', 'noop', 'normal', 'completed', 1), (2, 0, '', 'noop', 'normal', 'completed', 1), (3, 1, 'ann', 'noop', 'normal', 'running', 1),
          (4, 0, '', 'noop', 'normal', 'running', 1), (5, 1, 'bob', 'noop', 'normal', 'pending', 1), (6, 0, '', 'noop', 'normal', 'pending', 4),
          (7, 1, 'ann', 'noop', 'normal', 'pending', 1), (8, 1, 'cid', 'noop', 'normal', 'pending', 2);
        insert into async_task_events (position, id, version, name, created_at, data) values
          (1, 1, 1, 'task:created', {then}, '{}'), (2, 1, 2, 'task:started', {then}, '{}'), (3, 1, 3, 'task:completed', {then}, '{}'), (4, 2, 1, 'task:created', {then}, '{}'),
          (5, 2, 2, 'task:started', {then}, '{}'), (6, 3, 1, 'task:created', {then}, '{}'), (7, 4, 1, 'task:created', {then}, '{}'), (8, 5, 1, 'task:created', {then}, '{}'),
          (9, 6, 1, 'task:created', {then}, '{}');
        insert into async_task_counts values (0, 'created', 6), (0, 'completed', 1);
        insert into async_task_keys values ('ann', 'k', 1, 'h', {later});
        insert into async_task_logs values (1, '00000000000000000000000000000002', 'INFO', 'line', {then});
        insert into async_log_lines values (1, 'ann', {then}, 'info', 'web', 'one', {then}), (2, 'ann', {then}, 'info', 'web', 'two', {then});
        update async_task_hub set writes = 12, last_task = 6, last_event = 9, last_facet = 8, last_log = 1, last_line = 2, events_acked = 5,
          pump_asleep = {no}, next_lapse = 4102444800000, waiting_normal = 2, delayed = 1;
        """;

    /// <summary>Limits that the database was used with.</summary>
    public static void Limits(TasklaneOptions options) => (options.Lanes.MaxRunning, options.Lanes.MaxRunningPerUser) = (2, 1);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static string Sql(string dialect, string then, string later, string yes, string no) => string.Join(
        ";\n",
        SchemaFiles.VersionTable,
        SchemaFiles.After(0, dialect).First().Sql,
        "insert into async_task_schema values (1)",
        Rows.Replace("{then}", then, StringComparison.Ordinal).Replace("{later}", later, StringComparison.Ordinal)
            .Replace("{yes}", yes, StringComparison.Ordinal).Replace("{no}", no, StringComparison.Ordinal));

    /// <summary>Everything in it is found, and goes on.</summary>
    public static async Task GoesOnAsync(SqlStores stores)
    {
        var store = stores.Tasks;
        Assert.Equal("{\"ok\":true}", (await stores.GetAsync(Id(1)))?.Result);
        Assert.Equal([6L, 5, 4, 3, 2, 1], (await store.ListAsync(new TaskQuery(), Ct)).Tasks.Select(task => task.Number));
        Assert.Equal((4, 2), ((await store.ListAsync(new TaskQuery { Status = TaskState.Pending }, Ct)).Total, (await store.ListAsync(new TaskQuery { Owner = "cid" }, Ct)).Total));
        var stats = await store.GetStatsAsync(Ct);
        Assert.Equal((6, 1, 2, 1), (stats.Created, stats.Completed, stats.Depth[TaskPriority.Normal], stats.Delayed));
        Assert.True((await store.CreateAsync(SqlScene.New() with { IdempotencyKey = "k", RequestHash = "h" }, Ct)).Existing);

        // Both slots are taken, and one is ann's: the end of hers lets her next task up to the lane, where another one comes before it.
        Assert.False((await store.CreateAsync(SqlScene.New("dan"), Ct)).Granted);
        Assert.Equal(StartKind.Started, (await store.StartAsync(Id(3), 0, SqlScene.Worker, Ct)).Kind);
        var ended = await store.CompleteAsync(new Held(Id(2), 1), "{}", Ct);
        Assert.Equal([Id(4)], ended.Wakes.Grants.Select(grant => grant.Id));
        Assert.Equal([Id(5)], (await store.CompleteAsync(new Held(Id(3), 1), "{}", Ct)).Wakes.Grants.Select(grant => grant.Id));

        var batch = await store.DrainOutboxAsync(null, 100, Ct);
        Assert.Equal([Id(3), Id(4), Id(5), Id(6)], batch.Events.Take(4).Select(change => change.TaskId));
        Assert.Equal(8, batch.Events.Count);
        Assert.Empty((await store.DrainOutboxAsync(batch.Position, 100, Ct)).Events);
        var lines = await stores.Lines.AppendAsync("ann", [new StoredLine("", DateTimeOffset.UnixEpoch, "info", "web", "three")], null, Ct);
        Assert.Equal(["one", "two", "three"], (await stores.Lines.PageAsync("ann", null, 10, Ct)).Select(line => line.Message));
        Assert.Equal("0000000000000003", Assert.Single(lines));
        Assert.Single((await store.GetLogsAsync(Id(2), null, 1, 10, Ct)).Lines);
    }

    private static string Id(int number) => $"{number:D32}";
}
