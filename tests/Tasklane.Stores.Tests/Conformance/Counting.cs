using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task The_stats_of_an_empty_store_are_zero()
    {
        await using var scene = await SceneAsync();
        var stats = await scene.StatsAsync();

        Assert.Equal(Enum.GetValues<TaskState>(), stats.ByStatus.Keys.Order());
        Assert.Equal(Enum.GetValues<TaskPriority>(), stats.Depth.Keys.Order());
        Assert.All(stats.ByStatus.Values.Concat(stats.Depth.Values), count => Assert.Equal(0, count));
        Assert.Equal((0L, 0L, 0L, 0L, 0L, 0L), (stats.Delayed, stats.Created, stats.Completed, stats.Failed, stats.Cancelled, stats.Retried));
        Assert.Null(stats.OldestWaiting);
        Assert.Empty(stats.Workers);
        Assert.Empty(await scene.Store.GetHistoryAsync(60, Ct));
    }

    [Fact]
    public async Task Stats_count_what_is_and_what_was()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 2);
        await scene.CompleteAsync(await scene.CreateAndRunAsync());
        var failed = await scene.CreateAndRunAsync();
        await scene.FailAsync(failed);
        var cancelled = await scene.CreateIdAsync();
        await scene.CancelAsync(cancelled);
        await scene.BackOffAsync(await scene.CreateAndRunAsync(), seconds: 60);
        await scene.Store.ReleaseAsync(await scene.CreateAndRunAsync(), Ct);
        await scene.RetryAsync(failed.Id);
        await scene.RunAsync(failed.Id, run: 1);
        await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddHours(1) });
        await scene.CreateIdAsync();
        scene.Pass(1);
        var oldest = scene.Now;
        await scene.CreateIdAsync(priority: TaskPriority.Low);
        scene.Pass(1);
        await scene.CreateIdAsync(priority: TaskPriority.High);
        await scene.CreateIdAsync(priority: TaskPriority.High);

        var stats = await scene.StatsAsync();

        Assert.Equal((7L, 1L, 1L, 0L, 1L), (stats.ByStatus[TaskState.Pending], stats.ByStatus[TaskState.Running],
            stats.ByStatus[TaskState.Completed], stats.ByStatus[TaskState.Failed], stats.ByStatus[TaskState.Cancelled]));
        Assert.Equal((2L, 0L, 1L), (stats.Depth[TaskPriority.High], stats.Depth[TaskPriority.Normal], stats.Depth[TaskPriority.Low]));
        Assert.Equal(oldest, stats.OldestWaiting);
        Assert.Equal((3L, 10L, 1L, 1L, 1L, 2L), (stats.Delayed, stats.Created, stats.Completed, stats.Failed, stats.Cancelled, stats.Retried));
    }

    [Fact]
    public async Task Tasks_held_back_by_a_limit_count_in_their_lanes()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunningPerUser = 1);
        await scene.CreateAndRunAsync();
        scene.Pass(1);
        var oldest = scene.Now;
        await scene.CreateIdAsync(priority: TaskPriority.Low);
        scene.Pass(1);
        await scene.CreateIdAsync();
        await scene.CreateIdAsync();

        var stats = await scene.StatsAsync();
        Assert.Equal((0L, 2L, 1L), (stats.Depth[TaskPriority.High], stats.Depth[TaskPriority.Normal], stats.Depth[TaskPriority.Low]));
        Assert.Equal(oldest, stats.OldestWaiting);
    }

    [Fact]
    public async Task Workers_are_those_that_renewed_within_a_leases_time()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        var other = await scene.CreateAndRunAsync();
        await scene.Store.RenewAsync(OtherWorker, [], Ct);
        scene.Pass(5);
        await scene.Store.RenewAsync(Worker, [held, other], Ct);
        var seen = scene.Now;

        Assert.Equal(
            [new WorkerStats("worker-1", 2, seen), new WorkerStats("worker-2", 0, seen.AddSeconds(-5))],
            (await scene.StatsAsync()).Workers.OrderBy(worker => worker.Name));
        scene.Pass(6);
        Assert.Equal(["worker-1"], (await scene.StatsAsync()).Workers.Select(worker => worker.Name));
        scene.Pass(6);
        Assert.Empty((await scene.StatsAsync()).Workers);
    }

    [Fact]
    public async Task History_counts_minute_by_minute_with_durations()
    {
        await using var scene = await SceneAsync();
        var minute = scene.Now;
        var slow = await scene.CreateIdAsync();
        var quick = await scene.CreateIdAsync();
        var first = await scene.RunAsync(quick);
        scene.Pass(5);
        var second = await scene.RunAsync(slow);
        await scene.CompleteAsync(first);
        scene.Pass(0.1);
        await scene.FailAsync(second);
        scene.Pass(180);
        var third = await scene.CreateAndRunAsync();
        scene.Pass(1);
        await scene.BackOffAsync(third, seconds: 2);
        scene.Pass(3);
        await scene.CancelAsync(third.Id);

        var history = await scene.Store.GetHistoryAsync(60, Ct);

        Assert.Equal([minute, minute.AddMinutes(3)], history.Select(stats => stats.Minute));
        Assert.Equal((2L, 1L, 1L, 0L, 0L), Counts(history[0]));
        // 0 ms and 5,000 ms of waiting; 5,000 ms and 100 ms of running.
        Assert.Equal([(0, 1L), (12, 1L)], Buckets(history[0].WaitMs));
        Assert.Equal([(6, 1L), (12, 1L)], Buckets(history[0].RunMs));
        Assert.Equal((1L, 0L, 0L, 1L, 1L), Counts(history[1]));
        Assert.Equal([(0, 1L)], Buckets(history[1].WaitMs));
        Assert.Equal([(9, 1L)], Buckets(history[1].RunMs));
        Assert.Equal([minute.AddMinutes(3)], (await scene.Store.GetHistoryAsync(2, Ct)).Select(stats => stats.Minute));

        static (long, long, long, long, long) Counts(MinuteStats stats) =>
            (stats.Created, stats.Completed, stats.Failed, stats.Cancelled, stats.Retried);
        static IEnumerable<(int, long)> Buckets(IReadOnlyDictionary<int, long> histogram) =>
            histogram.Select(pair => (pair.Key, pair.Value)).Order();
    }

    [Fact]
    public async Task Waiting_counts_from_when_a_task_was_due()
    {
        await using var scene = await SceneAsync();
        var delayed = (await scene.CreateAsync(scene.New() with { RunAt = scene.Now.AddSeconds(10) })).Task.Id;
        scene.Pass(14);
        var held = await scene.RunAsync(delayed);
        await scene.FailAsync(held);
        scene.Pass(10);
        await scene.RetryAsync(delayed);
        scene.Pass(1);
        await scene.RunAsync(delayed, run: 1);

        var stats = Assert.Single(await scene.Store.GetHistoryAsync(5, Ct));
        Assert.Equal([9, 11], stats.WaitMs.Keys.Order());
    }

    [Fact]
    public async Task The_history_tells_how_full_the_queue_was_last_in_each_minute()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 1);
        await scene.CreateAndRunAsync();
        var before = await scene.StatsAsync();
        await scene.NoteAsync();
        await scene.CreateIdAsync(priority: TaskPriority.High);
        await scene.CreateIdAsync(priority: TaskPriority.Low);
        scene.Pass(2);
        await scene.NoteAsync();
        scene.Pass(60);
        await scene.CreateIdAsync(priority: TaskPriority.Low);
        await scene.NoteAsync();
        scene.Pass(180);

        var minutes = await scene.Store.GetHistoryAsync(60, Ct);

        var depths = minutes.Select(minute => string.Join(' ', Enum.GetValues<TaskPriority>().Select(lane => minute.Gauges!.Depth[lane])));
        // The first task's lease has ended meanwhile, and its slot went to the one in the high lane.
        Assert.Equal(["1 0 1", "0 0 2"], depths);
        Assert.Equal([(1L, 2_000L), (1L, 62_000L)], minutes.Select(minute => (minute.Gauges!.Running, minute.Gauges.OldestWaitingMs)));
        // Notes are no counts, also when their minute is over.
        var after = await scene.StatsAsync();
        Assert.Equal(before.Created + 3, after.Created);
        Assert.Equal((before.Completed, before.Failed, before.Retried), (after.Completed, after.Failed, after.Retried));
    }

    [Fact]
    public async Task Totals_last_longer_than_the_history()
    {
        await using var scene = await SceneAsync();
        for (var day = 0; day < 3; day++)
        {
            await scene.CompleteAsync(await scene.CreateAndRunAsync());
            scene.Pass(24 * 3600);
        }

        var stats = await scene.StatsAsync();
        Assert.Equal((3L, 3L), (stats.Created, stats.Completed));
        Assert.Empty(await scene.Store.GetHistoryAsync(1440, Ct));
    }
}
