using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

// What an idempotency key promises beyond the create: for retries, for log lines, and past the purge.
public abstract partial class TaskStoreConformance
{
    private static readonly RequestKey Key = new("ann", "k", "h");

    [Fact]
    public async Task A_key_counts_past_the_purge_of_its_task_and_makes_no_second_one()
    {
        await using var scene = await SceneAsync();
        NewTask Asked(string hash = "h") => scene.New() with { IdempotencyKey = "k", RequestHash = hash };
        await scene.CompleteAsync(await scene.CreateAndRunAsync(Asked()));
        scene.Pass(3600);
        Assert.Single(await scene.Store.PurgeEndedAsync(scene.Now, 10, Ct));
        await scene.Store.DropExpiredAsync(Ct);

        Assert.Equal(TaskErrors.IdempotencyGone, await RefusalOf(() => scene.CreateAsync(Asked())));
        Assert.Equal(TaskErrors.IdempotencyConflict, await RefusalOf(() => scene.CreateAsync(Asked("other"))));
        Assert.False((await scene.CreateAsync(Asked() with { CreatedBy = "bob" })).Existing);
        Assert.Equal(2, (await scene.StatsAsync()).Created);

        scene.Pass(23 * 3600);
        await scene.Store.DropExpiredAsync(Ct);
        Assert.False((await scene.CreateAsync(Asked("other"))).Existing);
    }

    [Fact]
    public async Task A_retry_under_a_key_is_one_run_however_often_it_is_asked_for()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.FailAsync(held);

        var first = await scene.RetryAsync(held.Id, "ann", Key);
        var again = await scene.RetryAsync(held.Id, "ann", Key);
        await scene.FailAsync(await scene.RunAsync(held.Id, run: 1));
        var later = await scene.RetryAsync(held.Id, "ann", Key);

