using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class ContinueAsNewTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, EveryMode]
    public async Task Guids_of_two_generations_differ_though_the_clock_stands_still(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Guids", context =>
            {
                string[] guids = [.. context.GetInput<string[]>() ?? [], context.NewGuid().ToString()];
                if (guids.Length < 3)
                    context.ContinueAsNew(guids);
                return Task.FromResult<object?>(guids);
            })
            .StartAsync();

        var guids = (await run.RunAsync("Guids")).ReadOutputAs<string[]>()!;

        Assert.Equal(3, guids.Distinct().Count());
    }

    [Theory, EveryMode]
    public async Task A_loop_of_generations_ends_with_the_last_input(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Next", number => number + 1)
            .Orchestrator("Loop", async context =>
            {
                var number = await context.CallActivityAsync<int>("Next", context.GetInput<int>());
                if (number < 50)
                    context.ContinueAsNew(number);
                return number;
            })
            .StartAsync();

        var ended = await run.RunAsync("Loop", 0);

        Assert.Equal(50, ended.ReadOutputAs<int>());
        Assert.Equal(49, ended.ReadInputAs<int>());
    }

    [Theory, EveryMode]
    public async Task The_history_of_earlier_generations_is_gone(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Next", number => number + 1)
            .Orchestrator("Loop", async context =>
            {
                var number = await context.CallActivityAsync<int>("Next", context.GetInput<int>());
                if (number < 20)
                    context.ContinueAsNew(number);
            })
            .StartAsync();

        var ended = await run.RunAsync("Loop", 0);

        var history = run.Engine.Queries.History(ended.InstanceId)!;
        Assert.Single(history, record => record.ExecutionStarted is not null);
        Assert.Single(history, record => record.TaskScheduled is not null);
    }

    [Theory, EveryMode]
    public async Task Unprocessed_events_go_along(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Sum", async context =>
            {
                var sum = context.GetInput<int>() + (await context.WaitForExternalEvent<int>("number"));
                if (sum < 55)
                    context.ContinueAsNew(sum);
                return sum;
            })
            .StartAsync();
        var at = run.Clock.GetUtcNow().AddHours(1);
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync(
            "Sum", 0, new StartOrchestrationOptions(null, at), Cancellation);
        for (var i = 1; i <= 10; i++)
            await run.Client.RaiseEventAsync(id, "number", i, Cancellation);

        run.Clock.Advance(TimeSpan.FromHours(1));

        Assert.Equal(55, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task Unprocessed_events_are_dropped_when_so_asked(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Drop", async context =>
            {
                if (context.GetInput<int>() == 0)
                {
                    await context.WaitForExternalEvent<int>("go");
                    context.ContinueAsNew(1, preserveUnprocessedEvents: false);
                    return 0;
                }

                return await context.WaitForExternalEvent<int>("number");
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Drop", 0, Cancellation);
        await run.Client.RaiseEventAsync(id, "number", 1, Cancellation);
        await run.Client.RaiseEventAsync(id, "go", 0, Cancellation);
        while ((await run.Get(id)).ReadInputAs<int>() != 1)
            await Task.Yield();

        await run.Client.RaiseEventAsync(id, "number", 2, Cancellation);

        Assert.Equal(2, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task A_wait_left_open_swallows_what_comes_before_the_next_generation(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Swallow", async context =>
            {
                if (context.GetInput<int>() == 0)
                {
                    _ = context.WaitForExternalEvent<int>("number");
                    await context.WaitForExternalEvent<int>("go");
                    context.ContinueAsNew(1);
                    return 0;
                }

                return await context.WaitForExternalEvent<int>("number");
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Swallow", 0, Cancellation);

        await run.Client.RaiseEventAsync(id, "number", 1, Cancellation);
        await run.Client.RaiseEventAsync(id, "number", 2, Cancellation);
        await run.Client.RaiseEventAsync(id, "go", 0, Cancellation);

        Assert.Equal(2, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task A_new_version_holds_from_the_next_generation_on(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Version", context =>
            {
                if (context.Version == "1")
                    context.ContinueAsNew(new ContinueAsNewOptions { NewVersion = "2" });
                return Task.FromResult<object?>(context.Version);
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync(
            "Version", new StartOrchestrationOptions { Version = "1" }, Cancellation);

        Assert.Equal("2", (await run.EndOf(id)).ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task Events_rung_at_an_eternal_orchestration_are_never_lost(Mode mode)
    {
        // The shape of a pump: drain, wait for one ring, start over. A ring is a promise that the drain comes after it.
        var rung = 0;
        var drained = 0;
        var all = new Signal();
        const int Rings = 200;
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Drain", _ =>
            {
                var seen = Volatile.Read(ref rung);
                InterlockedMax(ref drained, seen);
                if (seen == Rings)
                    all.Set();
                return seen;
            })
            .Orchestrator("Pump", async context =>
            {
                await context.CallActivityAsync("Drain", 0);
                await context.WaitForExternalEvent<int>("ring");
                context.ContinueAsNew();
            })
            .StartAsync();
        await run.Client.ScheduleNewOrchestrationInstanceAsync("Pump", new StartOrchestrationOptions("pump"), Cancellation);

        for (var i = 0; i < Rings; i++)
        {
            Interlocked.Increment(ref rung);
            await run.Client.RaiseEventAsync("pump", "ring", i, Cancellation);
        }

        await all.Reached;
        Assert.Equal(Rings, drained);
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
        {
            if (Interlocked.CompareExchange(ref most, now, seen) == seen)
                return;
        }
    }
}
