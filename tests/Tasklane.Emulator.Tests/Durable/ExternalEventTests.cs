using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class ExternalEventTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, EveryMode]
    public async Task An_event_reaches_its_waiter_whatever_the_case_of_its_name(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", async context => await context.WaitForExternalEvent<string>("Approval"))
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancellation);

        await run.Client.RaiseEventAsync(id, "aPPROVAL", "yes", Cancellation);

        Assert.Equal("yes", (await run.EndOf(id)).ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task Early_events_wait_in_their_order(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", async context =>
            {
                await context.WaitForExternalEvent<int>("go");
                var got = new List<int>();
                for (var i = 0; i < 3; i++)
                    got.Add(await context.WaitForExternalEvent<int>("number"));
                return got;
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancellation);
        for (var i = 1; i <= 3; i++)
            await run.Client.RaiseEventAsync(id, "number", i, Cancellation);

        await run.Client.RaiseEventAsync(id, "go", 0, Cancellation);

        var got = (await run.EndOf(id)).ReadOutputAs<int[]>();
        Assert.Equal(new[] { 1, 2, 3 }, got);
    }

    [Theory, EveryMode]
    public async Task The_newest_waiter_gets_the_event_first(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", async context =>
            {
                var older = context.WaitForExternalEvent<int>("number");
                var newer = context.WaitForExternalEvent<int>("number");
                return new[] { await newer, await older };
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancellation);

        await run.Client.RaiseEventAsync(id, "number", 1, Cancellation);
        await run.Client.RaiseEventAsync(id, "number", 2, Cancellation);

        var got = (await run.EndOf(id)).ReadOutputAs<int[]>();
        Assert.Equal(new[] { 1, 2 }, got);
    }

    [Theory, EveryMode]
    public async Task An_event_after_a_cancelled_wait_is_kept_for_the_next(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", async context =>
            {
                using var cancel = new CancellationTokenSource();
                var cancelled = context.WaitForExternalEvent<int>("number", cancel.Token);
                cancel.Cancel();
                await Assert.ThrowsAsync<TaskCanceledException>(() => cancelled);
                await context.WaitForExternalEvent<int>("go");
                return await context.WaitForExternalEvent<int>("number");
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancellation);

        await run.Client.RaiseEventAsync(id, "number", 1, Cancellation);
        await run.Client.RaiseEventAsync(id, "go", 0, Cancellation);

        Assert.Equal(1, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task A_wait_ends_with_its_time_and_the_event_after_it_is_kept_for_the_next(Mode mode)
    {
        var waiting = new Signal();
        var timedOut = new Signal();
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", async context =>
            {
                var wait = context.WaitForExternalEvent<int>("number", TimeSpan.FromMinutes(1));
                waiting.Set();
                await Assert.ThrowsAsync<TaskCanceledException>(() => wait);
                timedOut.Set();
                await context.WaitForExternalEvent<int>("go");
                return await context.WaitForExternalEvent<int>("number");
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancellation);
        await waiting.Reached;
        run.Clock.Advance(TimeSpan.FromMinutes(1));
        await timedOut.Reached;

        await run.Client.RaiseEventAsync(id, "number", 1, Cancellation);
        await run.Client.RaiseEventAsync(id, "go", 0, Cancellation);

        Assert.Equal(1, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task A_wait_with_time_to_spare_leaves_no_timer_open(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", async context => await context.WaitForExternalEvent<int>("number", TimeSpan.FromDays(1)))
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancellation);

        await run.Client.RaiseEventAsync(id, "number", 5, Cancellation);

        Assert.Equal(5, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task Two_types_for_one_name_are_refused(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", async context =>
            {
                var first = context.WaitForExternalEvent<int>("number");
                Assert.Throws<ArgumentException>(() => { _ = context.WaitForExternalEvent<string>("number", Cancellation); });
                return await first;
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancellation);

        await run.Client.RaiseEventAsync(id, "number", 5, Cancellation);

        Assert.Equal(5, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task Orchestrations_send_each_other_events(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Receive", async context => await context.WaitForExternalEvent<string>("word"))
            .Orchestrator("Send", context =>
            {
                context.SendEvent("receiver", "word", "hello");
                context.SendEvent("nobody", "word", "lost");
                return Task.CompletedTask;
            })
            .StartAsync();
        await run.Client.ScheduleNewOrchestrationInstanceAsync(
            "Receive", new StartOrchestrationOptions("receiver"), Cancellation);

        await run.RunAsync("Send");

        Assert.Equal("hello", (await run.EndOf("receiver")).ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task An_event_for_an_unknown_instance_is_not_found_and_for_an_ended_one_refused(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Nothing", _ => Task.CompletedTask)
            .StartAsync();
        await run.RunAsync("Nothing", id: "ended");

        var unknown = await Assert.ThrowsAsync<RpcException>(
            () => run.Client.RaiseEventAsync("x", "go", cancellation: Cancellation));
        var ended = await Assert.ThrowsAsync<RpcException>(
            () => run.Client.RaiseEventAsync("ended", "go", cancellation: Cancellation));

        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("No instance with ID 'x' was found.", unknown.Status.Detail);
        Assert.Equal(StatusCode.FailedPrecondition, ended.StatusCode);
    }

    [Theory, EveryMode]
    public async Task An_event_raised_before_a_delayed_start_is_there_when_it_begins(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Later", async context =>
                (await context.WaitForExternalEvent<int>("number")) + (await context.WaitForExternalEvent<int>("number")))
            .StartAsync();
        var at = run.Clock.GetUtcNow().AddHours(1);
        await run.Client.ScheduleNewOrchestrationInstanceAsync(
            "Later", new StartOrchestrationOptions("later", at), Cancellation);
        await run.Client.RaiseEventAsync("later", "number", 40, Cancellation);
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await run.Get("later")).RuntimeStatus);

        run.Clock.Advance(TimeSpan.FromHours(1));
        await run.Client.RaiseEventAsync("later", "number", 2, Cancellation);

        Assert.Equal(42, (await run.EndOf("later")).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task Many_events_from_many_senders_all_arrive_once(Mode mode)
    {
        const int Senders = 8, Each = 25;
        await using var run = await new DurableRun(mode)
            .Orchestrator("Collect", async context =>
            {
                var got = new List<int>();
                while (got.Count < Senders * Each)
                    got.Add(await context.WaitForExternalEvent<int>("number"));
                return got;
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Collect", Cancellation);

        await Task.WhenAll(Enumerable.Range(0, Senders).Select(async sender =>
        {
            for (var i = 0; i < Each; i++)
                await run.Client.RaiseEventAsync(id, "number", (sender * Each) + i, Cancellation);
        }));

        var got = (await run.EndOf(id)).ReadOutputAs<int[]>()!;
        Assert.Equal(Enumerable.Range(0, Senders * Each), got.Order());
        foreach (var sender in Enumerable.Range(0, Senders))
            Assert.Equal(got.Where(one => one / Each == sender).Order(), got.Where(one => one / Each == sender));
    }
}
