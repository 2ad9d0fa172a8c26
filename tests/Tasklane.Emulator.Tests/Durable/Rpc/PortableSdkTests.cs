using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Tests.Durable.Rpc;

/// <summary>
/// What only matters between the host and the portable SDK's worker: sizes, sessions, names nobody has. What orchestrations and
/// entities do is in the suite that all kinds of workers share.
/// </summary>
public sealed class PortableSdkTests(PortableHost host) : IClassFixture<PortableHost>, IAsyncLifetime
{
    private PortableWorker _worker = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _worker = await PortableWorker.StartAsync(host.Address, Tasks);

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    [Fact]
    public async Task Many_turns_run_without_a_session() => Assert.Equal(30, await RunAsync<int>("ManyTurns", 30));

    [Fact]
    public async Task An_unknown_orchestrator_or_activity_is_told_by_the_worker()
    {
        var orchestrator = await EndAsync("Nobody");
        Assert.Equal("OrchestratorTaskNotFound", orchestrator.FailureDetails!.ErrorType);
        var activity = await EndAsync("CallsNobody");
        Assert.Contains("No activity task named 'Nobody'", activity.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
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

    [Fact]
    public async Task A_recursive_purge_of_several_leaves_one_that_is_open_and_what_is_below_it()
    {
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync("OpenParent", Token);
        while ((await host.Client.GetInstanceAsync(id, getInputsAndOutputs: true, Token))!.SerializedCustomStatus is null)
            await Task.Yield();
        var sidecar = new P.TaskHubSidecarService.TaskHubSidecarServiceClient(host.Channel);

        var purged = await sidecar.PurgeInstancesAsync(
            new P.PurgeInstancesRequest { InstanceBatch = new P.InstanceBatch { InstanceIds = { id } }, Recursive = true }, cancellationToken: Token);

        Assert.Equal(0, purged.DeletedInstanceCount);
        Assert.NotNull(await host.Client.GetInstanceAsync($"{id}.child", Token));
    }

    private static void Tasks(DurableTaskRegistry tasks)
    {
        tasks.AddOrchestratorFunc("OpenParent", async context =>
        {
            await context.CallSubOrchestratorAsync<int>("ManyTurns", 1, new SubOrchestrationOptions(instanceId: $"{context.InstanceId}.child"));
            context.SetCustomStatus("open");
            return await context.WaitForExternalEvent<string>("go");
        });
        tasks.AddActivityFunc<int, string>("Letters", (_, count) => new string('x', count));
        tasks.AddActivityFunc<string, int>("Length", (_, text) => text.Length);
        tasks.AddOrchestratorFunc<int, int>("ManyTurns", async (context, count) =>
        {
            var sum = 0;
            for (var i = 0; i < count; i++)
                sum += await context.CallActivityAsync<int>("Length", "x");
            return sum;
        });
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
    }

    private async Task<T> RunAsync<T>(string name, object? input)
    {
        var ended = await EndAsync(name, input);
        Assert.True(ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{ended.RuntimeStatus}: {ended.FailureDetails}");
        return ended.ReadOutputAs<T>()!;
    }

    private async Task<OrchestrationMetadata> EndAsync(string name, object? input = null)
    {
        var id = await host.Client.ScheduleNewOrchestrationInstanceAsync(name, input, Token);
        return await host.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token)
            .WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Token);
    }
}
