using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_failed_task_begins_a_new_run_by_hand()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.ReportAsync(held, TaskProgress.Of(1, 2), new TaskLogLine(scene.Now, TaskLogLevel.Info, "kept"));
        await scene.Store.SaveCheckpointAsync(held, "1", Ct);
        await scene.BackOffAsync(held);
        scene.Pass(1);
        await scene.FailAsync(await scene.RunAsync(held.Id));
        var before = await scene.GetAsync(held.Id);
        scene.Pass(1);

        var retried = await scene.RetryAsync(held.Id, "ann");

        Assert.True(retried.Granted);
        Assert.False(retried.Existing);
        var task = await scene.GetAsync(held.Id);
        Assert.Equivalent(task, retried.Task);
        Assert.Equal((TaskState.Pending, 1, 0, before.Version + 1), (task.Status, task.Run, task.RetryCount, task.Version));
        Assert.Equal((2, before.CreatedAt), (task.Attempt, task.CreatedAt));
        Assert.Null(task.Error);
        Assert.Null(task.Progress);
        Assert.Null(task.StartedAt);
        Assert.Null(task.CompletedAt);
        Assert.Null(task.RunAt);
        Assert.Single((await scene.Store.GetLogsAsync(held.Id, null, 1, 10, Ct)).Lines);
        Assert.Equal(StartKind.Gone, (await scene.StartAsync(held.Id, run: 0)).Kind);
        var started = await scene.StartAsync(held.Id, run: 1);
        Assert.Equal((StartKind.Started, 3), (started.Kind, started.Task!.Attempt));
        Assert.Null(started.Checkpoint);
        Assert.Equal("task:retrying", (await scene.EventNamesAsync(held.Id))[^2]);
    }

    [Fact]
    public async Task A_cancelled_task_begins_a_new_run_by_hand()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync();
        await scene.CancelAsync(id);

        var retried = await scene.RetryAsync(id);

        Assert.Equal((TaskState.Pending, 1), (retried.Task.Status, retried.Task.Run));
        Assert.Null(retried.Task.CancelledAt);
        await scene.RunAsync(id, run: 1);
    }

    [Fact]
    public async Task A_retry_by_hand_waits_in_its_lane_when_no_slot_is_free()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var failed = await scene.CreateAndRunAsync();
        await scene.FailAsync(failed);
        var running = await scene.CreateAndRunAsync();

        Assert.False((await scene.RetryAsync(failed.Id)).Granted);
        Assert.Equal([new Grant(failed.Id, 1, Waiting: false)], (await scene.CompleteAsync(running)).Wakes.Grants);
    }

    [Fact]
    public async Task Only_failed_and_cancelled_tasks_are_retried()
    {
        await using var scene = await SceneAsync();
        var pending = await scene.CreateIdAsync();
        var running = await scene.CreateAndRunAsync();
        var completed = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(completed);

        foreach (var id in new[] { pending, running.Id, completed.Id })
            Assert.Equal(TaskErrors.NotRetryable, await RefusalOf(() => scene.RetryAsync(id)));
    }

    [Fact]
    public async Task A_retried_task_is_not_purged_for_its_earlier_end()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.FailAsync(held);
        await scene.RetryAsync(held.Id);
        scene.Pass(3600);

        Assert.Empty(await scene.Store.PurgeEndedAsync(scene.Now, 100, Ct));
        Assert.NotNull(await scene.Store.GetAsync(held.Id, null, Ct));
    }
}
