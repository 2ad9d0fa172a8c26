using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_sweep_of_a_healthy_store_finds_nothing()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 2);
        await scene.CreateAndRunAsync();
        await scene.CreateIdAsync();
        await scene.CreateIdAsync();
        await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddHours(1) });

        var sweep = await scene.SweepAsync();
        AssertNothing(sweep);
        Assert.False(sweep.Wakes.Ring);
    }

    [Fact]
    public async Task A_grant_whose_start_nobody_saw_is_renewed_and_reported()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var id = await scene.CreateIdAsync();
        scene.Pass(scene.Options.GrantSeconds);

        var sweep = await scene.SweepAsync();
        Assert.Equal([new Grant(id, 0, Waiting: false)], sweep.Lapsed);
        Assert.Empty(sweep.Wakes.Grants);
        Assert.Empty((await scene.SweepAsync()).Lapsed);
        Assert.False((await scene.CreateAsync()).Granted);

        scene.Pass(scene.Options.GrantSeconds);
        Assert.Equal([id], (await scene.SweepAsync()).Lapsed.Select(grant => grant.Id));
        await scene.RunAsync(id);
    }

    [Fact]
    public async Task A_lapsed_grant_whose_slot_has_gone_to_another_goes_back_to_its_lane()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var late = await scene.CreateIdAsync();
        scene.Pass(scene.Options.GrantSeconds);
        var running = await scene.CreateAndRunAsync();

        AssertNothing(await scene.SweepAsync());
        Assert.Equal(1, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);
        Assert.Equal([late], Ids((await scene.CompleteAsync(running)).Wakes));
    }

    [Fact]
    public async Task Capacity_of_lapsed_slots_is_given_away()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 2;
            options.Lanes.Types["export"] = 1;
            options.Lanes.MaxRunningPerUser = 1;
        });
        var dead = await scene.CreateAndRunAsync(scene.New("export", "ann"));
        var byType = await scene.CreateIdAsync("export", "bob");
        var byUser = await scene.CreateIdAsync("import", "ann");
        await scene.CreateIdAsync("import", "ann");
        AssertNothing(await scene.SweepAsync());
        scene.Pass(scene.Options.LeaseSeconds);

        var sweep = await scene.SweepAsync();

        Assert.Equal(new[] { byType, byUser }.Order(), Ids(sweep.Wakes).Order());
        Assert.Equal([dead.Id], sweep.DeadLeases.Select(grant => grant.Id));
        Assert.Equal(1, (await scene.StatsAsync()).Depth[TaskPriority.Normal]);
    }

    [Fact]
    public async Task A_running_task_whose_lease_has_ended_is_reported_once_in_a_grants_time()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        scene.Pass(scene.Options.LeaseSeconds);

        Assert.Equal([new Grant(held.Id, 0, Waiting: true)], (await scene.SweepAsync()).DeadLeases);
        Assert.Empty((await scene.SweepAsync()).DeadLeases);
        scene.Pass(scene.Options.GrantSeconds);
        Assert.Equal([held.Id], (await scene.SweepAsync()).DeadLeases.Select(grant => grant.Id));

        // Reported is not taken away: its worker may still come back, or end it.
        Assert.Equal(Hold.Held, await scene.RenewAsync(held));
        Assert.Equal(StartKind.Later, (await scene.StartAsync(held.Id, worker: OtherWorker)).Kind);
        await scene.CompleteAsync(held);
        scene.Pass(100);
        AssertNothing(await scene.SweepAsync());
    }

    [Fact]
    public async Task A_reported_dead_task_is_taken_over_and_keeps_its_slot()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var held = await scene.CreateAndRunAsync();
        scene.Pass(scene.Options.LeaseSeconds);
        await scene.SweepAsync();

        var taken = await scene.RunAsync(held.Id, worker: OtherWorker);
        Assert.False((await scene.CreateAsync()).Granted);
        Assert.Empty((await scene.SweepAsync()).DeadLeases);
        Assert.Single((await scene.CompleteAsync(taken)).Wakes.Grants);
    }

    [Fact]
    public async Task A_dead_task_that_waits_for_a_slot_is_not_reported()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        var dead = await scene.CreateAndRunAsync();
        scene.Pass(scene.Options.LeaseSeconds);
        await scene.CreateAndRunAsync();
        Assert.Equal(StartKind.Waiting, (await scene.StartAsync(dead.Id)).Kind);

        Assert.Empty((await scene.SweepAsync()).DeadLeases);
    }

    [Fact]
    public async Task A_slice_that_nobody_goes_on_with_is_reported()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.Store.ContinueAsync(held, null, Ct);
        scene.Pass(scene.Options.GrantSeconds);

        Assert.Equal([held.Id], (await scene.SweepAsync()).DeadLeases.Select(grant => grant.Id));
    }

    [Fact]
    public async Task A_delayed_task_nobody_started_is_overdue_after_a_grants_time()
    {
        await using var scene = await SceneAsync();
        var delayed = (await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddSeconds(60) })).Task.Id;
        scene.Pass(60 + scene.Options.GrantSeconds - 1);
        AssertNothing(await scene.SweepAsync());
        scene.Pass(2);

        Assert.Equal([new Grant(delayed, 0, Waiting: false)], (await scene.SweepAsync()).Overdue);
        Assert.Empty((await scene.SweepAsync()).Overdue);
        Assert.Equal(1, (await scene.StatsAsync()).Delayed);
        await scene.RunAsync(delayed);
    }

    [Fact]
    public async Task Backed_off_and_released_tasks_are_overdue_too()
    {
        await using var scene = await SceneAsync();
        var backedOff = await scene.CreateAndRunAsync();
        var released = await scene.CreateAndRunAsync();
        await scene.BackOffAsync(backedOff, seconds: 5);
        await scene.Store.ReleaseAsync(released, Ct);
        scene.Pass(scene.Options.GrantSeconds + 1);
        Assert.Equal([new Grant(released.Id, 0, Waiting: true)], (await scene.SweepAsync()).Overdue);
        scene.Pass(5);
        Assert.Equal([new Grant(backedOff.Id, 0, Waiting: true)], (await scene.SweepAsync()).Overdue);
    }

    [Fact]
    public async Task Raised_limits_are_noticed()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 1;
            options.Lanes.MaxRunningPerUser = 1;
            options.Lanes.Types["export"] = 1;
        });
        await scene.CreateAndRunAsync(scene.New("export", "ann"));
        string[] waiting =
        [
            await scene.CreateIdAsync("export", "bob"),
            await scene.CreateIdAsync("import", "ann"),
            await scene.CreateIdAsync("import", "cid"),
            await scene.CreateIdAsync("import", "dan"),
        ];
        await using var raised = await scene.ReopenAsync(options =>
        {
            options.Lanes.MaxRunning = 4;
            options.Lanes.MaxRunningPerUser = 2;
            options.Lanes.Types["export"] = 2;
        });

        var sweep = await raised.Tasks.SweepAsync(100, Ct);

        Assert.Equal(waiting.Take(3), Ids(sweep.Wakes));
    }

    [Fact]
    public async Task A_sweep_works_in_batches_and_says_when_there_is_more()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 0);
        var (granted, running, delayed) = (new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
        for (var i = 0; i < 7; i++)
        {
            granted.Add(await scene.CreateIdAsync());
            running.Add((await scene.CreateAndRunAsync()).Id);
            delayed.Add((await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddSeconds(1) })).Task.Id);
        }
        scene.Pass(60);

        Sweep sweep;
        var rounds = 0;
        do
        {
            sweep = await scene.SweepAsync(limit: 3);
            Assert.All(new[] { sweep.Lapsed, sweep.DeadLeases, sweep.Overdue }, found => Assert.InRange(found.Count, 0, 3));
            Assert.All(sweep.Lapsed, grant => Assert.True(granted.Remove(grant.Id)));
            Assert.All(sweep.DeadLeases, grant => Assert.True(running.Remove(grant.Id)));
            Assert.All(sweep.Overdue, grant => Assert.True(delayed.Remove(grant.Id)));
            Assert.True(++rounds < 20);
        } while (sweep.More);
        Assert.Empty(granted.Concat(running).Concat(delayed));
    }

    [Fact]
    public async Task Events_that_nobody_was_rung_for_are_rung_for()
    {
        await using var scene = await SceneAsync();
        var delayed = scene.New() with { RunAt = scene.Now.AddHours(1) };
        Assert.True((await scene.CreateAsync(delayed)).Wakes.Ring);
        Assert.False((await scene.SweepAsync()).Wakes.Ring);
        scene.Pass(scene.Options.GrantSeconds);

        Assert.True((await scene.SweepAsync()).Wakes.Ring);
        // A pump that reads is at work.
        var batch = await scene.DrainAsync();
        Assert.False((await scene.SweepAsync()).Wakes.Ring);
        await scene.DrainAsync(batch.Position);
        scene.Pass(scene.Options.GrantSeconds * 2);
        Assert.False((await scene.SweepAsync()).Wakes.Ring);
    }

    private static void AssertNothing(Sweep sweep)
    {
        Assert.Empty(sweep.Lapsed);
        Assert.Empty(sweep.DeadLeases);
        Assert.Empty(sweep.Overdue);
        Assert.Empty(sweep.Wakes.Grants);
        Assert.False(sweep.More);
    }
}
