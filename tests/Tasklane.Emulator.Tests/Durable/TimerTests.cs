using Microsoft.DurableTask.Client;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class TimerTests
{
    [Fact]
    public async Task A_clock_that_leaps_while_a_timer_is_set_makes_it_no_later()
    {
        var clock = new LeapingClock();
        await using var run = await new DurableRun(Mode.Strict, clock)
            .Orchestrator("Sleep", context => context.CreateTimer(TimeSpan.FromSeconds(7), CancellationToken.None))
            .StartAsync();

        clock.NextLeap = TimeSpan.FromSeconds(7);
        var ended = await run.RunAsync("Sleep").WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, TestContext.Current.CancellationToken);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
    }

    [Theory, EveryMode]
    public async Task A_timer_fires_at_its_time_by_the_engines_clock(Mode mode)
    {
        var waiting = new Signal();
        await using var run = await new DurableRun(mode)
            .Orchestrator("Sleep", async context =>
            {
                var begun = context.CurrentUtcDateTime;
                var timer = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                waiting.Set();
                await timer;
                return context.CurrentUtcDateTime - begun;
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", TestContext.Current.CancellationToken);
        await waiting.Reached;

        run.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.False((await run.Get(id)).IsCompleted);
        run.Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(TimeSpan.FromHours(1), (await run.EndOf(id)).ReadOutputAs<TimeSpan>());
    }

    [Theory, EveryMode]
    public async Task A_timer_of_weeks_and_one_in_the_past_fire_too(Mode mode)
    {
        var waiting = new Signal();
        await using var run = await new DurableRun(mode)
            .Orchestrator("Sleep", async context =>
            {
                await context.CreateTimer(context.CurrentUtcDateTime.AddDays(-1), CancellationToken.None);
                var timer = context.CreateTimer(TimeSpan.FromDays(30), CancellationToken.None);
                waiting.Set();
                await timer;
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", TestContext.Current.CancellationToken);
        await waiting.Reached;

        run.Clock.Advance(TimeSpan.FromDays(30));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await run.EndOf(id)).RuntimeStatus);
    }

    [Theory, EveryMode]
    public async Task Timers_of_several_instances_fire_in_the_order_of_their_times(Mode mode)
    {
        var order = new List<int>();
        var waiting = Enumerable.Range(0, 5).Select(_ => new Signal()).ToArray();
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Note", number =>
            {
                lock (order)
                    order.Add(number);
                return number;
            })
            .Orchestrator("Sleep", async context =>
            {
                var number = context.GetInput<int>();
                var timer = context.CreateTimer(TimeSpan.FromMinutes(10 * (5 - number)), CancellationToken.None);
                waiting[number].Set();
                await timer;
                await context.CallActivityAsync("Note", number);
            })
            .StartAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await run.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", i, TestContext.Current.CancellationToken));
        foreach (var signal in waiting)
            await signal.Reached;

        for (var i = 4; i >= 0; i--)
        {
            run.Clock.Advance(TimeSpan.FromMinutes(10));
            await run.EndOf(ids[i]);
        }

        Assert.Equal([4, 3, 2, 1, 0], order);
    }

    [Theory, EveryMode]
    public async Task An_instance_stays_running_until_a_forgotten_timer_has_fired(Mode mode)
    {
        var ended = new Signal();
        await using var run = await new DurableRun(mode)
            .Orchestrator("Forget", context =>
            {
                _ = context.CreateTimer(TimeSpan.FromMinutes(5), CancellationToken.None);
                ended.Set();
                return Task.FromResult<object?>("done");
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Forget", TestContext.Current.CancellationToken);
        await ended.Reached;
        await run.Client.WaitForInstanceStartAsync(id, TestContext.Current.CancellationToken);

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await run.Get(id)).RuntimeStatus);
        run.Clock.Advance(TimeSpan.FromMinutes(5));

        Assert.Equal("done", (await run.EndOf(id)).ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task A_cancelled_timer_does_not_keep_the_instance(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Quick", number => number)
            .Orchestrator("Race", async context =>
            {
                using var cancel = new CancellationTokenSource();
                var timer = context.CreateTimer(TimeSpan.FromDays(1), cancel.Token);
                var quick = context.CallActivityAsync<int>("Quick", 7);
                Assert.Same(quick, await Task.WhenAny(timer, quick));
                cancel.Cancel();
                await Assert.ThrowsAsync<TaskCanceledException>(() => timer);
                return await quick;
            })
            .StartAsync();

        Assert.Equal(7, (await run.RunAsync("Race")).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task Timers_due_while_nobody_ran_fire_at_the_next_start(Mode mode)
    {
        var waiting = new Signal();
        await using var run = await new DurableRun(mode)
            .Orchestrator("Sleep", async context =>
            {
                var timer = context.CreateTimer(TimeSpan.FromHours(1), CancellationToken.None);
                waiting.Set();
                await timer;
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", TestContext.Current.CancellationToken);
        await run.Client.WaitForInstanceStartAsync(id, TestContext.Current.CancellationToken);
        await run.StopAsync();

        run.Clock.Advance(TimeSpan.FromHours(2));
        await run.StartAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await run.EndOf(id)).RuntimeStatus);
    }

    /// <summary>Moves on between the look at the time and the setting of a timer, once.</summary>
    private sealed class LeapingClock : TimeProvider
    {
        private readonly ManualTimeProvider clock = new();

        public TimeSpan NextLeap { get; set; }

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            new Timer(this, clock.CreateTimer(callback, state, dueTime, period));

        private sealed class Timer(LeapingClock owner, ITimer timer) : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                var leap = owner.NextLeap;
                owner.NextLeap = TimeSpan.Zero;
                owner.clock.Advance(leap);
                return timer.Change(dueTime, period);
            }

            public void Dispose() => timer.Dispose();

            public ValueTask DisposeAsync() => timer.DisposeAsync();
        }
    }
}
