using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class LifecycleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, EveryMode]
    public async Task Termination_ends_an_instance_with_the_given_output_and_lets_its_activity_go_on(Mode mode)
    {
        var started = new Signal();
        var mayEnd = new Signal();
        var ended = new Signal();
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Slow", async (_, _) =>
            {
                started.Set();
                await mayEnd.Reached;
                ended.Set();
                return 1;
            })
            .Orchestrator("Work", context => context.CallActivityAsync("Slow", 0))
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Work", Cancellation);
        await started.Reached;

        await run.Client.TerminateInstanceAsync(id, "stopped", Cancellation);

        var terminated = await run.EndOf(id);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, terminated.RuntimeStatus);
        Assert.Equal("stopped", terminated.ReadOutputAs<string>());
        mayEnd.Set();
        await ended.Reached;
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await run.Get(id)).RuntimeStatus);
    }

    [Theory, EveryMode]
    public async Task A_terminated_instances_timer_does_nothing(Mode mode)
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
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Sleep", Cancellation);
        await waiting.Reached;
        await run.Client.TerminateInstanceAsync(id, cancellation: Cancellation);

        run.Clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await run.EndOf(id)).RuntimeStatus);
    }

    [Theory, EveryMode]
    public async Task Terminating_an_unknown_or_ended_instance_is_refused(Mode mode)
    {
        await using var run = await new DurableRun(mode).Orchestrator("Nothing", _ => Task.CompletedTask).StartAsync();
        await run.RunAsync("Nothing", id: "ended");

        var unknown = await Assert.ThrowsAsync<RpcException>(
            () => run.Client.TerminateInstanceAsync("x", cancellation: Cancellation));
        var ended = await Assert.ThrowsAsync<RpcException>(
            () => run.Client.TerminateInstanceAsync("ended", cancellation: Cancellation));

        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
        Assert.Equal(StatusCode.FailedPrecondition, ended.StatusCode);
    }

    [Theory, EveryMode]
    public async Task A_suspended_instance_keeps_its_events_until_it_is_resumed(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", async context =>
                (await context.WaitForExternalEvent<int>("a")) + (await context.WaitForExternalEvent<int>("b")))
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancellation);
        await run.Client.SuspendInstanceAsync(id, "pause", Cancellation);

        await run.Client.RaiseEventAsync(id, "a", 1, Cancellation);
        await run.Client.RaiseEventAsync(id, "b", 2, Cancellation);
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await run.Get(id)).RuntimeStatus);
        await run.Client.ResumeInstanceAsync(id, "go on", Cancellation);

        Assert.Equal(3, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task An_instance_suspended_before_it_begins_asks_for_nothing_until_it_is_resumed_and_loses_nothing(Mode mode)
    {
        var counter = new EntityInstanceId("counter", "one");
        await using var run = await new DurableRun(mode)
            .Entity("counter", operation =>
            {
                operation.State.SetState(operation.State.GetState<int>() + (operation.Name == "add" ? 1 : 0));
                return new ValueTask<object?>(operation.State.GetState<int>());
            })
            .Orchestrator("Signal", async context => await context.Entities.SignalEntityAsync(counter, "add"))
            .Orchestrator("Get", async context => await context.Entities.CallEntityAsync<int>(counter, "get"))
            .StartAsync();
        var later = new StartOrchestrationOptions(StartAt: run.Clock.GetUtcNow().AddHours(1));
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Signal", null, later, Cancellation);
        await run.Client.SuspendInstanceAsync(id, cancellation: Cancellation);
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await run.Get(id)).RuntimeStatus);

        run.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(0, (await run.RunAsync("Get")).ReadOutputAs<int>());
        await run.CrashAndStartAsync();
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await run.Get(id)).RuntimeStatus);
        await run.Client.ResumeInstanceAsync(id, cancellation: Cancellation);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await run.EndOf(id)).RuntimeStatus);
        Assert.Equal(1, (await run.RunAsync("Get")).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task A_suspended_instance_survives_a_restart_and_may_be_terminated(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", context => context.WaitForExternalEvent<int>("a"))
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", Cancellation);
        await run.Client.SuspendInstanceAsync(id, cancellation: Cancellation);
        await run.StopAsync();
        await run.StartAsync();

        await run.Client.RaiseEventAsync(id, "a", 1, Cancellation);
        Assert.Equal(OrchestrationRuntimeStatus.Suspended, (await run.Get(id)).RuntimeStatus);
        await run.Client.TerminateInstanceAsync(id, cancellation: Cancellation);

        Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await run.EndOf(id)).RuntimeStatus);
    }

    [Theory, EveryMode]
    public async Task An_active_id_is_refused_and_an_ended_one_used_again(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", async context =>
                context.GetInput<int>() + (await context.WaitForExternalEvent<int>("go")))
            .StartAsync();
        var once = new StartOrchestrationOptions("once:a-b");
        await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", 10, once, Cancellation);

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(
            () => run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", 20, once, Cancellation));
        await run.Client.RaiseEventAsync("once:a-b", "go", 1, Cancellation);
        Assert.Equal(11, (await run.EndOf("once:a-b")).ReadOutputAs<int>());
        await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", 30, once, Cancellation);
        Assert.Contains(
            (await run.Get("once:a-b")).RuntimeStatus, new[] { OrchestrationRuntimeStatus.Pending, OrchestrationRuntimeStatus.Running });
        await run.Client.RaiseEventAsync("once:a-b", "go", 2, Cancellation);

        Assert.Equal(32, (await run.EndOf("once:a-b")).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task Of_many_that_start_one_id_at_once_one_wins(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", context => context.WaitForExternalEvent<int>("go"))
            .StartAsync();

        var attempts = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            try
            {
                await Task.Yield();
                await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions("one"), Cancellation);
                return 1;
            }
            catch (OrchestrationAlreadyExistsException)
            {
                return 0;
            }
        }));

        Assert.Equal(1, attempts.Sum());
    }

    [Theory, EveryMode]
    public async Task Dedupe_statuses_say_which_states_refuse(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Nothing", _ => Task.CompletedTask)
            .Orchestrator("Wait", context => context.WaitForExternalEvent<int>("go"))
            .StartAsync();
        await run.RunAsync("Nothing", id: "done");
        await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions("busy"), Cancellation);

        await Assert.ThrowsAsync<OrchestrationAlreadyExistsException>(() => run.Client.ScheduleNewOrchestrationInstanceAsync(
            "Nothing", new StartOrchestrationOptions("done") { DedupeStatuses = ["completed"] }, Cancellation));
        await run.Client.ScheduleNewOrchestrationInstanceAsync(
            "Nothing", new StartOrchestrationOptions("busy") { DedupeStatuses = ["Failed"] }, Cancellation);

        Assert.Equal("Nothing", (await run.EndOf("busy")).Name);
    }

    [Theory, EveryMode]
    public async Task Ids_of_entities_are_refused(Mode mode)
    {
        await using var run = await new DurableRun(mode).Orchestrator("Nothing", _ => Task.CompletedTask).StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => run.Client.ScheduleNewOrchestrationInstanceAsync(
            "Nothing", new StartOrchestrationOptions("@counter@one"), Cancellation));
    }

    [Theory, EveryMode]
    public async Task A_delayed_start_waits_for_its_time_also_across_a_restart(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Later", context => Task.FromResult<object?>(context.CurrentUtcDateTime))
            .StartAsync();
        var at = run.Clock.GetUtcNow().AddDays(2);
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync(
            "Later", new StartOrchestrationOptions(null, at), Cancellation);
        await run.StopAsync();
        await run.StartAsync();
        run.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(OrchestrationRuntimeStatus.Pending, (await run.Get(id)).RuntimeStatus);

        run.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(at.UtcDateTime, (await run.EndOf(id)).ReadOutputAs<DateTime>());
    }

    [Theory, EveryMode]
    public async Task A_purged_instance_is_gone_and_a_running_one_stays(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Nothing", _ => Task.CompletedTask)
            .Orchestrator("Wait", context => context.WaitForExternalEvent<int>("go"))
            .StartAsync();
        await run.RunAsync("Nothing", id: "done");
        await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions("busy"), Cancellation);

        Assert.Equal(1, (await run.Client.PurgeInstanceAsync("done", Cancellation)).PurgedInstanceCount);
        Assert.Equal(0, (await run.Client.PurgeInstanceAsync("done", Cancellation)).PurgedInstanceCount);
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => run.Client.PurgeInstanceAsync("busy", Cancellation));
        Assert.StartsWith("Only orchestrations in a terminal state can be purged", refused.Message, StringComparison.Ordinal);

        Assert.Null(await run.Client.GetInstanceAsync("done", Cancellation));
        Assert.NotNull(await run.Client.GetInstanceAsync("busy", Cancellation));
        Assert.Null(run.Engine.Queries.History("done"));
        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await run.RunAsync("Nothing", id: "done")).RuntimeStatus);
    }

    [Theory, EveryMode]
    public async Task A_purge_by_filter_takes_what_has_ended_in_its_time(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Nothing", _ => Task.CompletedTask)
            .Orchestrator("Fail", _ => throw new InvalidDataException())
            .Orchestrator("Wait", context => context.WaitForExternalEvent<int>("go"))
            .StartAsync();
        for (var i = 0; i < 300; i++)
            await run.RunAsync("Nothing");
        await run.RunAsync("Fail");
        await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions("busy"), Cancellation);
        var until = run.Clock.GetUtcNow();
        run.Clock.Advance(TimeSpan.FromHours(1));
        await run.RunAsync("Nothing", id: "young");

        var failed = await run.Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(null, until, [OrchestrationRuntimeStatus.Failed]), Cancellation);
        var rest = await run.Client.PurgeAllInstancesAsync(new PurgeInstancesFilter(null, until), Cancellation);

        Assert.Equal(1, failed.PurgedInstanceCount);
        Assert.Equal(300, rest.PurgedInstanceCount);
        Assert.NotNull(await run.Client.GetInstanceAsync("busy", Cancellation));
        Assert.NotNull(await run.Client.GetInstanceAsync("young", Cancellation));
    }

    [Theory, EveryMode]
    public async Task A_restart_runs_the_same_input_again(Mode mode)
    {
        var runs = 0;
        await using var run = await new DurableRun(mode)
            .Activity<string, string>("Count", text => $"{text} {Interlocked.Increment(ref runs)}")
            .Orchestrator("Echo", async context => await context.CallActivityAsync<string>("Count", context.GetInput<string>()))
            .StartAsync();
        await run.RunAsync("Echo", "run", "echo");

        Assert.Equal("echo", await run.Client.RestartAsync("echo", cancellation: Cancellation));
        Assert.Equal("run 2", (await run.EndOf("echo")).ReadOutputAs<string>());
        var other = await run.Client.RestartAsync("echo", restartWithNewInstanceId: true, Cancellation);

        Assert.NotEqual("echo", other);
        Assert.Equal("run 3", (await run.EndOf(other)).ReadOutputAs<string>());
        await Assert.ThrowsAsync<ArgumentException>(() => run.Client.RestartAsync("x", cancellation: Cancellation));
    }

    [Theory, EveryMode]
    public async Task Waits_end_for_instances_that_come_later_and_let_go_when_cancelled(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Wait", context => context.WaitForExternalEvent<int>("go"))
            .StartAsync();
        using var impatient = new CancellationTokenSource();
        var given = run.Client.WaitForInstanceCompletionAsync("later", impatient.Token);
        var start = run.Client.WaitForInstanceStartAsync("later", Cancellation);
        var end = run.Client.WaitForInstanceCompletionAsync("later", Cancellation);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);

        await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions("later"), Cancellation);
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await start).RuntimeStatus);
        Assert.False(end.IsCompleted);
        await run.Client.RaiseEventAsync("later", "go", 1, Cancellation);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await end).RuntimeStatus);
        Assert.Throws<InvalidOperationException>(() => end.Result.ReadOutputAs<int>());
    }
}
