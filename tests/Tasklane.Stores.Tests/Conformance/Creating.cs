using Tasklane.Tasks;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_new_task_is_pending_and_holds_a_free_slot()
    {
        await using var scene = await SceneAsync();
        var asked = scene.New() with
        {
            Priority = TaskPriority.High,
            Payload = """{"rows": 3, "name": "Grüße 导出"}""",
            MaxRetries = 5,
            TimeoutSeconds = 60,
            Backoff = new Backoff(BackoffKind.Quadratic, 1.5, 2.5, 900),
            Tags = ["nightly", "a b"],
        };

        var created = await scene.CreateAsync(asked);

        Assert.True(created.Granted);
        Assert.False(created.Existing);
        Assert.Empty(created.Wakes.Grants);
        var task = await scene.GetAsync(asked.Id);
        foreach (var seen in new[] { created.Task, task })
        {
            Assert.Equal(
                (asked.Id, asked.Type, TaskState.Pending, asked.Priority, asked.Payload, asked.CreatedBy, asked.Source),
                (seen.Id, seen.Type, seen.Status, seen.Priority, seen.Payload, seen.CreatedBy, seen.Source));
            Assert.Equal((5, 60, asked.Backoff), (seen.MaxRetries, seen.TimeoutSeconds, seen.Backoff));
            Assert.Equal(asked.Tags, seen.Tags);
            Assert.Equal(scene.Now, seen.CreatedAt);
            Assert.Equal((1L, 0, 0, 0, 0L), (seen.Version, seen.Run, seen.RetryCount, seen.Attempt, seen.Fence));
            Assert.Null(seen.Result);
            Assert.Null(seen.Error);
            Assert.Null(seen.Progress);
            Assert.Null(seen.StartedAt);
            Assert.Null(seen.CompletedAt);
            Assert.Null(seen.CancelledAt);
            Assert.Null(seen.RunAt);
            Assert.Null(seen.Worker);
            Assert.False(seen.CancelRequested);
        }
    }

    [Fact]
    public async Task A_used_id_is_refused_and_nothing_changes()
    {
        await using var scene = await SceneAsync();
        var first = scene.New(type: "first");
        await scene.CreateAsync(first);

        var code = await RefusalOf(() => scene.CreateAsync(scene.New(type: "second") with { Id = first.Id }));

        Assert.Equal(TaskErrors.Exists, code);
        Assert.Equal("first", (await scene.GetAsync(first.Id)).Type);
        Assert.Equal(1, (await scene.StatsAsync()).Created);
        Assert.Single(await scene.EventsAsync(first.Id));
    }

    [Fact]
    public async Task An_idempotency_key_finds_the_first_task_as_it_is_now()
    {
        await using var scene = await SceneAsync();
        var first = scene.New() with { IdempotencyKey = "k:1{x}", RequestHash = "h1" };
        await scene.CreateAsync(first);

        var again = await scene.CreateAsync(scene.New() with { IdempotencyKey = "k:1{x}", RequestHash = "h1" });
        await scene.RunAsync(first.Id);
        var later = await scene.CreateAsync(scene.New() with { IdempotencyKey = "k:1{x}", RequestHash = "h1" });

        Assert.True(again.Existing);
        Assert.True(again.Granted);
        Assert.Equal((first.Id, TaskState.Pending), (again.Task.Id, again.Task.Status));
        Assert.True(later.Existing);
        Assert.False(later.Granted);
        Assert.Equal((first.Id, TaskState.Running), (later.Task.Id, later.Task.Status));
        Assert.False(later.Wakes.Ring);
        Assert.Equal(1, (await scene.StatsAsync()).Created);
    }

    [Fact]
    public async Task An_idempotency_key_with_another_request_is_a_conflict()
    {
        await using var scene = await SceneAsync();
        await scene.CreateAsync(scene.New() with { IdempotencyKey = "k", RequestHash = "h1" });
        var other = scene.New() with { IdempotencyKey = "k", RequestHash = "h2" };

        Assert.Equal(TaskErrors.IdempotencyConflict, await RefusalOf(() => scene.CreateAsync(other)));
        Assert.Null(await scene.Store.GetAsync(other.Id, null, Ct));
    }

    [Fact]
    public async Task An_idempotency_key_is_its_creators_own()
    {
        await using var scene = await SceneAsync();
        await scene.CreateAsync(scene.New(user: "ann") with { IdempotencyKey = "k", RequestHash = "h" });

        var bobs = await scene.CreateAsync(scene.New(user: "bob") with { IdempotencyKey = "k", RequestHash = "h" });

        Assert.False(bobs.Existing);
    }

    [Fact]
    public async Task An_idempotency_key_is_free_again_after_a_day()
    {
        await using var scene = await SceneAsync();
        var first = scene.New() with { IdempotencyKey = "k", RequestHash = "h" };
        await scene.CreateAsync(first);

        scene.Pass((24 * 3600) - 1);
        Assert.True((await scene.CreateAsync(scene.New() with { IdempotencyKey = "k", RequestHash = "h" })).Existing);
        scene.Pass(2);
        Assert.False((await scene.CreateAsync(scene.New() with { IdempotencyKey = "k", RequestHash = "other" })).Existing);
    }

    [Fact]
    public async Task A_delayed_task_takes_no_slot_and_joins_no_lane()
    {
        await using var scene = await SceneAsync();
        var runAt = scene.Now.AddMinutes(5);

        var created = await scene.CreateAsync(scene.New() with { RunAt = runAt });

        Assert.False(created.Granted);
        Assert.Equal(runAt, created.Task.RunAt);
        Assert.Equal(runAt, (await scene.GetAsync(created.Task.Id)).RunAt);
        var stats = await scene.StatsAsync();
        Assert.Equal(1, stats.Delayed);
        Assert.All(stats.Depth.Values, depth => Assert.Equal(0, depth));
    }

    [Fact]
    public async Task A_run_time_that_is_past_means_now()
    {
        await using var scene = await SceneAsync();

        Assert.True((await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddSeconds(-5) })).Granted);
        Assert.True((await scene.CreateAsync(scene.New() with { RunAt = scene.Now })).Granted);
    }

    [Fact]
    public async Task The_largest_payload_comes_back_as_it_went()
    {
        await using var scene = await SceneAsync();
        var payload = "\"" + new string('x', TaskLimits.MaxPayloadBytes - 2) + "\"";

        var id = (await scene.CreateAsync(scene.New(payload: payload))).Task.Id;
        var started = await scene.StartAsync(id);

        Assert.Equal(payload, started.Task!.Payload);
        await scene.CompleteAsync(new(id, started.Task.Fence), payload);
        Assert.Equal(payload, (await scene.GetAsync(id)).Result);
    }
}
