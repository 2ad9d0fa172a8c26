using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_purge_takes_everything_of_the_tasks_that_ended_before()
    {
        await using var scene = await SceneAsync();
        var old = await scene.CreateAndRunAsync(scene.New("export", "ann", payload: """{"w":"vanishing"}""") with { Tags = ["t"], IdempotencyKey = "k", RequestHash = "h" });
        await scene.ReportAsync(old, TaskProgress.Of(1, 2), new TaskLogLine(scene.Now, TaskLogLevel.Info, "line"));
        await scene.Store.WriteFileChunkAsync(old, 0, new byte[] { 1 }, Ct);
        await scene.CompleteAsync(old);
        scene.Pass(10);
        var limit = scene.Now;
        var atLimit = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(atLimit);
        var pending = await scene.CreateIdAsync();
        scene.Pass(10);

        Assert.Equal([$"{old.Id}-0"], await scene.Store.PurgeEndedAsync(limit, 100, Ct));

        Assert.Null(await scene.Store.GetAsync(old.Id, null, Ct));
        Assert.Empty(await scene.EventsAsync(old.Id));
        Assert.Equal(0, (await scene.Store.GetLogsAsync(old.Id, null, 1, 10, Ct)).Total);
        Assert.Null(await scene.Store.ReadFileChunkAsync(old.Id, 0, Ct));
        Assert.Equal([pending, atLimit.Id], await scene.ListAsync(new TaskQuery()));
        foreach (var query in new[]
        {
            new TaskQuery { Type = "export" }, new TaskQuery { Tag = "t" }, new TaskQuery { Text = "vanish" },
            new TaskQuery { Text = old.Id }, new TaskQuery { Text = "export" },
        })
            Assert.Equal(0, (await scene.Store.ListAsync(query, Ct)).Total);
        Assert.Equal(1, (await scene.Store.ListAsync(new TaskQuery { Status = TaskState.Completed }, Ct)).Total);
        var stats = await scene.StatsAsync();
        Assert.Equal((3L, 2L, 1L), (stats.Created, stats.Completed, stats.ByStatus[TaskState.Completed]));
        Assert.Empty(await scene.Store.PurgeEndedAsync(limit, 100, Ct));
    }

    [Fact]
    public async Task A_purge_goes_in_batches_and_names_the_instances_of_every_run()
    {
        await using var scene = await SceneAsync();
        var expected = new HashSet<string>();
        for (var i = 0; i < 5; i++)
        {
            var held = await scene.CreateAndRunAsync();
            await scene.FailAsync(held);
            await scene.RetryAsync(held.Id);
            await scene.CancelAsync(held.Id);
            expected.UnionWith([$"{held.Id}-0", $"{held.Id}-1"]);
        }
        scene.Pass(1);

        for (var batch = 0; batch < 3; batch++)
        {
            var purged = await scene.Store.PurgeEndedAsync(scene.Now, 2, Ct);
            Assert.Equal(batch < 2 ? 4 : 2, purged.Count);
            Assert.All(purged, instance => Assert.True(expected.Remove(instance)));
        }
        Assert.Empty(expected);
        Assert.Empty(await scene.Store.PurgeEndedAsync(scene.Now, 2, Ct));
        Assert.Equal(0, (await scene.Store.ListAsync(new TaskQuery(), Ct)).Total);
    }

    [Fact]
    public async Task Purgeable_tasks_are_listed_longest_ended_first_and_nothing_changes()
    {
        await using var scene = await SceneAsync();
        var ids = new List<string>();
        for (var i = 0; i < 120; i++)
            ids.Add(await scene.CreateIdAsync());
        foreach (var id in ids.AsEnumerable().Reverse())
        {
            await scene.CancelAsync(id);
            scene.Pass(1);
        }
        // Many that do not count any more come before those that do.
        foreach (var id in ids[^60..])
            await scene.RetryAsync(id);
        var before = scene.Now.AddSeconds(-10);

        for (var again = 0; again < 2; again++)
        {
            Assert.Equal([.. ids[10..60].AsEnumerable().Reverse()], (await scene.Store.ListPurgeableAsync(before, 100, Ct)).Select(task => task.Id));
            Assert.Equal([ids[59], ids[58]], (await scene.Store.ListPurgeableAsync(before, 2, Ct)).Select(task => task.Id));
        }
        Assert.Equal(120, (await scene.Store.ListAsync(new TaskQuery(), Ct)).Total);
    }

    [Fact]
    public async Task A_task_that_was_retried_after_it_was_listed_survives_even_if_it_has_ended_again()
    {
        await using var scene = await SceneAsync();
        async Task<string> FailedAsync()
        {
            var held = await scene.CreateAndRunAsync();
            await scene.ReportAsync(held, null, new TaskLogLine(scene.Now, TaskLogLevel.Info, "line"));
            await scene.FailAsync(held);
            return held.Id;
        }

        var (pending, running, again, gone) = (await FailedAsync(), await FailedAsync(), await FailedAsync(), await FailedAsync());
        scene.Pass(10);
        var before = scene.Now.AddSeconds(5);
        var listed = await scene.Store.ListPurgeableAsync(before, 100, Ct);
        Assert.Equal(4, listed.Count);
        foreach (var id in new[] { pending, running, again })
            await scene.RetryAsync(id);
        await scene.RunAsync(running, run: 1);
        await scene.FailAsync(await scene.RunAsync(again, run: 1));

        Assert.Equal(1, await scene.Store.PurgeAsync(listed, before, Ct));

        Assert.Equal(TaskState.Pending, (await scene.GetAsync(pending)).Status);
        Assert.Equal(TaskState.Running, (await scene.GetAsync(running)).Status);
        Assert.Equal((TaskState.Failed, 1), ((await scene.GetAsync(again)).Status, (await scene.GetAsync(again)).Run));
        Assert.Equal(1, (await scene.Store.GetLogsAsync(again, null, 1, 10, Ct)).Total);
        Assert.Null(await scene.Store.GetAsync(gone, null, Ct));
        Assert.Equal(0, await scene.Store.PurgeAsync(listed, before, Ct));
        // Its orchestrations are now those of two runs.
        Assert.Equal(new PurgeableTask(again, 1), Assert.Single(await scene.Store.ListPurgeableAsync(before, 100, Ct)));
    }

    [Fact]
    public async Task A_task_that_ended_at_the_time_or_later_is_not_purged_though_it_is_named()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(held);
        var waiting = await scene.CreateIdAsync();

        Assert.Equal(0, await scene.Store.PurgeAsync([new(held.Id, 0), new(waiting, 0), new(TaskIds.New(scene.Now), 0)], scene.Now, Ct));

        Assert.NotNull(await scene.Store.GetAsync(held.Id, null, Ct));
        Assert.NotNull(await scene.Store.GetAsync(waiting, null, Ct));
    }

    [Fact]
    public async Task A_task_with_a_long_log_and_a_large_file_is_purged_to_the_last_line()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        for (var i = 0; i < 25; i++)
        {
            await scene.ReportAsync(held, null, [.. Enumerable.Range(0, 500).Select(line => new TaskLogLine(scene.Now, TaskLogLevel.Info, $"{line}"))]);
            await scene.Store.WriteFileChunkAsync(held, i, new byte[] { 1 }, Ct);
        }
        await scene.CompleteAsync(held);
        var small = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(small);
        scene.Pass(1);

        Assert.Equal(2, (await scene.Store.PurgeEndedAsync(scene.Now, 10, Ct)).Count);

        // Under the same id nothing of it comes back.
        await scene.CreateAndRunAsync(scene.New() with { Id = held.Id });
        Assert.Equal(0, (await scene.Store.GetLogsAsync(held.Id, null, 1, 10, Ct)).Total);
        for (var i = 0; i < 25; i++)
            Assert.Null(await scene.Store.ReadFileChunkAsync(held.Id, i, Ct));
        Assert.Null(await scene.Store.GetAsync(small.Id, null, Ct));
    }

    [Fact]
    public async Task An_id_is_free_again_after_the_purge()
    {
        await using var scene = await SceneAsync();
        var task = scene.New();
        await scene.CompleteAsync(await scene.CreateAndRunAsync(task));
        scene.Pass(1);
        await scene.Store.PurgeEndedAsync(scene.Now, 10, Ct);

        var again = await scene.CreateAsync(task);

        Assert.Equal(1, again.Task.Version);
        Assert.Single(await scene.EventsAsync(task.Id));
        await scene.CompleteAsync(await scene.RunAsync(task.Id));
    }

    [Fact]
    public async Task Events_not_yet_delivered_outlive_their_task()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.CompleteAsync(held);
        scene.Pass(1);
        await scene.Store.PurgeEndedAsync(scene.Now, 10, Ct);

        var batch = await scene.DrainAsync();
        Assert.Equal(["task:created", "task:started", "task:completed"], batch.Events.Select(change => change.Name));
    }
}
