using Tasklane.Client;
using Tasklane.Client.Schedules;

namespace Tasklane.Clients.Tests.Client;

public sealed class ScheduleTests(AppFixture app)
{
    [Fact]
    public async Task A_schedule_is_made_changed_run_and_deleted()
    {
        await using var client = app.SignIn();
        var nightly = new NewSchedule(NewTask.Of("noop", new { })) { Name = "nightly", Cron = "30 2 * * *", TimeZone = "Europe/Berlin", Overlap = Overlap.Queue };

        var made = await client.Schedules.CreateAsync(nightly);
        var paused = await client.Schedules.PauseAsync(made.Id);
        var resumed = await client.Schedules.ResumeAsync(made.Id);
        var replaced = await client.Schedules.ReplaceAsync(made.Id, nightly with { Cron = null, TimeZone = null, EverySeconds = 3600, Missed = MissedTicks.Skip });
        var task = await client.Schedules.RunAsync(made.Id);

        Assert.Equal(("nightly", "30 2 * * *", "Europe/Berlin", Overlap.Queue, 10), (made.Name, made.Cron, made.TimeZone, made.Overlap, made.Next.Count));
        Assert.Equal((true, false), (paused.Paused, resumed.Paused));
        Assert.Equal((null, 3600, MissedTicks.Skip), (replaced.Cron, replaced.EverySeconds, replaced.Missed));
        Assert.Equal(TaskState.Completed, (await client.WaitAsync(task.Id)).Status);
        Assert.Equal(task.Id, (await client.Schedules.RunsAsync(made.Id).SingleAsync()).Id);
        Assert.Equal(made.Id, (await client.Schedules.ListAsync().SingleAsync()).Id);
        Assert.Equal(3, (await client.Schedules.PreviewAsync("0 0 * * *", count: 3)).Count);
        await client.Schedules.DeleteAsync(made.Id);
        Assert.Equal("schedule_not_found", (await Assert.ThrowsAsync<TasklaneException>(() => client.Schedules.GetAsync(made.Id))).Code);
    }
}
