using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Xunit;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Tests.Durable.Rpc;

/// <summary>The portable SDK's own worker and client, unmodified, against the host's RPC port.</summary>
public sealed class PortableSdkTests(PortableHost host) : IClassFixture<PortableHost>, IAsyncLifetime
{
    private PortableWorker _worker = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DurableTaskClient Client => host.Client;

    public async ValueTask InitializeAsync() => _worker = await PortableWorker.StartAsync(host.Address, Tasks);

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    [Fact]
    public async Task Activities_run_in_sequence() => Assert.Equal(["hello a", "hello b", "hello c"], await RunAsync<string[]>("Sequence"));

    [Fact]
    public async Task Activities_run_side_by_side() => Assert.Equal(9900, await RunAsync<int>("FanOut", 100));

    [Fact]
    public async Task A_timer_fires_and_a_sub_orchestration_answers() => Assert.Equal("slept hello child", await RunAsync<string>("TimerThenChild"));

    [Fact]
    public async Task Events_are_delivered_also_early_ones()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("TwoEvents", Token);
        await Client.RaiseEventAsync(id, "second", 2, Token);
        await Client.RaiseEventAsync(id, "first", 1, Token);
        Assert.Equal(12, (await EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Continue_as_new_carries_its_input() => Assert.Equal(5, await RunAsync<int>("CountTo", 1));

    [Fact]
    public async Task Many_turns_run_without_a_session() => Assert.Equal(30, await RunAsync<int>("ManyTurns", 30));

    [Fact]
    public async Task A_failed_activity_is_retried_and_its_failure_told()
    {
        Assert.Equal(3, await RunAsync<int>("Retried", Guid.NewGuid().ToString()));
        var failed = await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync("Broken", Token));
        Assert.Equal(OrchestrationRuntimeStatus.Failed, failed.RuntimeStatus);
        Assert.Contains("it broke", failed.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.True(failed.FailureDetails.IsCausedBy<TaskFailedException>());
    }

    [Fact]
    public async Task An_unknown_orchestrator_or_activity_is_told_by_the_worker()
    {
        var orchestrator = await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync("Nobody", Token));
        Assert.Equal("OrchestratorTaskNotFound", orchestrator.FailureDetails!.ErrorType);
        var activity = await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync("CallsNobody", Token));
        Assert.Contains("No activity task named 'Nobody'", activity.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entities_are_called_signalled_and_locked()
    {
        var key = Guid.NewGuid().ToString("N");
        var transfers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RunAsync<int>("Transfer", key)));
        Assert.All(transfers, sum => Assert.Equal(100, sum));
        var from = await Client.Entities.GetEntityAsync<int>(new EntityInstanceId("Account", $"{key}-from"), Token);
        Assert.Equal(-50, from!.State);

        await Client.Entities.SignalEntityAsync(new EntityInstanceId("Account", $"{key}-other"), "Add", 7, cancellation: Token);
        Assert.Equal(7, await RunAsync<int>("Balance", $"{key}-other"));
        var listed = await Client.Entities.GetAllEntitiesAsync(new EntityQuery { InstanceIdStartsWith = $"@account@{key}" }).CountAsync(Token);
        Assert.Equal(3, listed);
    }

