using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task Every_change_is_one_event_with_the_next_version_and_its_data()
    {
        await using var scene = await SceneAsync();
        var asked = scene.New("export", "ann", TaskPriority.High);
        var created = scene.Now;
        await scene.CreateAsync(asked);
        scene.Pass(1);
        var started = scene.Now;
        var held = await scene.RunAsync(asked.Id);
        scene.Pass(1);
        var error = new TaskError("broken", "It \"broke\".", "{}");
        var runAt = scene.Now.AddSeconds(2);
        await scene.Store.BackOffAsync(held, error, runAt, Ct);
        scene.Pass(2);
        held = await scene.RunAsync(asked.Id);
        await scene.Store.ReleaseAsync(held, Ct);
        held = await scene.RunAsync(asked.Id);
        await scene.Store.FailAsync(held, error, Ct);
        var failed = scene.Now;
        await scene.RetryAsync(asked.Id);
        await scene.CancelAsync(asked.Id);
        await scene.RetryAsync(asked.Id);
        held = await scene.RunAsync(asked.Id, run: 2);
        await scene.CompleteAsync(held, """{"n":1}""");

        TaskEvent[] expected =
        [
            new(asked.Id, "ann", TaskEvents.Created, 1, created, TaskEventData.Created(asked)),
            new(asked.Id, "ann", TaskEvents.Started, 2, started, TaskEventData.Started(started, 1, Scene.DefaultWorker.Name)),
            new(asked.Id, "ann", TaskEvents.Retrying, 3, started.AddSeconds(1), TaskEventData.Retrying(1, error, runAt)),
            new(asked.Id, "ann", TaskEvents.Started, 4, failed, TaskEventData.Started(failed, 2, Scene.DefaultWorker.Name)),
            new(asked.Id, "ann", TaskEvents.Retrying, 5, failed, TaskEventData.Retrying(1, null, null)),
            new(asked.Id, "ann", TaskEvents.Started, 6, failed, TaskEventData.Started(failed, 3, Scene.DefaultWorker.Name)),
            new(asked.Id, "ann", TaskEvents.Failed, 7, failed, TaskEventData.Failed(failed, error)),
            new(asked.Id, "ann", TaskEvents.Retrying, 8, failed, TaskEventData.Retrying(0, null, null)),
            new(asked.Id, "ann", TaskEvents.Cancelled, 9, failed, TaskEventData.Cancelled(failed)),
            new(asked.Id, "ann", TaskEvents.Retrying, 10, failed, TaskEventData.Retrying(0, null, null)),
            new(asked.Id, "ann", TaskEvents.Started, 11, failed, TaskEventData.Started(failed, 4, Scene.DefaultWorker.Name)),
            new(asked.Id, "ann", TaskEvents.Completed, 12, failed, TaskEventData.Completed(failed, """{"n":1}""")),
        ];
        Assert.Equal(expected, await scene.EventsAsync(asked.Id));
        Assert.Equal(expected, (await scene.DrainAsync()).Events);
        Assert.Equal(12, (await scene.GetAsync(asked.Id)).Version);
    }

    [Fact]
    public async Task Events_are_read_after_a_version_up_to_a_limit()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        for (var i = 0; i < 10; i++)
            await scene.ReportAsync(held, TaskProgress.Of(i, 10));

        Assert.Equal([6L, 7, 8], (await scene.Store.GetEventsAsync(held.Id, 5, 3, Ct)).Select(change => change.Version));
        Assert.Equal([12L], (await scene.EventsAsync(held.Id, 11)).Select(change => change.Version));
        Assert.Empty(await scene.EventsAsync(held.Id, 12));
        Assert.Empty(await scene.EventsAsync(held.Id, 99));
        Assert.Empty(await scene.EventsAsync(TaskIds.New(scene.Now)));
    }

    [Fact]
    public async Task The_newest_thousand_events_are_kept()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        for (var i = 0; i < 1500; i++)
            await scene.ReportAsync(held, TaskProgress.Of(i, 1500));

        var newest = await scene.Store.GetEventsAsync(held.Id, 502, 2000, Ct);
        Assert.Equal(Enumerable.Range(503, 1000).Select(version => (long)version), newest.Select(change => change.Version));
        var some = await scene.Store.GetEventsAsync(held.Id, 1400, 10, Ct);
        Assert.Equal((1401L, 1410L), (some[0].Version, some[^1].Version));
    }

    [Fact]
    public async Task What_happened_to_a_task_is_not_pushed_out_by_its_progress()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await ReportOftenAsync(700);
        await scene.Store.BackOffAsync(held, new TaskError("broken", "It broke."), scene.Now, Ct);
        held = await scene.RunAsync(held.Id);
        await ReportOftenAsync(2_500);
        await scene.Store.FailAsync(held, new TaskError("broken", "For good."), Ct);

        var steps = new List<TaskEvent>();
        for (long after = 0; await scene.Store.GetEventsAsync(held.Id, after, 700, Ct) is { Count: > 0 } some; after = some[^1].Version)
        {
            Assert.True(some[0].Version > after && some.Count <= 700);
            Assert.Equal(some.Select(change => change.Version).Order(), some.Select(change => change.Version));
            steps.AddRange(some.Where(change => change.Name != TaskEvents.Progress));
        }
        Assert.Equal(
            [(TaskEvents.Created, 1L), (TaskEvents.Started, 2), (TaskEvents.Retrying, 703), (TaskEvents.Started, 704), (TaskEvents.Failed, 3205)],
            steps.Select(change => (change.Name, change.Version)));
        Assert.Equal(704, (await scene.Store.GetEventsAsync(held.Id, 703, 1, Ct))[0].Version);
        Assert.InRange((await scene.Store.GetEventsAsync(held.Id, 0, 9_000, Ct)).Count, 1_000, 1_400);

        async Task ReportOftenAsync(int times)
        {
            for (var i = 0; i < times; i++)
            {
                await scene.ReportAsync(held, TaskProgress.Of(i, times));
                // What nobody has been told of is not trimmed.
                if (i % 200 == 0) await FallAsleepAsync(scene);
            }
        }
    }

    [Fact]
    public async Task A_task_that_is_given_back_without_end_keeps_the_newest_of_its_attempts()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        for (var i = 0; i < 1_300; i++)
        {
            await scene.Store.ReleaseAsync(held, Ct);
            held = await scene.RunAsync(held.Id);
            if (i % 100 == 0) await FallAsleepAsync(scene);
        }

        var kept = await scene.Store.GetEventsAsync(held.Id, 0, 9_000, Ct);
        Assert.InRange(kept.Count, 1_000, 2_300);
        Assert.Equal((await scene.GetAsync(held.Id)).Version, kept[^1].Version);
    }

    [Fact]
    public async Task The_first_change_rings_and_a_pump_awake_is_not_rung_again()
    {
        await using var scene = await SceneAsync();
        var first = await scene.CreateAsync();
        var second = await scene.CreateAsync();

        Assert.True(first.Wakes.Ring);
        Assert.False(second.Wakes.Ring);
        var batch = await scene.DrainAsync();
        Assert.Equal([first.Task.Id, second.Task.Id], batch.Events.Select(change => change.TaskId));
        Assert.False((await scene.CreateAsync()).Wakes.Ring);

        batch = await scene.DrainAsync(batch.Position);
        Assert.Single(batch.Events);
        batch = await scene.DrainAsync(batch.Position);
        Assert.Empty(batch.Events);
        Assert.Null(batch.Position);
        var held = await scene.StartAsync(first.Task.Id);
        Assert.True(held.Wakes.Ring);
        Assert.False((await scene.CompleteAsync(new Held(first.Task.Id, held.Task!.Fence))).Wakes.Ring);
    }

    [Fact]
    public async Task Every_kind_of_change_rings_a_sleeping_pump()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await FallAsleepAsync(scene);
        Assert.True((await scene.ReportAsync(held, TaskProgress.Of(1, 2))).Ring);
        await FallAsleepAsync(scene);
        Assert.False((await scene.ReportAsync(held)).Ring);
        Assert.True((await scene.BackOffAsync(held)).Wakes.Ring);
        scene.Pass(1);
        held = await scene.RunAsync(held.Id);
        await FallAsleepAsync(scene);
        Assert.True((await scene.FailAsync(held)).Wakes.Ring);
        await FallAsleepAsync(scene);
        Assert.True((await scene.RetryAsync(held.Id)).Wakes.Ring);
        await FallAsleepAsync(scene);
        Assert.True((await scene.CancelAsync(held.Id)).Wakes.Ring);
        await FallAsleepAsync(scene);
        Assert.False((await scene.CancelAsync(held.Id)).Wakes.Ring);
        Assert.True((await scene.CreateAsync()).Wakes.Ring);
    }

    [Fact]
    public async Task What_is_not_acknowledged_is_read_again()
    {
        await using var scene = await SceneAsync();
        for (var i = 0; i < 5; i++)
            await scene.CreateAsync();

        var first = await scene.DrainAsync(limit: 2);
        var again = await scene.DrainAsync(limit: 2);
        Assert.Equal(first.Events, again.Events);
        Assert.Equal(2, first.Events.Count);

        var next = await scene.DrainAsync(first.Position, limit: 2);
        Assert.DoesNotContain(next.Events, change => first.Events.Contains(change));
        // An acknowledgement that comes twice takes nothing more away.
        Assert.Equal(next.Events, (await scene.DrainAsync(first.Position, limit: 2)).Events);
        var last = await scene.DrainAsync(next.Position, limit: 2);
        Assert.Single(last.Events);
        Assert.Empty((await scene.DrainAsync(last.Position)).Events);
        Assert.Empty((await scene.DrainAsync(first.Position)).Events);
    }

    [Fact]
    public async Task A_refused_call_writes_no_event()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(held);
        await FallAsleepAsync(scene);

        await RefusalOf(() => scene.CompleteAsync(held));
        await RefusalOf(() => scene.CancelAsync(held.Id));
        await RefusalOf(() => scene.RetryAsync(held.Id));
        await RefusalOf(() => scene.CreateAsync(scene.New() with { Id = held.Id }));

        Assert.Empty((await scene.DrainAsync()).Events);
    }

    private static async Task FallAsleepAsync(Scene scene)
    {
        var batch = await scene.DrainAsync();
        while (batch.Position is not null)
            batch = await scene.DrainAsync(batch.Position);
    }
}
