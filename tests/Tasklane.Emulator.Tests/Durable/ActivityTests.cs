using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class ActivityTests
{
    [Theory, EveryMode]
    public async Task An_activity_gets_its_input_and_gives_its_output(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<string, string>("Greet", name => $"Hello, {name}!")
            .Orchestrator("One", async context => await context.CallActivityAsync<string>("greet", context.GetInput<string>()))
            .StartAsync();

        var ended = await run.RunAsync("one", "you");

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Equal("Hello, you!", ended.ReadOutputAs<string>());
        Assert.Equal("you", ended.ReadInputAs<string>());
        Assert.Matches("^[0-9a-f]{32}$", ended.InstanceId);
    }

    [Theory, EveryMode]
    public async Task Activities_in_sequence_and_in_parallel_all_arrive(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Square", number => number * number)
            .Orchestrator("Sum", async context =>
            {
                var sum = 0;
                for (var i = 0; i < 20; i++)
                    sum += await context.CallActivityAsync<int>("Square", i);
                var squares = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => context.CallActivityAsync<int>("Square", i)));
                return sum + squares.Sum();
            })
            .StartAsync();

        Assert.Equal(2470 + 328350, (await run.RunAsync("Sum")).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task No_more_activities_run_at_once_than_allowed(Mode mode)
    {
        var running = 0;
        var most = 0;
        await using var run = await new DurableRun(mode) { MaxConcurrentActivities = 3 }
            .Activity<int, int>("Count", async (number, _) =>
            {
                var now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                await Task.Yield();
                Interlocked.Decrement(ref running);
                return number;
            })
            .Orchestrator("Many", context =>
                Task.WhenAll(Enumerable.Range(0, 50).Select(i => context.CallActivityAsync("Count", i))))
            .StartAsync();

        Assert.Equal(OrchestrationRuntimeStatus.Completed, (await run.RunAsync("Many")).RuntimeStatus);
        Assert.InRange(most, 1, 3);
    }

    [Theory, EveryMode]
    public async Task A_failed_activity_is_a_task_failed_exception_with_the_details(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Fail", static _ => throw new ArgumentOutOfRangeException(
                "thing", new FileNotFoundException("lost")))
            .Orchestrator("Catch", async context =>
            {
                try
                {
                    await context.CallActivityAsync("Fail", 1);
                    return "nothing";
                }
                catch (TaskFailedException failed)
                {
                    var details = failed.FailureDetails;
                    Assert.True(details.IsCausedBy<ArgumentException>());
                    Assert.False(details.IsCausedBy<FileNotFoundException>());
                    Assert.NotNull(details.StackTrace);
                    return $"{failed.TaskName} {failed.TaskId} {details.ErrorType} {details.InnerFailure!.ErrorType}";
                }
            })
            .StartAsync();

        var ended = await run.RunAsync("Catch");

        Assert.Null(ended.FailureDetails);
        Assert.Equal(
            "Fail 0 System.ArgumentOutOfRangeException System.IO.FileNotFoundException", ended.ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task An_uncaught_failure_of_an_activity_fails_the_orchestration_with_the_cause_inside(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Fail", static _ => throw new InvalidDataException("bad data"))
            .Orchestrator("Pass", context => context.CallActivityAsync("Fail", 1))
            .StartAsync();

        var ended = await run.RunAsync("Pass");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal("Microsoft.DurableTask.TaskFailedException", ended.FailureDetails!.ErrorType);
        Assert.Equal("System.IO.InvalidDataException", ended.FailureDetails.InnerFailure!.ErrorType);
        Assert.Equal("bad data", ended.FailureDetails.InnerFailure.ErrorMessage);
    }

    [Theory, EveryMode]
    public async Task Two_failures_of_a_when_all_are_both_kept(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Fail", static number => throw new InvalidDataException($"bad {number}"))
            .Orchestrator("Both", async context =>
            {
                var all = Task.WhenAll(context.CallActivityAsync("Fail", 1), context.CallActivityAsync("Fail", 2));
                try
                {
                    await all;
                }
                catch (TaskFailedException)
                {
                    return all.Exception!.InnerExceptions.Select(one => ((TaskFailedException)one).FailureDetails.ErrorMessage);
                }

                return null;
            })
            .StartAsync();

        // In the order they came, which is nobody's choice.
        var messages = (await run.RunAsync("Both")).ReadOutputAs<string[]>()!;
        Assert.Equal(new[] { "bad 1", "bad 2" }, messages.Order());
    }

    [Theory, EveryMode]
    public async Task Unknown_names_are_failures_of_their_own_types(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Calls", context => context.CallActivityAsync("Nowhere"))
            .Orchestrator("Starts", context => context.CallSubOrchestratorAsync("NoSuch"))
            .StartAsync();

        var unknownActivity = await run.RunAsync("Calls");
        var unknownOrchestrator = await run.RunAsync("Starts");

        Assert.Equal("ActivityTaskNotFound", unknownActivity.FailureDetails!.InnerFailure!.ErrorType);
        Assert.Equal("OrchestratorTaskNotFound", unknownOrchestrator.FailureDetails!.InnerFailure!.ErrorType);
    }

    [Theory, EveryMode]
    public async Task A_result_of_the_wrong_type_fails_where_it_is_awaited(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, string>("Text", number => $"number {number}")
            .Orchestrator("Misread", async context => await context.CallActivityAsync<int>("Text", 1))
            .StartAsync();

        Assert.Equal("System.Text.Json.JsonException", (await run.RunAsync("Misread")).FailureDetails!.ErrorType);
    }

    [Theory, EveryMode]
    public async Task Large_payloads_pass_unchanged(Mode mode)
    {
        var large = new string('ä', 500_000);
        await using var run = await new DurableRun(mode)
            .Activity<string, string>("Echo", text => text)
            .Orchestrator("Echoes", async context =>
            {
                context.SetCustomStatus(new string('x', 200_000));
                return await context.CallActivityAsync<string>("Echo", context.GetInput<string>());
            })
            .StartAsync();

        var ended = await run.RunAsync("Echoes", large);

        Assert.Equal(large, ended.ReadInputAs<string>());
        Assert.Equal(large, ended.ReadOutputAs<string>());
        Assert.Equal(200_000, ended.ReadCustomStatusAs<string>()!.Length);
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