    [Fact]
    public async Task An_instance_is_suspended_resumed_and_terminated()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("TwoEvents", Token);
        await Client.WaitForInstanceStartAsync(id, Token);
        await Client.SuspendInstanceAsync(id, "wait", Token);
        await StatusAsync(id, OrchestrationRuntimeStatus.Suspended);
        await Client.ResumeInstanceAsync(id, "go", Token);
        await StatusAsync(id, OrchestrationRuntimeStatus.Running);
        await Client.TerminateInstanceAsync(id, "enough", Token);
        var ended = await EndAsync(id);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, ended.RuntimeStatus);
        Assert.Equal("enough", ended.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Instances_are_listed_read_and_purged()
    {
        var prefix = Guid.NewGuid().ToString("N");
        for (var i = 0; i < 3; i++)
            await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync("Sequence", new StartOrchestrationOptions($"{prefix}-{i}"), Token));
        var query = new OrchestrationQuery { InstanceIdPrefix = prefix, PageSize = 2, FetchInputsAndOutputs = true };
        Assert.Equal(3, await Client.GetAllInstancesAsync(query).CountAsync(Token));

        var history = await Client.GetOrchestrationHistoryAsync($"{prefix}-0", Token);
        Assert.Equal(3, history.Count(e => e is global::DurableTask.Core.History.TaskCompletedEvent));

        Assert.Equal(1, (await Client.PurgeInstanceAsync($"{prefix}-0", Token)).PurgedInstanceCount);
        Assert.Null(await Client.GetInstanceAsync($"{prefix}-0", Token));
        var running = await Client.ScheduleNewOrchestrationInstanceAsync("TwoEvents", Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Client.PurgeInstanceAsync(running, Token));
    }

    [Fact]
    public async Task A_running_id_is_not_taken_twice()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("TwoEvents", Token);
        await Assert.ThrowsAsync<global::DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException>(
            () => Client.ScheduleNewOrchestrationInstanceAsync("TwoEvents", new StartOrchestrationOptions(id), Token));
        var unknown = await Assert.ThrowsAsync<RpcException>(() => Client.RaiseEventAsync("nobody", "x", cancellation: Token));
        Assert.Equal(StatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_history_over_the_limit_of_a_message_is_streamed()
    {
        // Six results of 1 MB: more than a gRPC client takes at once.
        Assert.Equal(6 * 1024 * 1024, await RunAsync<int>("Large", 6));
    }

    [Fact]
    public async Task A_large_answer_comes_in_parts() => Assert.Equal(6 * 1024 * 1024, await RunAsync<int>("LargeFanOut", 6));

    [Fact]
    public async Task An_answer_nobody_waits_for_is_refused()
    {
        var sidecar = new P.TaskHubSidecarService.TaskHubSidecarServiceClient(host.Channel);
        var refused = await Assert.ThrowsAsync<RpcException>(
            async () => await sidecar.CompleteActivityTaskAsync(new P.ActivityResponse { CompletionToken = "none" }, cancellationToken: Token));
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
    }

    private static void Tasks(DurableTaskRegistry tasks)
    {
        var tries = new ConcurrentDictionary<string, int>();
        tasks.AddActivityFunc<string, string>("Greet", (_, name) => $"hello {name}");
        tasks.AddActivityFunc<int, int>("Twice", (_, number) => number * 2);
        tasks.AddActivityFunc<string, int>("ThirdTime", (_, key) =>
            tries.AddOrUpdate(key, 1, (_, count) => count + 1) is var count and >= 3 ? count : throw new InvalidOperationException("not yet"));
        tasks.AddActivityFunc<string, int>("Break", (_, _) => Fail());
        tasks.AddActivityFunc<int, string>("Letters", (_, count) => new string('x', count));
        tasks.AddActivityFunc<string, int>("Length", (_, text) => text.Length);
        tasks.AddOrchestratorFunc<string[]>("Sequence", async context =>
        [
            await context.CallActivityAsync<string>("Greet", "a"),
            await context.CallActivityAsync<string>("Greet", "b"),
            await context.CallActivityAsync<string>("Greet", "c"),
        ]);
        tasks.AddOrchestratorFunc<int, int>("FanOut", async (context, count) =>
            (await Task.WhenAll(Enumerable.Range(0, count).Select(i => context.CallActivityAsync<int>("Twice", i)))).Sum());
        tasks.AddOrchestratorFunc<string>("TimerThenChild", async context =>
        {
            await context.CreateTimer(TimeSpan.FromMilliseconds(5), CancellationToken.None);
            return "slept " + await context.CallSubOrchestratorAsync<string>("Child");
        });
        tasks.AddOrchestratorFunc<string>("Child", context => context.CallActivityAsync<string>("Greet", "child"));
        tasks.AddOrchestratorFunc<int>("TwoEvents", async context =>
            (await context.WaitForExternalEvent<int>("first") * 10) + await context.WaitForExternalEvent<int>("second"));
        tasks.AddOrchestratorFunc<int, int>("CountTo", (context, number) =>
        {
            if (number < 5)
                context.ContinueAsNew(number + 1);
            return Task.FromResult(number);
        });
        tasks.AddOrchestratorFunc<int, int>("ManyTurns", async (context, count) =>
        {
            var sum = 0;
            for (var i = 0; i < count; i++)
                sum += await context.CallActivityAsync<int>("Length", "x");
            return sum;
        });
        tasks.AddOrchestratorFunc<string, int>("Retried", (context, key) => context.CallActivityAsync<int>(
            "ThirdTime", key, TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromMilliseconds(1)))));
        tasks.AddOrchestratorFunc<int>("Broken", context => context.CallActivityAsync<int>("Break", "x"));
        tasks.AddOrchestratorFunc<int>("CallsNobody", context => context.CallActivityAsync<int>("Nobody", "x"));
        tasks.AddOrchestratorFunc<int, int>("Large", async (context, count) =>
        {
            var sum = 0;
            for (var i = 0; i < count; i++)
                sum += (await context.CallActivityAsync<string>("Letters", 1024 * 1024)).Length;
            return sum;
        });
        tasks.AddOrchestratorFunc<int, int>("LargeFanOut", async (context, count) => (await Task.WhenAll(Enumerable.Range(0, count)
            .Select(_ => context.CallActivityAsync<int>("Length", new string('x', 1024 * 1024))))).Sum());
        tasks.AddEntity<Account>("Account");
        tasks.AddOrchestratorFunc<string, int>("Transfer", async (context, key) =>
        {
            var from = new EntityInstanceId("Account", $"{key}-from");
            var to = new EntityInstanceId("Account", $"{key}-to");
            await using (await context.Entities.LockEntitiesAsync(from, to))
            {
                var before = await context.Entities.CallEntityAsync<int>(from, "Get") + await context.Entities.CallEntityAsync<int>(to, "Get");
                await context.Entities.CallEntityAsync(from, "Add", -10);
                await context.Entities.CallEntityAsync(to, "Add", 10);
                return 100 + before;
            }
        });
        tasks.AddOrchestratorFunc<string, int>("Balance", (context, key) =>
            context.Entities.CallEntityAsync<int>(new EntityInstanceId("Account", key), "Get"));
    }

    private static int Fail() => throw new InvalidTimeZoneException("it broke");

    private async Task<T> RunAsync<T>(string name, object? input = null)
    {
        var ended = await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync(name, input, Token));
        Assert.True(ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{ended.RuntimeStatus}: {ended.FailureDetails}");
        return ended.ReadOutputAs<T>()!;
    }

    private Task<OrchestrationMetadata> EndAsync(string id) =>
        Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token).WaitAsync(TimeSpan.FromSeconds(60), Token);

    private async Task StatusAsync(string id, OrchestrationRuntimeStatus status)
    {
        while ((await Client.GetInstanceAsync(id, Token))!.RuntimeStatus != status)
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
    }

    public sealed class Account : TaskEntity<int>
    {
        public int Add(int amount) => State += amount;

        public int Get() => State;
    }
}