        Assert.Equal((false, true, 1), (first.Existing, first.Granted, first.Task.Run));
        Assert.Equal((true, true, 1, TaskState.Pending), (again.Existing, again.Granted, again.Task.Run, again.Task.Status));
        Assert.Equal((true, false, 1, TaskState.Failed), (later.Existing, later.Granted, later.Task.Run, later.Task.Status));
        Assert.Equal(1, (await scene.StatsAsync()).Retried);
        Assert.Equal(TaskErrors.IdempotencyConflict, await RefusalOf(() => scene.RetryAsync(held.Id, "ann", Key with { Hash = "other" })));
        Assert.Equal(TaskErrors.IdempotencyConflict, await RefusalOf(() => scene.CreateAsync(scene.New() with { IdempotencyKey = "k", RequestHash = "other" })));
        Assert.Equal(2, (await scene.RetryAsync(held.Id, "ann", Key with { Key = "k2" })).Task.Run);
    }

    [Fact]
    public async Task A_retry_that_is_refused_leaves_its_key_free_and_one_whose_task_is_purged_is_told_so()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        Assert.Equal(TaskErrors.NotRetryable, await RefusalOf(() => scene.RetryAsync(held.Id, "ann", Key)));
        Assert.Equal(TaskErrors.NotFound, await RefusalOf(() => scene.RetryAsync(held.Id, "bob", Key)));
        await scene.FailAsync(held);

        Assert.False((await scene.RetryAsync(held.Id, "ann", Key)).Existing);

        await scene.CancelAsync(held.Id);
        scene.Pass(1);
        await scene.Store.PurgeEndedAsync(scene.Now, 10, Ct);
        Assert.Equal(TaskErrors.IdempotencyGone, await RefusalOf(() => scene.RetryAsync(held.Id, "ann", Key)));
        scene.Pass(24 * 3600);
        Assert.Equal(TaskErrors.NotFound, await RefusalOf(() => scene.RetryAsync(held.Id, "ann", Key)));
    }

    [Fact]
    public async Task Log_lines_under_a_key_are_stored_once_and_answered_with_the_same_ids()
    {
        await using var scene = await SceneAsync();
        var lines = Lines(scene, 450);

        var first = await scene.Lines.AppendAsync("ann", lines, Key, Ct);
        scene.Pass(5);
        await scene.Lines.AppendAsync("ann", lines[..1], null, Ct);
        var again = await scene.Lines.AppendAsync("ann", lines, Key, Ct);

        Assert.Equal(450, first.Distinct().Count());
        Assert.Equal(first, again);
        var stored = await scene.Lines.PageAsync("ann", null, 1000, Ct);
        Assert.Equal(451, stored.Count);
        Assert.Equal(lines.Select(line => line.Message), (await scene.Lines.ReadAsync("ann", again, Ct)).Select(line => line.Message));
        Assert.Equal(TaskErrors.IdempotencyConflict, await RefusalOf(() => scene.Lines.AppendAsync("ann", lines, Key with { Hash = "other" }, Ct)));
        Assert.Equal(451, (await scene.Lines.PageAsync("ann", null, 1000, Ct)).Count);
        Assert.Empty(first.Intersect(await scene.Lines.AppendAsync("ann", lines[..2], Key with { Key = "k2" }, Ct)));
        Assert.Equal(2, (await scene.Lines.AppendAsync("bob", lines[..2], Key with { User = "bob", Hash = "other" }, Ct)).Count);
    }

    [Fact]
    public async Task The_key_of_log_lines_outlives_them_and_is_free_after_a_day()
    {
        await using var scene = await SceneAsync();
        var lines = Lines(scene, 3);
        var first = await scene.Lines.AppendAsync("ann", lines, Key, Ct);
        scene.Pass(3600);
        Assert.Equal(3, await scene.Lines.PurgeLinesAsync(scene.Now, 10, Ct));
        await scene.Store.DropExpiredAsync(Ct);

        Assert.Equal(first, await scene.Lines.AppendAsync("ann", lines, Key, Ct));
        Assert.Empty(await scene.Lines.PageAsync("ann", null, 10, Ct));

        scene.Pass(23 * 3600);
        Assert.Empty(first.Intersect(await scene.Lines.AppendAsync("ann", lines, Key with { Hash = "other" }, Ct)));
        Assert.Equal(3, (await scene.Lines.PageAsync("ann", null, 10, Ct)).Count);
    }

    [Fact]
    public async Task A_key_is_used_for_one_request_whatever_it_asks_for()
    {
        await using var scene = await SceneAsync();
        var lines = Lines(scene, 2);
        await scene.Lines.AppendAsync("ann", lines, Key, Ct);
        await scene.CreateAsync(scene.New() with { IdempotencyKey = "t", RequestHash = "h" });

        Assert.Equal(TaskErrors.IdempotencyConflict, await RefusalOf(() => scene.CreateAsync(scene.New() with { IdempotencyKey = "k", RequestHash = "h" })));
        Assert.Equal(TaskErrors.IdempotencyConflict, await RefusalOf(() => scene.Lines.AppendAsync("ann", lines, Key with { Key = "t" }, Ct)));
        Assert.Equal(2, (await scene.Lines.PageAsync("ann", null, 10, Ct)).Count);
        Assert.Equal(1, (await scene.StatsAsync()).Created);
    }

    [Fact]
    public async Task Of_many_who_append_or_retry_under_the_same_key_one_does_and_all_get_the_same()
    {
        await using var scene = await SceneAsync();
        var lines = Lines(scene, 700);
        var held = await scene.CreateAndRunAsync();
        await scene.FailAsync(held);

        var ids = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => scene.Lines.AppendAsync("ann", lines, Key, Ct), Ct)));
        var retried = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => scene.RetryAsync(held.Id, "ann", Key with { Key = "r" }), Ct)));

        Assert.All(ids, one => Assert.Equal(ids[0], one));
        Assert.Equal(700, (await scene.Lines.PageAsync("ann", null, 1000, Ct)).Count);
        Assert.Single(retried, one => !one.Existing);
        Assert.All(retried, one => Assert.Equal(1, one.Task.Run));
    }

    private static StoredLine[] Lines(Scene scene, int count) =>
        [.. Enumerable.Range(0, count).Select(i => new StoredLine("", scene.Now, "info", "api", $"line {i}"))];
}
