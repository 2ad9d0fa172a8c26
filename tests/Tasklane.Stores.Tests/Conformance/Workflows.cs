using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_task_waits_until_all_those_it_names_have_completed()
    {
        await using var scene = await SceneAsync();
        var (first, second) = (await scene.CreateAndRunAsync(), await scene.CreateAndRunAsync());
        var waiting = await scene.CreateAfterAsync([first.Id, second.Id]);

        Assert.False(waiting.Granted);
        Assert.True(waiting.Task.IsBlocked);
        Assert.Equal([first.Id, second.Id], waiting.Task.After!.Tasks);
        Assert.Equivalent(waiting.Task with { Number = 0 }, await scene.GetAsync(waiting.Task.Id) with { Number = 0 });
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(waiting.Task.Id)).Kind);
        Assert.True((await scene.CompleteAsync(first)).Wakes.Settle);
        Assert.Empty(await scene.SettleAsync());
        scene.Pass(5);
        Assert.True((await scene.CompleteAsync(second)).Wakes.Settle);
        Assert.Equal([new Grant(waiting.Task.Id, 0, Waiting: true)], await scene.SettleAsync());

        var task = await scene.GetAsync(waiting.Task.Id);
        Assert.False(task.IsBlocked);
        Assert.Equal(scene.Now, task.DueAt);
        await scene.CompleteAsync(await scene.RunAsync(task.Id));
    }

    [Fact]
    public async Task A_task_that_waits_for_one_that_ended_before_goes_on_once_that_is_told()
    {
        await using var scene = await SceneAsync();
        var ended = await scene.CreateAndRunAsync();
        Assert.False((await scene.CompleteAsync(ended)).Wakes.Settle);

        var waiting = await scene.CreateAfterAsync([ended.Id]);

        Assert.True(waiting.Wakes.Settle);
        Assert.Equal([new Grant(waiting.Task.Id, 0, Waiting: false)], await scene.SettleAsync());
        await scene.RunAsync(waiting.Task.Id);
    }

    [Fact]
    public async Task A_task_that_waits_for_any_goes_on_with_the_first_that_completes()
    {
        await using var scene = await SceneAsync();
        var (first, second, third) = (await scene.CreateAndRunAsync(), await scene.CreateAndRunAsync(), await scene.CreateAndRunAsync());
        var waiting = (await scene.CreateAfterAsync([first.Id, second.Id, third.Id], any: true)).Task.Id;

        await scene.FailAsync(first);
        Assert.Empty(await scene.SettleAsync());
        await scene.CompleteAsync(second);
        Assert.Equal([waiting], (await scene.SettleAsync()).Select(grant => grant.Id));
        await scene.CompleteAsync(third);
        Assert.Empty(await scene.SettleAsync());
        await scene.RunAsync(waiting);
    }

    [Theory]
    [InlineData(AfterFailure.Cancel, false, TaskState.Cancelled)]
    [InlineData(AfterFailure.Fail, false, TaskState.Failed)]
    [InlineData(AfterFailure.Run, false, TaskState.Pending)]
    [InlineData(AfterFailure.Cancel, true, TaskState.Cancelled)]
    [InlineData(AfterFailure.Fail, true, TaskState.Failed)]
    [InlineData(AfterFailure.Run, true, TaskState.Pending)]
    public async Task What_becomes_of_a_task_when_one_that_it_waits_for_fails(AfterFailure onFailure, bool any, TaskState expected)
    {
        await using var scene = await SceneAsync();
        var predecessor = await scene.CreateAndRunAsync();
        var waiting = (await scene.CreateAfterAsync([predecessor.Id], any, onFailure)).Task.Id;
        var last = (await scene.CreateAfterAsync([waiting])).Task.Id;

        await scene.FailAsync(predecessor);
        var woken = await scene.SettleAsync();

        var task = await scene.GetAsync(waiting);
        Assert.Equal(expected, task.Status);
        Assert.Equal(expected == TaskState.Pending ? [waiting] : [], woken.Select(grant => grant.Id));
        // What waits for that in turn is cancelled with it.
        Assert.Equal(expected == TaskState.Pending ? TaskState.Pending : TaskState.Cancelled, (await scene.GetAsync(last)).Status);
        if (expected == TaskState.Failed)
            Assert.Equal(new TaskError(TaskErrors.PredecessorFailed, $"Task {predecessor.Id}, which it waited for, is failed."), task.Error);
        if (expected != TaskState.Pending)
            Assert.Equal([TaskEvents.Created, $"task:{expected.Name()}"], await scene.EventNamesAsync(waiting));
    }

    [Fact]
    public async Task A_failure_ends_a_task_at_once_though_others_that_it_waits_for_go_on()
    {
        await using var scene = await SceneAsync();
        var (first, second) = (await scene.CreateAndRunAsync(), await scene.CreateAndRunAsync());
        var waiting = (await scene.CreateAfterAsync([first.Id, second.Id])).Task.Id;

        await scene.CancelAsync(second.Id, stop: true);
        await scene.Store.StopAsync(second, Ct);
        await scene.SettleAsync();
        Assert.Equal(TaskState.Cancelled, (await scene.GetAsync(waiting)).Status);
        await scene.CompleteAsync(first);
        Assert.Empty(await scene.SettleAsync());
        Assert.Equal(TaskState.Cancelled, (await scene.GetAsync(waiting)).Status);
    }

    [Fact]
    public async Task A_task_with_a_time_waits_for_it_after_those_it_names()
    {
        await using var scene = await SceneAsync();
        var predecessor = await scene.CreateAndRunAsync();
        var task = await scene.CreateAsync(scene.New() with { After = new TaskAfter([predecessor.Id]), RunAt = scene.Now.AddSeconds(10) });
        scene.Pass(1);
        await scene.CompleteAsync(predecessor);

        Assert.Equal([new Grant(task.Task.Id, 0, Waiting: false)], await scene.SettleAsync());
        Assert.Equal((StartKind.Later, task.Task.RunAt), ((await scene.StartAsync(task.Task.Id)) is var later ? (later.Kind, later.Until) : default));
        scene.Pass(9);
        await scene.RunAsync(task.Task.Id);
    }

    [Fact]
    public async Task A_blocked_task_holds_up_nobody_and_can_be_cancelled()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var predecessor = await scene.CreateIdAsync();
        var blocked = (await scene.CreateAfterAsync([predecessor])).Task.Id;
        var other = await scene.CreateIdAsync();
        Assert.Equal(1, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);

        var running = await scene.RunAsync(predecessor);
        Assert.Equal(TaskState.Cancelled, (await scene.CancelAsync(blocked)).Task.Status);
        Assert.Equal([other], (await scene.CompleteAsync(running)).Wakes.Grants.Select(grant => grant.Id));
        Assert.Empty(await scene.SettleAsync());
        Assert.Equal(TaskState.Cancelled, (await scene.GetAsync(blocked)).Status);
    }

    [Fact]
    public async Task A_task_cannot_wait_for_one_that_does_not_exist()
    {
        await using var scene = await SceneAsync();
        var one = await scene.CreateIdAsync();
        var missing = TaskIds.New(scene.Now);
        var task = scene.New() with { After = new TaskAfter([one, missing]) };

        Assert.Equal(TaskErrors.AfterNotFound, await RefusalOf(() => scene.CreateAsync(task)));
        Assert.Null(await scene.Store.GetAsync(task.Id, null, Ct));
    }

    [Fact]
    public async Task A_retry_by_hand_waits_again_for_those_that_have_not_ended()
    {
        await using var scene = await SceneAsync();
        var predecessor = await scene.CreateAndRunAsync();
        var waiting = (await scene.CreateAfterAsync([predecessor.Id])).Task.Id;
        await scene.FailAsync(predecessor);
        await scene.SettleAsync();

        await scene.RetryAsync(predecessor.Id);
        var retried = await scene.RetryAsync(waiting);
        Assert.True(retried.Task.IsBlocked);
        Assert.False(retried.Granted);
        await scene.CompleteAsync(await scene.RunAsync(predecessor.Id, run: 1));
        Assert.Equal([new Grant(waiting, 1, Waiting: false)], await scene.SettleAsync());

        // Those that have ended it does not wait for, however they ended.
        await scene.FailAsync(await scene.RunAsync(waiting, run: 1));
        Assert.True((await scene.RetryAsync(waiting)).Granted);
    }

    [Fact]
    public async Task A_sweep_says_so_when_nobody_was_told_of_an_end()
    {
        await using var scene = await SceneAsync();
        var predecessor = await scene.CreateAndRunAsync();
        var waiting = (await scene.CreateAfterAsync([predecessor.Id])).Task.Id;
        Assert.False((await scene.SweepAsync()).Wakes.Settle);
        await scene.CompleteAsync(predecessor);

        Assert.True((await scene.SweepAsync()).Wakes.Settle);
        Assert.Equal([waiting], (await scene.SettleAsync()).Select(grant => grant.Id));
        Assert.False((await scene.SweepAsync()).Wakes.Settle);
    }

    [Fact]
    public async Task A_task_whose_end_is_not_told_is_not_purged()
    {
        await using var scene = await SceneAsync();
        var predecessor = await scene.CreateAndRunAsync();
        var waiting = (await scene.CreateAfterAsync([predecessor.Id])).Task.Id;
        await scene.CompleteAsync(predecessor);
        scene.Pass(10);
        await scene.PurgeAsync();
        Assert.Equal([waiting], (await scene.SettleAsync()).Select(grant => grant.Id));

        await scene.PurgeAsync();
        Assert.Null(await scene.Store.GetAsync(predecessor.Id, null, Ct));
        await scene.CompleteAsync(await scene.RunAsync(waiting));
    }

    [Fact]
    public async Task Many_wait_for_one_and_all_are_told()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 0);
        var predecessor = await scene.CreateAndRunAsync();
        var waiting = new List<string>();
        for (var i = 0; i < 450; i++)
            waiting.Add((await scene.CreateAfterAsync([predecessor.Id])).Task.Id);
        await scene.CompleteAsync(predecessor);

        Assert.Equal(waiting.Order(), (await scene.SettleAsync()).Select(grant => grant.Id).Order());
    }

    [Fact]
    public async Task Two_that_end_at_the_same_moment_are_both_told_of()
    {
        await using var scene = await SceneAsync();
        for (var round = 0; round < 20; round++)
        {
            var (first, second) = (await scene.CreateAndRunAsync(), await scene.CreateAndRunAsync());
            var waiting = (await scene.CreateAfterAsync([first.Id, second.Id])).Task.Id;
            var woken = await Task.WhenAll(EndAsync(first), EndAsync(second));
            Assert.Equal([waiting], woken.SelectMany(grants => grants).Select(grant => grant.Id));
            await scene.CompleteAsync(await scene.RunAsync(waiting));
        }

        async Task<IReadOnlyList<Grant>> EndAsync(Held held)
        {
            await scene.CompleteAsync(held);
            return await scene.SettleAsync();
        }
    }

    [Fact]
    public async Task Who_is_linked_to_a_task_at_the_moment_it_ends_is_told_all_the_same()
    {
        await using var scene = await SceneAsync();
        for (var round = 0; round < 20; round++)
        {
            var predecessor = await scene.CreateAndRunAsync();
            var creating = scene.CreateAfterAsync([predecessor.Id]);
            var ended = await scene.CompleteAsync(predecessor);
            var created = await creating;
            Assert.True(ended.Wakes.Settle || created.Wakes.Settle);
            Assert.Equal([created.Task.Id], (await scene.SettleAsync()).Select(grant => grant.Id));
            await scene.CompleteAsync(await scene.RunAsync(created.Task.Id));
        }
    }
}
