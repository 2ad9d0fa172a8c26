using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task Start_hands_out_a_fence_and_counts_the_attempt()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync();
        scene.Pass(2);

        var started = await scene.StartAsync(id);

        Assert.Equal(StartKind.Started, started.Kind);
        Assert.Null(started.Checkpoint);
        var task = started.Task!;
        Assert.Equal((TaskState.Running, 2L, 1, scene.Now, "worker-1"), (task.Status, task.Version, task.Attempt, task.StartedAt, task.Worker));
        Assert.True(task.Fence > 0);
        Assert.Equivalent(task, await scene.GetAsync(id));
    }

    [Fact]
    public async Task A_second_start_is_busy_until_the_lease_ends()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync();
        await scene.RunAsync(id);
        var leaseEnd = scene.Now.AddSeconds(scene.Options.LeaseSeconds);
        scene.Pass(1);

        foreach (var worker in new[] { Worker, OtherWorker })
        {
            var again = await scene.StartAsync(id, worker: worker);
            Assert.Equal((StartKind.Later, leaseEnd), (again.Kind, again.Until));
        }
        Assert.Equal(2, (await scene.GetAsync(id)).Version);
    }

    [Fact]
    public async Task Start_of_another_run_is_gone()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync();

        var started = await scene.StartAsync(id, run: 1);
        Assert.Equal((StartKind.Gone, id), (started.Kind, started.Task?.Id));
        Assert.Equal(TaskState.Pending, (await scene.GetAsync(id)).Status);

        await scene.RunAsync(id);
        Assert.Equal(StartKind.Gone, (await scene.StartAsync(id, run: 1)).Kind);
    }

    [Fact]
    public async Task Start_of_an_ended_or_unknown_task_is_gone()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(held);

        var ended = await scene.StartAsync(held.Id);
        Assert.Equal((StartKind.Gone, TaskState.Completed), (ended.Kind, ended.Task?.Status));
        var unknown = await scene.StartAsync(TaskIds.New(scene.Now));
        Assert.Equal(StartKind.Gone, unknown.Kind);
        Assert.Null(unknown.Task);
    }

    [Fact]
    public async Task A_grant_lapses_when_nobody_starts()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var first = await scene.CreateIdAsync();
        scene.Pass(scene.Options.GrantSeconds - 0.001);
        Assert.False((await scene.CreateAsync()).Granted);
        scene.Pass(0.001);

        // The waiting one comes before a new one.
        var third = await scene.CreateAsync();
        Assert.False(third.Granted);
        Assert.Single(third.Wakes.Grants);
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(first)).Kind);
    }

    [Fact]
    public async Task A_lapsed_slot_is_taken_again_when_one_is_free()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var id = await scene.CreateIdAsync();
        scene.Pass(scene.Options.GrantSeconds + 1);

        await scene.RunAsync(id);
        Assert.False((await scene.CreateAsync()).Granted);
    }

    [Fact]
    public async Task A_start_that_must_wait_is_granted_later()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var late = await scene.CreateIdAsync();
        scene.Pass(scene.Options.GrantSeconds + 1);
        var running = await scene.CreateAndRunAsync();

        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(late)).Kind);
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(late)).Kind);
        Assert.Equal(1, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);

        Assert.Equal([new Grant(late, 0, Waiting: true)], (await scene.CompleteAsync(running)).Wakes.Grants);
        Assert.Equal(1, (await scene.StartAsync(late)).Task!.Attempt);
    }

    [Fact]
    public async Task A_dead_workers_task_is_taken_over_once_its_lease_has_ended()
    {
        await using var scene = await SceneAsync();
        var old = await scene.CreateAndRunAsync();
        await scene.Store.SaveCheckpointAsync(old, """{"row":7}""", Ct);
        scene.Pass(scene.Options.LeaseSeconds);

        var taken = await scene.StartAsync(old.Id, worker: OtherWorker);

        Assert.Equal((StartKind.Started, """{"row":7}"""), (taken.Kind, taken.Checkpoint));
        Assert.Equal((TaskState.Running, 2, 0, 3L, "worker-2"),
            (taken.Task!.Status, taken.Task.Attempt, taken.Task.RetryCount, taken.Task.Version, taken.Task.Worker));
        Assert.True(taken.Task.Fence > old.Fence);
        Assert.Equal(scene.Now, taken.Task.StartedAt);
        Assert.Equal(["task:created", "task:started", "task:started"], await scene.EventNamesAsync(old.Id));
    }

    [Fact]
    public async Task A_worker_that_comes_back_under_its_name_takes_over_at_once()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var old = await scene.CreateAndRunAsync();

        var taken = await scene.StartAsync(old.Id, worker: Worker with { Epoch = "epoch-2" });

        Assert.Equal((StartKind.Started, 2), (taken.Kind, taken.Task!.Attempt));
        Assert.Equal(Hold.Lost, await scene.RenewAsync(old));
    }

    [Fact]
    public async Task What_the_old_token_writes_is_refused_after_a_takeover()
    {
        await using var scene = await SceneAsync();
        var old = await scene.CreateAndRunAsync();
        scene.Pass(scene.Options.LeaseSeconds + 1);
        var held = await scene.RunAsync(old.Id, worker: OtherWorker);
        var before = await scene.GetAsync(old.Id);

        Assert.Equal(Hold.Lost, await scene.RenewAsync(old));
        Assert.Equal(Hold.Lost, (await scene.ReportAsync(old, TaskProgress.Of(1, 2), new TaskLogLine(scene.Now, TaskLogLevel.Info, "late"))).Hold);
        foreach (var write in WritesWith(scene, old))
            Assert.Equal(TaskErrors.LeaseLost, await RefusalOf(write));

        Assert.Equivalent(before, await scene.GetAsync(old.Id));
        Assert.Empty((await scene.Store.GetLogsAsync(old.Id, null, 1, 10, Ct)).Lines);
        Assert.Null(await scene.Store.ReadFileChunkAsync(old.Id, 0, Ct));
        Assert.Equal(Hold.Held, await scene.RenewAsync(held, OtherWorker));
        await scene.CompleteAsync(held);
    }

    [Fact]
    public async Task Tokens_of_unknown_ended_and_pending_tasks_are_refused()
    {
        await using var scene = await SceneAsync();
        var ended = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(ended);
        var released = await scene.CreateAndRunAsync();
        await scene.Store.ReleaseAsync(released, Ct);
        var neverStarted = await scene.CreateIdAsync();

        foreach (var held in new[] { ended, released, new Held(neverStarted, 0), new Held(TaskIds.New(scene.Now), 1) })
        {
            Assert.Equal(Hold.Lost, await scene.RenewAsync(held));
            Assert.Equal(Hold.Lost, (await scene.ReportAsync(held, TaskProgress.Of(1, 2))).Hold);
            foreach (var write in WritesWith(scene, held))
                Assert.Equal(TaskErrors.LeaseLost, await RefusalOf(write));
        }
    }

    [Fact]
    public async Task Renewing_keeps_the_lease_and_the_slot()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();
        for (var i = 0; i < 5; i++)
        {
            scene.Pass(scene.Options.LeaseSeconds * 0.9);
            Assert.Equal(Hold.Held, await scene.RenewAsync(held));
        }

        Assert.Equal(StartKind.Later, (await scene.StartAsync(held.Id, worker: OtherWorker)).Kind);
        Assert.False((await scene.CreateAsync()).Granted);
    }

    [Fact]
    public async Task Renewing_answers_in_the_order_asked()
    {
        await using var scene = await SceneAsync();
        var first = await scene.CreateAndRunAsync();
        var second = await scene.CreateAndRunAsync();
        var third = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(first);
        await scene.CancelAsync(third.Id, stop: true);

        Assert.Equal(
            [Hold.CancelRequested, Hold.Lost, Hold.Held, Hold.Lost],
            await scene.Store.RenewAsync(Worker, [third, first, second, new Held("not an id", 1)], Ct));
        Assert.Empty(await scene.Store.RenewAsync(Worker, [], Ct));
    }

    [Fact]
    public async Task A_report_renews_the_lease()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        scene.Pass(8);
        Assert.Equal(Hold.Held, (await scene.ReportAsync(held)).Hold);
        scene.Pass(8);

        Assert.Equal(StartKind.Later, (await scene.StartAsync(held.Id, worker: OtherWorker)).Kind);
    }

    [Fact]
    public async Task An_ended_lease_is_renewed_while_a_slot_is_free()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();
        scene.Pass(scene.Options.LeaseSeconds + 5);

        Assert.Equal(Hold.Held, await scene.RenewAsync(held));
        Assert.False((await scene.CreateAsync()).Granted);
        await scene.CompleteAsync(held);
    }

    [Fact]
    public async Task An_ended_lease_is_lost_when_its_slot_has_gone_to_another_but_the_end_still_counts()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();
        scene.Pass(scene.Options.LeaseSeconds + 5);
        Assert.True((await scene.CreateAsync()).Granted);

        Assert.Equal(Hold.Lost, await scene.RenewAsync(held));
        Assert.Equal(Hold.Lost, (await scene.ReportAsync(held, TaskProgress.Of(1, 2))).Hold);
        Assert.Null((await scene.GetAsync(held.Id)).Progress);
        await scene.CompleteAsync(held);
        Assert.Equal(TaskState.Completed, (await scene.GetAsync(held.Id)).Status);
    }

    [Fact]
    public async Task A_takeover_waits_for_a_slot_when_its_own_has_gone_to_another()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var dead = await scene.CreateAndRunAsync();
        scene.Pass(scene.Options.LeaseSeconds + 1);
        var other = await scene.CreateAndRunAsync();

        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(dead.Id, worker: OtherWorker)).Kind);
        Assert.Equal(1, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);
        Assert.Equal([new Grant(dead.Id, 0, Waiting: true)], (await scene.CompleteAsync(other)).Wakes.Grants);

        var taken = await scene.StartAsync(dead.Id, worker: OtherWorker);
        Assert.Equal((StartKind.Started, 2), (taken.Kind, taken.Task!.Attempt));
        Assert.Equal(0, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);
    }

    [Fact]
    public async Task Losing_too_many_workers_in_a_row_fails_the_task()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.MaxRecoveries = 2;
            options.Lanes.MaxRunning = 1;
        });
        var id = (await scene.CreateAndRunAsync()).Id;
        for (var i = 0; i < 2; i++)
        {
            scene.Pass(scene.Options.LeaseSeconds + 1);
            await scene.RunAsync(id);
        }
        var waiting = await scene.CreateIdAsync();
        scene.Pass(scene.Options.LeaseSeconds + 1);

        var last = await scene.StartAsync(id);

        Assert.Equal((StartKind.Gone, TaskState.Failed, TaskErrors.WorkerLost), (last.Kind, last.Task!.Status, last.Task.Error!.Code));
        Assert.Equal([waiting], Ids(last.Wakes));
        var task = await scene.GetAsync(id);
        Assert.Equal((TaskState.Failed, scene.Now, 3), (task.Status, task.CompletedAt, task.Attempt));
        Assert.Equal("task:failed", (await scene.EventNamesAsync(id))[^1]);
        Assert.Equal(1, (await scene.StatsAsync()).Failed);
    }

    [Fact]
    public async Task A_slice_goes_on_with_the_same_attempt_a_new_token_and_no_event()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var first = await scene.CreateAndRunAsync();
        var startedAt = scene.Now;
        scene.Pass(3);

        await scene.Store.ContinueAsync(first, """{"page":1}""", Ct);
        Assert.Equal(TaskErrors.LeaseLost, await RefusalOf(() => scene.CompleteAsync(first)));
        Assert.Equal(Hold.Lost, await scene.RenewAsync(first));
        Assert.False((await scene.CreateAsync()).Granted);
        var next = await scene.StartAsync(first.Id, worker: OtherWorker);

        Assert.Equal((StartKind.Started, """{"page":1}"""), (next.Kind, next.Checkpoint));
        Assert.Equal((1, 2L, startedAt, "worker-2"), (next.Task!.Attempt, next.Task.Version, next.Task.StartedAt, next.Task.Worker));
        Assert.True(next.Task.Fence > first.Fence);
        Assert.Equal(["task:created", "task:started"], await scene.EventNamesAsync(first.Id));
        await scene.CompleteAsync(new Held(first.Id, next.Task.Fence));
    }

    [Fact]
    public async Task A_slice_keeps_its_slot_for_a_grants_time_and_no_worker_is_lost_in_between()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.MaxRecoveries = 0;
            options.Lanes.MaxRunning = 1;
        });
        var held = await scene.CreateAndRunAsync();
        await scene.Store.ContinueAsync(held, null, Ct);
        scene.Pass(scene.Options.GrantSeconds - 1);
        Assert.False((await scene.CreateAsync()).Granted);
        scene.Pass(2);

        var next = await scene.StartAsync(held.Id);
        Assert.Equal((StartKind.Started, 1), (next.Kind, next.Task!.Attempt));
    }

    [Fact]
    public async Task A_slice_clears_the_count_of_lost_workers()
    {
        await using var scene = await SceneAsync(options => options.MaxRecoveries = 1);
        var id = (await scene.CreateAndRunAsync()).Id;
        for (var i = 0; i < 3; i++)
        {
            scene.Pass(scene.Options.LeaseSeconds + 1);
            await scene.Store.ContinueAsync(await scene.RunAsync(id), null, Ct);
            await scene.RunAsync(id);
        }
        Assert.Equal(TaskState.Running, (await scene.GetAsync(id)).Status);
    }

    [Fact]
    public async Task A_checkpoint_survives_a_backoff_and_the_last_one_counts()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.Store.SaveCheckpointAsync(held, "1", Ct);
        await scene.Store.SaveCheckpointAsync(held, "2", Ct);
        await scene.BackOffAsync(held);
        scene.Pass(1);

        var next = await scene.StartAsync(held.Id);
        Assert.Equal("2", next.Checkpoint);
        await scene.Store.ContinueAsync(new Held(held.Id, next.Task!.Fence), null, Ct);
        Assert.Equal("2", (await scene.StartAsync(held.Id)).Checkpoint);
    }

    private static IEnumerable<Func<Task>> WritesWith(Scene scene, Held held) =>
    [
        () => scene.CompleteAsync(held),
        () => scene.FailAsync(held),
        () => scene.BackOffAsync(held),
        () => scene.Store.StopAsync(held, Ct),
        () => scene.Store.ReleaseAsync(held, Ct),
        () => scene.Store.ContinueAsync(held, "1", Ct),
        () => scene.Store.SaveCheckpointAsync(held, "1", Ct),
        () => scene.Store.WriteFileChunkAsync(held, 0, new byte[] { 1 }, Ct),
    ];
}
