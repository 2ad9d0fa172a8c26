using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_parent_goes_on_when_all_its_children_have_ended()
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        var children = await scene.CreateChildrenAsync(parent.Id, 3);
        await scene.Store.SaveCheckpointAsync(parent, "[3]", Ct);

        var awaiting = await scene.Store.AwaitChildrenAsync(parent, 3, toFailure: false, Ct);

        Assert.Equal(TaskState.Running, awaiting.Status);
        var task = await scene.GetAsync(parent.Id);
        Assert.Equal((true, true, null, TaskProgress.Of(0, 3)), (task.IsBlocked, task.HasChildren, task.Worker, task.Progress));
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(parent.Id)).Kind);
        Assert.Equal(TaskErrors.LeaseLost, await RefusalOf(() => scene.CompleteAsync(parent)));
        foreach (var child in children.Take(2))
        {
            scene.Pass(1);
            await scene.CompleteAsync(await scene.RunAsync(child));
            Assert.Empty(await scene.SettleAsync());
        }
        Assert.Equal(TaskProgress.Of(2, 3), (await scene.GetAsync(parent.Id)).Progress);
        scene.Pass(1);
        await scene.FailAsync(await scene.RunAsync(children[2]));
        Assert.Equal([new Grant(parent.Id, 0, Waiting: true)], await scene.SettleAsync());

        task = await scene.GetAsync(parent.Id);
        Assert.Equal((false, TaskProgress.Of(3, 3), scene.Now), (task.IsBlocked, task.Progress, task.DueAt));
        var started = await scene.StartAsync(parent.Id);
        Assert.Equal((StartKind.Started, "[3]", 1), (started.Kind, started.Checkpoint, started.Task!.Attempt));
        await scene.CompleteAsync(new Held(parent.Id, started.Task.Fence));
        string[] names = [TaskEvents.Created, TaskEvents.Started, .. Enumerable.Repeat(TaskEvents.Progress, 4), TaskEvents.Completed];
        Assert.Equal(names, await scene.EventNamesAsync(parent.Id));
    }

    [Fact]
    public async Task A_parent_has_no_slot_while_its_children_run()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var parent = await scene.CreateAndRunAsync();
        var child = (await scene.CreateChildrenAsync(parent.Id, 1))[0];

        var awaiting = await scene.Store.AwaitChildrenAsync(parent, 1, toFailure: false, Ct);

        Assert.Equal([child], awaiting.Wakes.Grants.Select(grant => grant.Id));
        var held = await scene.RunAsync(child);
        scene.Pass(scene.Options.LeaseSeconds * 3);
        Assert.Equal(Hold.Held, await scene.RenewAsync(held));
        Assert.Empty((await scene.SweepAsync()).DeadLeases);
        await scene.CompleteAsync(held);
        Assert.Equal([parent.Id], (await scene.SettleAsync()).Select(grant => grant.Id));
    }

    [Fact]
    public async Task A_parent_whose_children_have_all_ended_already_keeps_its_slot()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 2);
        var parent = await scene.CreateAndRunAsync();
        var child = (await scene.CreateChildrenAsync(parent.Id, 1))[0];
        await scene.CompleteAsync(await scene.RunAsync(child));
        await scene.SettleAsync();

        Assert.Empty((await scene.Store.AwaitChildrenAsync(parent, 1, toFailure: true, Ct)).Wakes.Grants);

        Assert.False((await scene.GetAsync(parent.Id)).IsBlocked);
        Assert.Equal(StartKind.Started, (await scene.StartAsync(parent.Id)).Kind);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_parent_may_wait_for_the_first_child_that_fails(bool failsBefore)
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        var children = await scene.CreateChildrenAsync(parent.Id, 3);
        if (!failsBefore) await scene.Store.AwaitChildrenAsync(parent, 3, toFailure: true, Ct);
        await scene.CompleteAsync(await scene.RunAsync(children[0]));
        await scene.SettleAsync();
        await scene.FailAsync(await scene.RunAsync(children[1]));
        var woken = await scene.SettleAsync();
        if (failsBefore) await scene.Store.AwaitChildrenAsync(parent, 3, toFailure: true, Ct);
        else Assert.Equal([parent.Id], woken.Select(grant => grant.Id));

        Assert.Equal(StartKind.Started, (await scene.StartAsync(parent.Id)).Kind);
    }

    [Fact]
    public async Task The_children_of_a_parent_that_fails_are_cancelled_or_asked_to_stop()
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        var children = await scene.CreateChildrenAsync(parent.Id, 4);
        var (running, ended, dead) = (await scene.RunAsync(children[0]), await scene.RunAsync(children[1]), await scene.RunAsync(children[2]));
        await scene.CompleteAsync(ended);
        await scene.SettleAsync();
        scene.Pass(scene.Options.LeaseSeconds - 1);
        await scene.RenewAsync(running);
        await scene.RenewAsync(parent);
        scene.Pass(2);

        Assert.True((await scene.FailAsync(parent)).Wakes.Settle);
        Assert.Equal([new Grant(dead.Id, 0, Waiting: true)], await scene.SettleAsync());

        Assert.Equal(Hold.CancelRequested, await scene.RenewAsync(running));
        Assert.Equal([TaskState.Running, TaskState.Completed, TaskState.Cancelled, TaskState.Cancelled], await StatesAsync(scene, children));
        await scene.Store.StopAsync(running, Ct);
        Assert.Empty(await scene.SettleAsync());
    }

    [Fact]
    public async Task The_children_of_a_cancelled_parent_go_with_it_and_their_children_too()
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        var child = await scene.RunAsync((await scene.CreateChildrenAsync(parent.Id, 1))[0]);
        var grandchildren = await scene.CreateChildrenAsync(child.Id, 250);
        await scene.Store.AwaitChildrenAsync(child, 250, toFailure: false, Ct);
        await scene.Store.AwaitChildrenAsync(parent, 1, toFailure: false, Ct);

        var cancelled = await scene.CancelAsync(parent.Id, stop: true);
        Assert.False(cancelled.Stopping);
        Assert.True(cancelled.Wakes.Settle);
        await scene.SettleAsync();

        Assert.Equal(TaskState.Cancelled, (await scene.GetAsync(child.Id)).Status);
        Assert.All(await StatesAsync(scene, grandchildren), state => Assert.Equal(TaskState.Cancelled, state));
    }

    [Fact]
    public async Task Children_know_their_parent_and_are_listed_by_it()
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        var children = await scene.CreateChildrenAsync(parent.Id, 3);
        await scene.CreateIdAsync();
        await scene.CompleteAsync(await scene.RunAsync(children[0]));

        Assert.Equal(parent.Id, (await scene.GetAsync(children[0])).Parent);
        Assert.Equal(Enumerable.Reverse(children), await scene.ListAsync(new TaskQuery { Parent = parent.Id }));
        Assert.Equal([children[0]], await scene.ListAsync(new TaskQuery { Parent = parent.Id, Status = TaskState.Completed }));
        Assert.Equal([children[1]], await scene.ListAsync(new TaskQuery { Parent = parent.Id, Tag = "odd" }));
        Assert.Equal([children[1]], await scene.ListAsync(new TaskQuery { Tag = "odd" }));
        Assert.Empty(await scene.ListAsync(new TaskQuery { Parent = children[0] }));
        Assert.Equal(["odd"], (await scene.GetAsync(children[1])).Tags);
    }

    [Fact]
    public async Task A_task_that_has_ended_gets_no_more_children()
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(parent);

        Assert.Equal(TaskErrors.ParentEnded, await RefusalOf(() => scene.CreateAsync(scene.New() with { Parent = parent.Id })));
        Assert.Equal(TaskErrors.ParentEnded, await RefusalOf(() => scene.CreateAsync(scene.New() with { Parent = TaskIds.New(scene.Now) })));
    }

    [Fact]
    public async Task A_parent_that_somebody_asked_to_stop_does_not_wait()
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        var child = (await scene.CreateChildrenAsync(parent.Id, 1))[0];
        await scene.CancelAsync(parent.Id, stop: true);

        Assert.Equal(TaskState.Cancelled, (await scene.Store.AwaitChildrenAsync(parent, 1, toFailure: false, Ct)).Status);
        await scene.SettleAsync();
        Assert.Equal(TaskState.Cancelled, (await scene.GetAsync(child)).Status);
    }

    [Fact]
    public async Task A_parent_waits_again_for_a_child_that_is_tried_again()
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        var children = await scene.CreateChildrenAsync(parent.Id, 2);
        await scene.Store.AwaitChildrenAsync(parent, 2, toFailure: false, Ct);
        await scene.FailAsync(await scene.RunAsync(children[0]));
        await scene.SettleAsync();
        await scene.RetryAsync(children[0]);
        await scene.CompleteAsync(await scene.RunAsync(children[1]));
        Assert.Empty(await scene.SettleAsync());

        await scene.CompleteAsync(await scene.RunAsync(children[0], run: 1));
        Assert.Equal([parent.Id], (await scene.SettleAsync()).Select(grant => grant.Id));
    }

    [Fact]
    public async Task Purged_children_are_listed_no_more()
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        var child = (await scene.CreateChildrenAsync(parent.Id, 1))[0];
        await scene.CompleteAsync(await scene.RunAsync(child));
        await scene.SettleAsync();
        scene.Pass(1);
        await scene.PurgeAsync();

        Assert.Null(await scene.Store.GetAsync(child, null, Ct));
        Assert.Equal(0, (await scene.Store.ListAsync(new TaskQuery { Parent = parent.Id }, Ct)).Total);
    }

    [Fact]
    public async Task Children_that_end_at_the_same_moment_are_all_counted()
    {
        await using var scene = await SceneAsync();
        var parent = await scene.CreateAndRunAsync();
        var children = await scene.CreateChildrenAsync(parent.Id, 60);
        await scene.Store.AwaitChildrenAsync(parent, 60, toFailure: false, Ct);
        var held = new List<Held>();
        foreach (var child in children)
            held.Add(await scene.RunAsync(child));

        var woken = await Task.WhenAll(held.Select(async one =>
        {
            await scene.CompleteAsync(one);
            return await scene.SettleAsync();
        }));

        Assert.Equal([parent.Id], woken.SelectMany(grants => grants).Select(grant => grant.Id));
        Assert.Equal(TaskProgress.Of(60, 60), (await scene.GetAsync(parent.Id)).Progress);
    }

    private static async Task<TaskState[]> StatesAsync(Scene scene, IEnumerable<string> ids)
    {
        var states = new List<TaskState>();
        foreach (var id in ids)
            states.Add((await scene.GetAsync(id)).Status);
        return [.. states];
    }
}
