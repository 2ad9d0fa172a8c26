using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task Complete_keeps_the_result_and_frees_the_slot()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();
        await scene.Store.SaveCheckpointAsync(held, "1", Ct);
        scene.Pass(1);

        var ended = await scene.CompleteAsync(held, """{"rows":[1,2]}""");

        var task = await scene.GetAsync(held.Id);
        Assert.Equal((TaskState.Completed, """{"rows":[1,2]}""", scene.Now, 3L), (task.Status, task.Result, task.CompletedAt, task.Version));
        Assert.Equal(3, ended.Version);
        Assert.Null(task.Error);
        Assert.Null(task.Worker);
        Assert.True((await scene.CreateAsync()).Granted);
    }

    [Fact]
    public async Task Fail_is_for_good_and_says_why()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();
        scene.Pass(1);

        var error = new TaskError("bad_row", "Zeile 7: \"x\" <b>", """{"row":7}""");
        var ended = await scene.Store.FailAsync(held, error, Ct);

        var task = await scene.GetAsync(held.Id);
        Assert.Equal((TaskState.Failed, error, scene.Now, 3L), (task.Status, task.Error, task.CompletedAt, ended.Version));
        Assert.Null(task.Worker);
        Assert.True((await scene.CreateAsync()).Granted);
    }

    [Fact]
    public async Task Backing_off_counts_the_retry_frees_the_slot_and_keeps_the_error()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();
        var runAt = scene.Now.AddSeconds(30);

        await scene.Store.BackOffAsync(held, new TaskError("broken", "It broke."), runAt, Ct);

        var task = await scene.GetAsync(held.Id);
        Assert.Equal((TaskState.Pending, 1, 0, runAt, "broken"), (task.Status, task.RetryCount, task.Run, task.RunAt, task.Error!.Code));
        Assert.Null(task.Worker);
        Assert.Equal(1, (await scene.StatsAsync()).Delayed);
        var other = await scene.CreateAndRunAsync();
        var early = await scene.StartAsync(held.Id);
        Assert.Equal((StartKind.Later, runAt), (early.Kind, early.Until));
        scene.Pass(30);
        Assert.Equal(Hold.Held, await scene.RenewAsync(other));
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(held.Id)).Kind);
        Assert.Equal([new Grant(held.Id, 0, Waiting: true)], (await scene.CompleteAsync(other)).Wakes.Grants);

        var second = await scene.StartAsync(held.Id);
        Assert.Equal((2, 1, "broken"), (second.Task!.Attempt, second.Task.RetryCount, second.Task.Error!.Code));
        await scene.CompleteAsync(new Held(held.Id, second.Task.Fence));
        Assert.Null((await scene.GetAsync(held.Id)).Error);
    }

    [Fact]
    public async Task Release_loses_no_attempt()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();

        await scene.Store.ReleaseAsync(held, Ct);

        var task = await scene.GetAsync(held.Id);
        Assert.Equal((TaskState.Pending, 0, 3L), (task.Status, task.RetryCount, task.Version));
        await scene.RunAsync(held.Id);
        Assert.Equal(["task:created", "task:started", "task:retrying", "task:started"], await scene.EventNamesAsync(held.Id));
    }

    [Fact]
    public async Task Stop_makes_a_running_task_cancelled()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.CancelAsync(held.Id, stop: true);
        scene.Pass(1);

        await scene.Store.StopAsync(held, Ct);

        var task = await scene.GetAsync(held.Id);
        Assert.Equal((TaskState.Cancelled, scene.Now, false), (task.Status, task.CancelledAt, task.CancelRequested));
        Assert.Null(task.CompletedAt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_stop_request_wins_over_another_attempt(bool backOff)
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();
        var waiting = await scene.CreateIdAsync();
        await scene.CancelAsync(held.Id, stop: true);

        var ended = backOff ? await scene.BackOffAsync(held) : await scene.Store.ReleaseAsync(held, Ct);

        Assert.Equal([waiting], Ids(ended.Wakes));
        var task = await scene.GetAsync(held.Id);
        Assert.Equal((TaskState.Cancelled, scene.Now, 0, 3L), (task.Status, task.CancelledAt, task.RetryCount, ended.Version));
        Assert.False(task.CancelRequested);
        Assert.Equal(TaskState.Cancelled, ended.Status);
        Assert.Equal(StartKind.Gone, (await scene.StartAsync(held.Id)).Kind);
        Assert.Equal(["task:created", "task:started", "task:cancelled"], await scene.EventNamesAsync(held.Id));
        Assert.Equal((1L, 0L), ((await scene.StatsAsync()).Cancelled, (await scene.StatsAsync()).Retried));
    }

    [Fact]
    public async Task A_task_that_finishes_although_it_was_asked_to_stop_has_finished()
    {
        await using var scene = await SceneAsync();
        var completed = await scene.CreateAndRunAsync();
        var failed = await scene.CreateAndRunAsync();
        await scene.CancelAsync(completed.Id, stop: true);
        await scene.CancelAsync(failed.Id, stop: true);

        await scene.CompleteAsync(completed);
        await scene.FailAsync(failed);

        Assert.Equal((TaskState.Completed, false), await StateAsync(completed.Id));
        Assert.Equal((TaskState.Failed, false), await StateAsync(failed.Id));

        async Task<(TaskState, bool)> StateAsync(string id)
        {
            var task = await scene.GetAsync(id);
            return (task.Status, task.CancelRequested);
        }
    }

    [Fact]
    public async Task An_end_counts_once()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(held);

        Assert.Equal(TaskErrors.LeaseLost, await RefusalOf(() => scene.CompleteAsync(held)));
        Assert.Equal(TaskErrors.LeaseLost, await RefusalOf(() => scene.FailAsync(held)));
        Assert.Equal(1, (await scene.StatsAsync()).Completed);
        Assert.Equal(3, (await scene.EventsAsync(held.Id)).Count);
    }
}
