using System.Text.Json;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task Hours_count_each_minute_once_also_while_several_add_old_minutes_to_them()
    {
        await using var scene = await SceneAsync();
        await using var other = await scene.ReopenAsync(_ => { });
        var begin = scene.Now;
        // Every 25 minutes for 30 hours: two or three to the hour.
        for (var i = 0; i < 72; i++)
        {
            await scene.CompleteAsync(await scene.CreateAndRunAsync());
            await NoteAsync(scene, i);
            scene.Pass(25 * 60);
        }
        var before = await scene.Store.GetHoursAsync(48, Ct);
        scene.Pass(20 * 3600);

        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(new[] { scene.Store, other.Tasks, scene.Store, other.Tasks }.Select(async store =>
            {
                await store.DropExpiredAsync(Ct);
                await store.GetStatsAsync(Ct);
            }));
            Assert.Equal(Text(before), Text(await other.Tasks.GetHoursAsync(72, Ct)));
        }

        Assert.Equal(72, before.Sum(hour => hour.Created));
        Assert.Equal(Enumerable.Range(0, 30).Select(hour => begin.AddHours(hour)), before.Select(hour => hour.Minute));
        for (var hour = 0; hour < 30; hour++)
        {
            var within = Enumerable.Range(0, 72).Where(i => i * 25 / 60 == hour).ToList();
            Assert.Equal((within.Count, within.Count), (before[hour].Created, before[hour].Completed));
            Assert.Equal(within.Count, before[hour].RunMs.Values.Sum());
            // How full it was is not added up: the last note stays.
            Assert.Equal((within[^1], 2L * within[^1]), (before[hour].Gauges!.Running, before[hour].Gauges!.Depth[TaskPriority.Low]));
        }
        // A part of them is in its hours by now; then all are.
        scene.Pass(10 * 3600);
        await other.Tasks.DropExpiredAsync(Ct);
        await other.Tasks.GetStatsAsync(Ct);
        Assert.Equal(Text(before), Text(await scene.Store.GetHoursAsync(96, Ct)));
        Assert.Empty(await scene.Store.GetHistoryAsync(1440, Ct));
        Assert.Equal(72, (await scene.StatsAsync()).Created);
    }

    [Fact]
    public async Task Hours_are_kept_for_thirty_days()
    {
        await using var scene = await SceneAsync();
        await scene.CreateIdAsync();
        scene.Pass(2 * 24 * 3600);
        await scene.Store.DropExpiredAsync(Ct);
        await scene.StatsAsync();
        Assert.Equal(1, Assert.Single(await scene.Store.GetHoursAsync(720, Ct)).Created);
        Assert.Empty(await scene.Store.GetHoursAsync(48, Ct));

        scene.Pass(29 * 24 * 3600);
        await scene.CreateIdAsync();
        await scene.Store.DropExpiredAsync(Ct);
        await scene.StatsAsync();
        Assert.Equal(scene.Now, Assert.Single(await scene.Store.GetHoursAsync(720, Ct)).Minute);
    }

    [Fact]
    public async Task A_minute_in_which_a_worker_gave_a_task_back_has_a_history()
    {
        await using var scene = await SceneAsync();
        await scene.Store.ReleaseAsync(await scene.CreateAndRunAsync(), Ct);
        var minute = Assert.Single(await scene.Store.GetHistoryAsync(5, Ct));
        Assert.Equal((1L, 0L, 0L), (minute.Created, minute.Retried, minute.RunMs.Values.Sum()));
        Assert.Null(minute.Gauges);
    }

    private static Task NoteAsync(Scene scene, int i) => scene.Store.NoteGaugesAsync(
        new QueueGauges(Enum.GetValues<TaskPriority>().ToDictionary(lane => lane, lane => (long)i * (int)lane), i, 0), Ct);

    private static string Text(IReadOnlyList<MinuteStats> history) => JsonSerializer.Serialize(history.Select(part => part with
    {
        WaitMs = new SortedDictionary<int, long>(part.WaitMs.ToDictionary()),
        RunMs = new SortedDictionary<int, long>(part.RunMs.ToDictionary()),
    }));
}
