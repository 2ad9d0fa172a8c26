using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Functions.Tests.Http;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Tasks.Schedules;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Schedules;

/// <summary>What happens at ticks that were missed, or meet the task of the one before. Schedules are put into the store as an app that was away finds them.</summary>
public sealed class TickTests : IAsyncLifetime
{
    private readonly TempDirectory _data = new();
    private TestApp _app = null!;
    private SqlStores _stores = null!;
    private TestUser _ada = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private IScheduleStore Schedules => _stores.Schedules;

    public async ValueTask InitializeAsync()
    {
        var path = _data.File("tasks.db");
        _app = await TestApp.StartAsync(null, ("Tasklane__Sqlite", path));
        _stores = SqlStores.OpenSqlite(new TasklaneOptions { Sqlite = path }, TimeProvider.System, NullLogger<SqlStores>.Instance);
        _ada = await _app.SignInAsync("ada");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _stores.DisposeAsync();
        _data.Dispose();
    }

    [Theory]
    [InlineData(MissedTicks.Skip, 0, 5)]
    [InlineData(MissedTicks.Once, 1, 4)]
    [InlineData(MissedTicks.All, 5, 0)]
    public async Task Ticks_that_were_missed_are_left_out_made_up_for_once_or_each(MissedTicks missed, int fired, int skipped)
    {
        // Ten minutes apart, the last five minutes ago.
        var plan = Plan(600, Now.AddMinutes(-45)) with { Missed = missed };

        var after = await GoneThroughAsync(plan, now => now.Tick > Now);

        Assert.Equal((fired, skipped), (after.Fired, after.Skipped));
        Assert.Equal(fired, (await _ada.Http.GetJsonAsync($"/api/tasks?tag={plan.Tag}"))["total"]!.GetValue<int>());
        Assert.InRange(after.Tick!.Value, Now, Now.AddMinutes(6));
    }

    [Fact]
    public async Task A_tick_that_is_a_little_late_has_not_been_missed()
    {
        var plan = Plan(3600, Now.AddSeconds(-20)) with { Missed = MissedTicks.Skip };

        var after = await GoneThroughAsync(plan, now => now.Tick > Now);

        Assert.Equal((1, 0), (after.Fired, after.Skipped));
    }

    [Fact]
    public async Task A_tick_is_left_out_while_the_former_task_runs()
    {
        var former = await RunningAsync();
        var plan = Plan(3600, Now) with { Overlap = Overlap.Skip, LastTaskId = former };

        var after = await GoneThroughAsync(plan, now => now.Tick > Now);

        Assert.Equal((0, 1, former), (after.Fired, after.Skipped, after.LastTaskId));
        await _ada.Http.PostAsync($"/api/tasks/{former}/cancel", null, Token);
        await _ada.Http.EndAsync(former);
    }

    [Fact]
    public async Task A_tick_waits_for_the_end_of_the_former_task()
    {
        var former = await RunningAsync();
        var plan = Plan(3600, Now) with { Overlap = Overlap.Queue, LastTaskId = former };

        var waiting = await GoneThroughAsync(plan, now => now.DueAt > now.Tick);
        Assert.Equal((0, plan.Tick), (waiting.Fired, waiting.Tick));
        await _ada.Http.PostAsync($"/api/tasks/{former}/cancel", null, Token);
        await _ada.Http.EndAsync(former);

        var after = await UntilAsync(plan.Id, now => now.Fired == 1);
        Assert.Equal(plan.Tick, after.LastTick);
        await _ada.Http.EndAsync(after.LastTaskId!);
    }

    [Fact]
    public async Task A_tick_cancels_the_former_task()
    {
        var former = await RunningAsync();
        var plan = Plan(3600, Now) with { Overlap = Overlap.Cancel, LastTaskId = former };

        var after = await GoneThroughAsync(plan, now => now.Fired == 1);

        Assert.Equal("cancelled", (await _ada.Http.EndAsync(former)).Text("status"));
        await _ada.Http.EndAsync(after.LastTaskId!);
    }

    [Fact]
    public async Task One_whose_task_cannot_be_made_any_more_says_why_and_goes_on()
    {
        var plan = Plan(3600, Now) with { Task = """{"type":"gone","payload":{}}""" };

        var after = await GoneThroughAsync(plan, now => now.Tick > Now);

        Assert.StartsWith("unknown_task_type: ", after.LastError, StringComparison.Ordinal);
        Assert.Equal((0, 1), (after.Fired, after.Skipped));
    }

    [Fact]
    public async Task A_single_time_comes_once_and_is_done()
    {
        var plan = Plan(1, Now) with { Timing = new Timing(null, null, Now, "UTC", Now), Tick = Now, DueAt = Now };

        var after = await GoneThroughAsync(plan, now => now.Fired == 1);

        Assert.Null(after.Tick);
        Assert.Null(after.DueAt);
    }

    [Fact]
    public async Task A_hundred_schedules_tick_at_once_each_once()
    {
        var plans = Enumerable.Range(0, 100).Select(_ => Plan(3600, Now)).ToList();
        foreach (var plan in plans)
            await Schedules.SaveAsync(plan, Token);
        await WakeAsync();

        foreach (var plan in plans)
        {
            var after = await UntilAsync(plan.Id, now => now.Fired > 0);
            Assert.Equal((1, 0), (after.Fired, after.Skipped));
            await _ada.Http.EndAsync(after.LastTaskId!);
        }
        Assert.Equal(100, (await _ada.Http.GetJsonAsync("/api/tasks"))["total"]!.GetValue<int>());
    }

    private static Schedule Plan(double every, DateTimeOffset tick) => new()
    {
        Id = TaskIds.New(Now),
        Owner = "ada",
        Timing = new Timing(null, every, null, "UTC", tick),
        Task = """{"type":"noop","payload":{}}""",
        CreatedAt = Now,
        Tick = tick,
        DueAt = tick,
    };

    private async Task<string> RunningAsync()
    {
        var id = (await _ada.Http.CreateAsync("sleep", new { seconds = 1000 })).Id();
        await _ada.Http.UntilAsync(id, task => task.Text("status") == "running");
        return id;
    }

    private async Task<Schedule> GoneThroughAsync(Schedule plan, Func<Schedule, bool> wanted)
    {
        await Schedules.SaveAsync(plan, Token);
        await WakeAsync();
        return await UntilAsync(plan.Id, wanted);
    }

    /// <summary>Any schedule that is made wakes the scheduler.</summary>
    private async Task WakeAsync() =>
        await ScheduleApiTests.MadeAsync(_ada.Http, new { cron = "0 0 1 1 *", task = new { type = "noop", payload = new { } } });

    private async Task<Schedule> UntilAsync(string id, Func<Schedule, bool> wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var now = (await Schedules.GetAsync(id, null, Token))!;
            if (wanted(now))
                return now;
            Assert.False(patience.IsCancellationRequested, $"It did not become as wanted within a minute: {now}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }
}
