using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task Without_a_free_slot_a_task_waits_in_its_lane_and_an_end_grants_it()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var first = await scene.CreateAndRunAsync();

        var second = await scene.CreateAsync();
        Assert.False(second.Granted);
        Assert.Equal(1, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);
        var ended = await scene.CompleteAsync(first);

        var grant = Assert.Single(ended.Wakes.Grants);
        Assert.Equal(new Grant(second.Task.Id, 0, Waiting: false), grant);
        Assert.Equal(0, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);
        await scene.RunAsync(second.Task.Id);
    }

    [Fact]
    public async Task No_limit_means_no_waiting()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 0);

        for (var i = 0; i < 150; i++)
            Assert.True((await scene.CreateAsync()).Granted);
    }

    [Fact]
    public async Task A_waiting_task_is_served_in_the_order_of_creation()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var running = await scene.CreateAndRunAsync();
        var waiting = new List<string>();
        for (var i = 0; i < 4; i++)
            waiting.Add(await scene.CreateIdAsync());

        foreach (var next in waiting)
        {
            Assert.Equal([next], Ids((await scene.CompleteAsync(running)).Wakes));
            running = await scene.RunAsync(next);
        }
    }

    [Fact]
    public async Task Higher_lanes_are_served_first()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var running = await scene.CreateAndRunAsync();
        var low = await scene.CreateIdAsync(priority: TaskPriority.Low);
        var normal = await scene.CreateIdAsync(priority: TaskPriority.Normal);
        var high = await scene.CreateIdAsync(priority: TaskPriority.High);

        foreach (var next in new[] { high, normal, low })
        {
            Assert.Equal([next], Ids((await scene.CompleteAsync(running)).Wakes));
            running = await scene.RunAsync(next);
        }
    }

    [Fact]
    public async Task A_type_at_its_limit_does_not_hold_back_others()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 3;
            options.Lanes.Types["export"] = 1;
        });
        var export = await scene.CreateAndRunAsync(scene.New("export"));
        var blocked = await scene.CreateAsync(scene.New("export", priority: TaskPriority.High));
        var other = await scene.CreateAsync(scene.New("import", priority: TaskPriority.Low));

        Assert.False(blocked.Granted);
        Assert.True(other.Granted);
        Assert.Equal(1, (await scene.StatsAsync()).Depth[TaskPriority.High]);
        Assert.Equal([blocked.Task.Id], Ids((await scene.CompleteAsync(export)).Wakes));
    }

    [Fact]
    public async Task A_user_at_their_limit_does_not_hold_back_others()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunningPerUser = 2);
        var first = await scene.CreateAndRunAsync(scene.New(user: "a:b{c}*"));
        Assert.True((await scene.CreateAsync(scene.New(user: "a:b{c}*"))).Granted);

        var blocked = await scene.CreateAsync(scene.New(user: "a:b{c}*"));
        Assert.False(blocked.Granted);
        Assert.True((await scene.CreateAsync(scene.New(user: "bob"))).Granted);
        Assert.Equal([blocked.Task.Id], Ids((await scene.CompleteAsync(first)).Wakes));
    }

    [Fact]
    public async Task The_limit_of_every_type_applies_unless_one_has_its_own()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunningPerType = 1;
            options.Lanes.Types["wide"] = 0;
        });
        Assert.True((await scene.CreateAsync(scene.New("narrow"))).Granted);
        Assert.False((await scene.CreateAsync(scene.New("narrow"))).Granted);
        Assert.True((await scene.CreateAsync(scene.New("other"))).Granted);
        for (var i = 0; i < 3; i++)
            Assert.True((await scene.CreateAsync(scene.New("wide"))).Granted);
    }

    [Fact]
    public async Task A_task_held_back_by_both_limits_waits_for_both()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 0;
            options.Lanes.MaxRunningPerUser = 1;
            options.Lanes.Types["export"] = 1;
        });
        var byUser = await scene.CreateAndRunAsync(scene.New("noop", "ann"));
        var byType = await scene.CreateAndRunAsync(scene.New("export", "bob"));
        var waiting = await scene.CreateIdAsync("export", "ann");
        var next = await scene.CreateIdAsync("export", "cid");

        // Ann's slot comes free first, the type's is still taken: nobody may be granted yet.
        Assert.Empty((await scene.CompleteAsync(byUser)).Wakes.Grants);
        Assert.Equal([waiting], Ids((await scene.CompleteAsync(byType)).Wakes));
        Assert.Equal([next], Ids((await scene.CompleteAsync(await scene.RunAsync(waiting))).Wakes));
    }

    [Fact]
    public async Task Many_held_back_tasks_do_not_hide_one_behind_them()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 2;
            options.Lanes.Types["export"] = 1;
        });
        var first = await scene.CreateAndRunAsync(scene.New("noop"));
        var second = await scene.CreateAndRunAsync(scene.New("noop"));
        for (var i = 0; i < 150; i++)
            await scene.CreateIdAsync("export");
        var behind = await scene.CreateIdAsync("import");

        Assert.Single((await scene.CompleteAsync(first)).Wakes.Grants);
        Assert.Equal([behind], Ids((await scene.CompleteAsync(second)).Wakes));
    }

    [Fact]
    public async Task Held_back_tasks_of_a_type_follow_the_lanes_too()
    {
        await using var scene = await SceneAsync(options => options.Lanes.Types["export"] = 1);
        var running = await scene.CreateAndRunAsync(scene.New("export"));
        var low = await scene.CreateIdAsync("export", priority: TaskPriority.Low);
        var normal = await scene.CreateIdAsync("export");
        var high = await scene.CreateIdAsync("export", priority: TaskPriority.High);

        foreach (var next in new[] { high, normal, low })
        {
            Assert.Equal([next], Ids((await scene.CompleteAsync(running)).Wakes));
            running = await scene.RunAsync(next);
        }
    }

    [Fact]
    public async Task Cancelling_the_next_of_a_limited_type_lets_the_one_after_it_come()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 1;
            options.Lanes.Types["export"] = 1;
        });
        var running = await scene.CreateAndRunAsync(scene.New("export"));
        var next = await scene.CreateIdAsync("export");
        var after = await scene.CreateIdAsync("export");

        // A high task takes the freed slot, so that the next export waits in its lane for a slot and no longer for its type.
        var high = await scene.CreateIdAsync(priority: TaskPriority.High);
        Assert.Equal([high], Ids((await scene.CompleteAsync(running)).Wakes));
        await scene.CancelAsync(next);

        Assert.Equal([after], Ids((await scene.CompleteAsync(await scene.RunAsync(high))).Wakes));
    }

    [Fact]
    public async Task A_delayed_task_is_told_its_time_and_starts_when_that_has_come()
    {
        await using var scene = await SceneAsync();
        var due = scene.Now.AddSeconds(10);
        var id = (await scene.CreateAsync(scene.New() with { RunAt = due })).Task.Id;
        scene.Pass(9.999);
        for (var i = 0; i < 2; i++)
        {
            var early = await scene.StartAsync(id);
            Assert.Equal((StartKind.Later, due), (early.Kind, early.Until));
        }
        Assert.Equal((1, 1L), ((await scene.StatsAsync()).Delayed, (await scene.GetAsync(id)).Version));
        scene.Pass(0.001);

        await scene.RunAsync(id);
        Assert.Equal(0, (await scene.StatsAsync()).Delayed);
    }

    [Fact]
    public async Task A_delayed_task_joins_the_lane_when_no_slot_is_free_and_the_grant_says_that_it_waits()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var delayed = (await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddSeconds(10) })).Task.Id;
        scene.Pass(10);
        var running = await scene.CreateAndRunAsync();

        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(delayed)).Kind);
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(delayed)).Kind);
        Assert.Equal((0, 1), ((await scene.StatsAsync()).Delayed, (await scene.StatsAsync()).Depth[TaskPriority.Normal]));

        var grant = Assert.Single((await scene.CompleteAsync(running)).Wakes.Grants);
        Assert.Equal(new Grant(delayed, 0, Waiting: true), grant);
        await scene.RunAsync(delayed);
    }

    [Fact]
    public async Task A_delayed_task_does_not_pass_those_who_wait_and_gives_them_the_slot_it_finds()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        await scene.CreateIdAsync();
        var second = await scene.CreateIdAsync();
        var delayed = (await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddSeconds(1) })).Task.Id;

        // The first one's grant lapses: a slot is free, but it is the second one's.
        scene.Pass(scene.Options.GrantSeconds + 1);
        var started = await scene.StartAsync(delayed);
        Assert.Equal(StartKind.Waiting, started.Kind);
        Assert.Equal([second], Ids(started.Wakes));
        Assert.Equal(1, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);
    }

    [Fact]
    public async Task One_that_stands_in_its_lane_waits_however_often_it_asks()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var running = await scene.CreateAndRunAsync();
        var next = await scene.CreateIdAsync();
        var last = await scene.CreateIdAsync();
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(last)).Kind);

        Assert.Equal([next], Ids((await scene.CompleteAsync(running)).Wakes));
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(last)).Kind);
        await scene.RunAsync(next);
    }

    [Fact]
    public async Task One_end_fills_every_slot_that_is_free()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 3);
        var held = await scene.CreateAndRunAsync();
        for (var i = 0; i < 2; i++)
            await scene.CreateIdAsync();
        var waiting = new List<string>();
        for (var i = 0; i < 4; i++)
            waiting.Add(await scene.CreateIdAsync());

        // The two others were granted and never started; their slots lapse, the running one's is renewed.
        scene.Pass(9);
        await scene.RenewAsync(held);
        scene.Pass(9);
        Assert.Equal(waiting.Take(3), Ids((await scene.CompleteAsync(held)).Wakes));
    }
}
