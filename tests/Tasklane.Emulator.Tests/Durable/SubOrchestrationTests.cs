using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class SubOrchestrationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, EveryMode]
    public async Task A_child_gets_its_input_knows_its_parent_and_answers(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Double", number => 2 * number)
            .Orchestrator("Child", async context => new Answer(
                await context.CallActivityAsync<int>("Double", context.GetInput<int>()),
                context.Parent!.InstanceId,
                context.Parent.Name.Name))
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<Answer>("Child", 21))
            .StartAsync();

        var ended = await run.RunAsync("Parent", id: "parent");

        Assert.Equal(new Answer(42, "parent", "Parent"), ended.ReadOutputAs<Answer>());
    }

    [Theory, EveryMode]
    public async Task Children_without_an_id_get_one_that_replay_gets_again(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Child", context => Task.FromResult<object?>(context.InstanceId))
            .Orchestrator("Parent", async context =>
            {
                var ids = new List<string>();
                for (var i = 0; i < 3; i++)
                    ids.Add(await context.CallSubOrchestratorAsync<string>("Child"));
                return ids;
            })
            .StartAsync();

        var ids = (await run.RunAsync("Parent")).ReadOutputAs<string[]>()!;

        Assert.Equal(3, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{32}$", id));
    }

    [Theory, EveryMode]
    public async Task A_child_may_be_given_an_id_and_a_version(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Child", context => Task.FromResult<object?>($"{context.InstanceId} {context.Version}"))
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>(
                "Child", options: new SubOrchestrationOptions(instanceId: "the-child") { Version = "1.2" }))
            .StartAsync();

        Assert.Equal("the-child 1.2", (await run.RunAsync("Parent")).ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task A_failed_child_fails_where_it_is_awaited(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Child", _ => throw new InvalidDataException("broken"))
            .Orchestrator("Parent", async context =>
            {
                var failed = await Assert.ThrowsAsync<TaskFailedException>(() => context.CallSubOrchestratorAsync("Child"));
                return $"{failed.TaskName}: {failed.FailureDetails.ErrorType}: {failed.FailureDetails.ErrorMessage}";
            })
            .StartAsync();

        Assert.Equal(
            "Child: System.IO.InvalidDataException: broken", (await run.RunAsync("Parent")).ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task A_terminated_child_fails_for_its_parent(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Child", context => context.WaitForExternalEvent<int>("never"))
            .Orchestrator("Parent", async context =>
            {
                await Assert.ThrowsAsync<TaskFailedException>(() => context.CallSubOrchestratorAsync(
                    "Child", options: new SubOrchestrationOptions(instanceId: "child")));
                return "knows";
            })
            .StartAsync();
        var parent = await run.Client.ScheduleNewOrchestrationInstanceAsync("Parent", Cancellation);
        await run.Client.WaitForInstanceStartAsync("child", Cancellation);

        await run.Client.TerminateInstanceAsync("child", "enough", Cancellation);

        Assert.Equal("knows", (await run.EndOf(parent)).ReadOutputAs<string>());
        Assert.Equal("enough", (await run.Get("child")).ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task A_child_with_the_id_of_an_active_instance_fails(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Busy", context => context.WaitForExternalEvent<int>("never"))
            .Orchestrator("Parent", async context =>
            {
                var failed = await Assert.ThrowsAsync<TaskFailedException>(() => context.CallSubOrchestratorAsync(
                    "Busy", options: new SubOrchestrationOptions(instanceId: "taken")));
                return failed.FailureDetails.ErrorType;
            })
            .StartAsync();
        await run.Client.ScheduleNewOrchestrationInstanceAsync("Busy", new StartOrchestrationOptions("taken"), Cancellation);

        Assert.Equal(
            "DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException",
            (await run.RunAsync("Parent")).ReadOutputAs<string>());
    }

    [Theory, EveryMode]
    public async Task Children_of_children_in_parallel_all_answer(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Tree", async context =>
            {
                var depth = context.GetInput<int>();
                if (depth == 0)
                    return 1;
                var below = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ =>
                    context.CallSubOrchestratorAsync<int>("Tree", depth - 1)));
                return below.Sum();
            })
            .StartAsync();

        Assert.Equal(27, (await run.RunAsync("Tree", 3)).ReadOutputAs<int>());
    }

    private sealed record Answer(int Number, string ParentId, string ParentName);
}
