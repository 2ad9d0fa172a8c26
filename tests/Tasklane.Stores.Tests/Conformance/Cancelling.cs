using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_pending_task_with_a_slot_is_cancelled_and_its_slot_goes_on()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var id = await scene.CreateIdAsync();
        var waiting = await scene.CreateIdAsync();
        scene.Pass(1);

        var cancelled = await scene.CancelAsync(id);

        Assert.False(cancelled.Stopping);
        Assert.Equal((TaskState.Cancelled, scene.Now, 2L), (cancelled.Task.Status, cancelled.Task.CancelledAt, cancelled.Task.Version));
        Assert.Equivalent(cancelled.Task, await scene.GetAsync(id));
        Assert.Equal([waiting], Ids(cancelled.Wakes));
        Assert.Equal(StartKind.Gone, (await scene.StartAsync(id)).Kind);
    }

    [Fact]
    public async Task A_waiting_task_leaves_its_lane_when_cancelled()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var running = await scene.CreateAndRunAsync();
        var waiting = await scene.CreateIdAsync();

        await scene.CancelAsync(waiting);

        Assert.Equal(0, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);
        Assert.Empty((await scene.CompleteAsync(running)).Wakes.Grants);
    }

    [Fact]
    public async Task A_delayed_task_is_cancelled()
    {
        await using var scene = await SceneAsync();
        var id = (await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddHours(1) })).Task.Id;

        await scene.CancelAsync(id);

        Assert.Equal(0, (await scene.StatsAsync()).Delayed);
        Assert.Equal(StartKind.Gone, (await scene.StartAsync(id)).Kind);
    }

    [Fact]
    public async Task A_running_task_is_not_removed()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();

        Assert.Equal(TaskErrors.Running, await RefusalOf(() => scene.CancelAsync(held.Id)));
        Assert.False((await scene.GetAsync(held.Id)).CancelRequested);
        scene.Pass(scene.Options.LeaseSeconds + 1);
        Assert.Equal(TaskErrors.Running, await RefusalOf(() => scene.CancelAsync(held.Id)));
    }

    [Fact]
    public async Task A_running_task_is_asked_to_stop_and_its_worker_learns_of_it()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();

        for (var i = 0; i < 2; i++)
        {
            var asked = await scene.CancelAsync(held.Id, stop: true);
            Assert.True(asked.Stopping);
            Assert.Equal((TaskState.Running, true, 2L), (asked.Task.Status, asked.Task.CancelRequested, asked.Task.Version));
        }
        Assert.Equal(Hold.CancelRequested, await scene.RenewAsync(held));
        Assert.Equal(Hold.CancelRequested, (await scene.ReportAsync(held, TaskProgress.Of(1, 2))).Hold);
    }

    [Fact]
    public async Task A_takeover_sees_that_somebody_asked_to_stop()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.CancelAsync(held.Id, stop: true);
        scene.Pass(scene.Options.LeaseSeconds + 1);

        Assert.True((await scene.StartAsync(held.Id)).Task!.CancelRequested);
    }

    [Fact]
    public async Task Between_two_slices_a_task_is_cancelled_at_once()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();
        var waiting = await scene.CreateIdAsync();
        await scene.Store.ContinueAsync(held, null, Ct);

        var cancelled = await scene.CancelAsync(held.Id, stop: true);

        Assert.False(cancelled.Stopping);
        Assert.Equal(TaskState.Cancelled, cancelled.Task.Status);
        Assert.Equal([waiting], Ids(cancelled.Wakes));
        Assert.Equal(StartKind.Gone, (await scene.StartAsync(held.Id)).Kind);
    }

    [Fact]
    public async Task With_a_lapsed_lease_a_task_is_cancelled_at_once_and_its_worker_is_refused()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        scene.Pass(scene.Options.LeaseSeconds);

        Assert.False((await scene.CancelAsync(held.Id, stop: true)).Stopping);
        Assert.Equal(TaskErrors.LeaseLost, await RefusalOf(() => scene.CompleteAsync(held)));
        Assert.Equal(TaskState.Cancelled, (await scene.GetAsync(held.Id)).Status);
    }

    [Fact]
    public async Task A_dead_task_that_waits_for_its_takeover_is_cancelled_out_of_its_lane()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var dead = await scene.CreateAndRunAsync();
        scene.Pass(scene.Options.LeaseSeconds + 1);
        var other = await scene.CreateAndRunAsync();
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(dead.Id)).Kind);

        Assert.Equal(TaskState.Cancelled, (await scene.CancelAsync(dead.Id, stop: true)).Task.Status);
        Assert.Empty((await scene.CompleteAsync(other)).Wakes.Grants);
    }

    [Fact]
    public async Task Ended_tasks_cannot_be_cancelled_but_a_cancelled_one_again()
    {
        await using var scene = await SceneAsync();
        var completed = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(completed);
        var failed = await scene.CreateAndRunAsync();
        await scene.FailAsync(failed);
        var cancelled = await scene.CreateIdAsync();
        await scene.CancelAsync(cancelled);

        foreach (var stop in new[] { false, true })
        {
            Assert.Equal(TaskErrors.NotCancellable, await RefusalOf(() => scene.CancelAsync(completed.Id, stop)));
            Assert.Equal(TaskErrors.NotCancellable, await RefusalOf(() => scene.CancelAsync(failed.Id, stop)));
            var again = await scene.CancelAsync(cancelled, stop);
            Assert.Equal((TaskState.Cancelled, false, 2L), (again.Task.Status, again.Stopping, again.Task.Version));
        }
        Assert.Equal(1, (await scene.StatsAsync()).Cancelled);
    }

    [Fact]
    public async Task Another_users_or_an_unknown_task_is_not_found()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync(user: "ann");

        Assert.Equal(TaskErrors.NotFound, await RefusalOf(() => scene.CancelAsync(id, owner: "bob")));
        Assert.Equal(TaskErrors.NotFound, await RefusalOf(() => scene.RetryAsync(id, "bob")));
        Assert.Equal(TaskErrors.NotFound, await RefusalOf(() => scene.CancelAsync(TaskIds.New(scene.Now))));
        Assert.Equal(TaskErrors.NotFound, await RefusalOf(() => scene.RetryAsync("queue:high")));
        Assert.Equal(TaskState.Pending, (await scene.GetAsync(id)).Status);
        Assert.Equal(TaskState.Cancelled, (await scene.CancelAsync(id, owner: "ann")).Task.Status);
    }
}
