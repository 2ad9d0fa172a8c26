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

        Assert.Equal([$"{old.Id}-0"], await scene.Store.PurgeAsync(limit, 100, Ct));

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
        Assert.False((await scene.CreateAsync(scene.New() with { IdempotencyKey = "k", RequestHash = "h2" })).Existing);
        Assert.Empty(await scene.Store.PurgeAsync(limit, 100, Ct));
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
            var purged = await scene.Store.PurgeAsync(scene.Now, 2, Ct);
            Assert.Equal(batch < 2 ? 4 : 2, purged.Count);
            Assert.All(purged, instance => Assert.True(expected.Remove(instance)));
        }
        Assert.Empty(expected);
        Assert.Empty(await scene.Store.PurgeAsync(scene.Now, 2, Ct));
        Assert.Equal(0, (await scene.Store.ListAsync(new TaskQuery(), Ct)).Total);
    }

    [Fact]
    public async Task An_id_is_free_again_after_the_purge()
    {
        await using var scene = await SceneAsync();
        var task = scene.New();
        await scene.CompleteAsync(await scene.CreateAndRunAsync(task));
        scene.Pass(1);
        await scene.Store.PurgeAsync(scene.Now, 10, Ct);

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
        await scene.Store.PurgeAsync(scene.Now, 10, Ct);

        var batch = await scene.DrainAsync();
        Assert.Equal(["task:created", "task:started", "task:completed"], batch.Events.Select(change => change.Name));
    }
}
