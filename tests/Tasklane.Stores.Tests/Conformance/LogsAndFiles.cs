using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task Progress_is_kept_and_is_an_event()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        var progress = TaskProgress.Of(30, 90, "Zeile \"30\"\n");

        Assert.Equal(Hold.Held, (await scene.ReportAsync(held, progress)).Hold);

        var task = await scene.GetAsync(held.Id);
        Assert.Equal((progress, 3L), (task.Progress, task.Version));
        var change = (await scene.EventsAsync(held.Id))[^1];
        Assert.Equal((TaskEvents.Progress, 3L, TaskEventData.Progress(progress)), (change.Name, change.Version, change.Data));
    }

    [Fact]
    public async Task A_report_without_progress_is_no_change()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        await scene.ReportAsync(held, null, new TaskLogLine(scene.Now, TaskLogLevel.Info, "only a line"));

        Assert.Equal(2, (await scene.GetAsync(held.Id)).Version);
        Assert.Equal(2, (await scene.EventsAsync(held.Id)).Count);
    }

    [Fact]
    public async Task Log_lines_are_paged_oldest_first_and_filtered_by_level()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        var levels = Enum.GetValues<TaskLogLevel>();
        var lines = Enumerable.Range(0, 25)
            .Select(i => new TaskLogLine(scene.Now.AddMilliseconds(i), levels[i % 4], $"line {i} | \n\t导出 {{}}"))
            .ToArray();
        await scene.ReportAsync(held, null, lines[..10]);
        await scene.ReportAsync(held, TaskProgress.Of(1, 2), lines[10..]);

        var second = await scene.Store.GetLogsAsync(held.Id, null, 2, 10, Ct);
        Assert.Equal(25, second.Total);
        Assert.Equal(lines[10..20], second.Lines);
        Assert.Equal(lines[20..], (await scene.Store.GetLogsAsync(held.Id, TaskLogLevel.Debug, 3, 10, Ct)).Lines);

        var severe = await scene.Store.GetLogsAsync(held.Id, TaskLogLevel.Warning, 1, 5, Ct);
        Assert.Equal(12, severe.Total);
        Assert.Equal(lines.Where(line => line.Level >= TaskLogLevel.Warning).Take(5), severe.Lines);
        Assert.Empty((await scene.Store.GetLogsAsync(held.Id, null, 4, 10, Ct)).Lines);
        Assert.Equal(0, (await scene.Store.GetLogsAsync(TaskIds.New(scene.Now), null, 1, 10, Ct)).Total);
    }

    [Theory]
    [InlineData(3, 18, 25)] // the second report passes both halves at once
    [InlineData(10, 11, 25)]
    [InlineData(25, 25, 25)]
    [InlineData(5, 6, 7)]
    [InlineData(1, 10, 11)]
    public async Task A_log_keeps_its_first_and_its_last_lines_and_says_how_many_were_dropped(int first, int second, int all)
    {
        await using var scene = await SceneAsync(options => options.MaxLogLines = 10);
        var held = await scene.CreateAndRunAsync();
        var lines = Enumerable.Range(0, all).Select(i => new TaskLogLine(scene.Now.AddSeconds(i), (TaskLogLevel)(i % 2), $"line {i}")).ToArray();
        foreach (var some in new[] { lines[..first], lines[first..second], lines[second..] })
            await scene.ReportAsync(held, null, some);

        var dropped = Math.Max(0, all - 10);
        List<TaskLogLine> expected = [.. lines.Take(5), .. lines.Skip(5 + dropped)];
        if (dropped > 0) expected.Insert(5, LogPage.Dropped(dropped, lines[5 + dropped].At));
        foreach (var level in new[] { TaskLogLevel.Debug, TaskLogLevel.Info, TaskLogLevel.Warning, TaskLogLevel.Error })
        {
            var visible = expected.Where(line => line.Level >= level).ToList();
            for (var size = 1; size < 13; size++)
            {
                var paged = new List<TaskLogLine>();
                for (var page = 1; page <= 13; page++)
                {
                    var read = await scene.Store.GetLogsAsync(held.Id, level, page, size, Ct);
                    Assert.Equal(visible.Count, read.Total);
                    paged.AddRange(read.Lines);
                }
                Assert.Equal(visible, paged);
            }
        }
    }

    [Fact]
    public async Task A_log_goes_on_where_it_was_after_a_retry()
    {
        await using var scene = await SceneAsync(options => options.MaxLogLines = 10);
        var held = await scene.CreateAndRunAsync();
        var lines = Enumerable.Range(0, 24).Select(i => new TaskLogLine(scene.Now.AddSeconds(i), TaskLogLevel.Info, $"line {i}")).ToArray();
        await scene.ReportAsync(held, null, lines[..12]);
        await scene.FailAsync(held);
        await scene.RetryAsync(held.Id);
        var again = await scene.RunAsync(held.Id, run: 1);
        await scene.ReportAsync(again, null, lines[12..]);

        var all = await scene.Store.GetLogsAsync(held.Id, null, 1, 100, Ct);

        Assert.Equal([.. lines[..5], LogPage.Dropped(14, lines[19].At), .. lines[19..]], all.Lines);
    }

    [Fact]
    public async Task A_log_that_is_longer_than_a_new_cap_keeps_its_first_and_its_last_lines()
    {
        await using var scene = await SceneAsync(options => options.MaxLogLines = 4000);
        var held = await scene.CreateAndRunAsync();
        var lines = Enumerable.Range(0, 1600).Select(i => new TaskLogLine(scene.Now.AddSeconds(i), TaskLogLevel.Info, $"line {i}")).ToArray();
        await scene.ReportAsync(held, null, lines[..1500]);

        await using var other = await scene.ReopenAsync(options => options.MaxLogLines = 100);
        foreach (var line in lines[1500..])
            await other.Tasks.ReportAsync(held, null, [line], Ct);

        var kept = await other.Tasks.GetLogsAsync(held.Id, null, 1, 4000, Ct);
        Assert.Equal(lines[^50..], kept.Lines.TakeLast(50));
        Assert.Equal(lines[..50], kept.Lines.Take(50));
        var before = await scene.Store.GetLogsAsync(held.Id, null, 1, 4000, Ct);
        Assert.Equal(kept.Lines, before.Lines);
    }

    [Fact]
    public async Task File_chunks_are_written_and_written_again()
    {
        await using var scene = await SceneAsync();
        var held = await scene.CreateAndRunAsync();
        var whole = new byte[1024 * 1024];
        for (var i = 0; i < whole.Length; i++)
            whole[i] = (byte)(i * 31);

        await scene.Store.WriteFileChunkAsync(held, 0, new byte[] { 1, 0, 255 }, Ct);
        await scene.Store.WriteFileChunkAsync(held, 1, whole, Ct);
        await scene.Store.WriteFileChunkAsync(held, 0, new byte[] { 2, 0, 254, 13, 10 }, Ct);
        await scene.CompleteAsync(held);

        Assert.Equal([2, 0, 254, 13, 10], await scene.Store.ReadFileChunkAsync(held.Id, 0, Ct));
        Assert.Equal(whole, await scene.Store.ReadFileChunkAsync(held.Id, 1, Ct));
        Assert.Null(await scene.Store.ReadFileChunkAsync(held.Id, 2, Ct));
        Assert.Null(await scene.Store.ReadFileChunkAsync(TaskIds.New(scene.Now), 0, Ct));
    }
}
