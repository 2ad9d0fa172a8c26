using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Worker;
using Xunit;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Tests.Durable.Rpc;

/// <summary>Several portable workers at one host: filters, and workers that go in the middle of their work.</summary>
public sealed class SeveralWorkersTests : IAsyncLifetime
{
    private readonly PortableHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.InitializeAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task What_a_killed_worker_had_runs_on_another()
    {
        var held = new Tasklane.Testbed.Signal("the first worker has the activity");
        var never = new TaskCompletionSource<string>();
        await using var first = await PortableWorker.StartAsync(_host.Address, tasks =>
        {
            Orchestrator(tasks);
            Who(tasks, () =>
            {
                held.Send();
                return never.Task;
            });
        });
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Ask", Token);
        await held.WaitAsync(ct: Token);
        await using var second = await StartAsync("second");
        first.Kill();
        Assert.Equal("second", await OutputAsync(id));
    }

    [Fact]
    public async Task Work_waits_for_the_first_worker_and_between_two()
    {
        var early = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Ask", Token);
        await using (await StartAsync("one"))
            Assert.Equal("one", await OutputAsync(early));

        var between = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Ask", Token);
        await using var two = await StartAsync("two");
        Assert.Equal("two", await OutputAsync(between));
    }

    [Fact]
    public async Task A_version_that_one_worker_rejects_is_run_by_another()
    {
        await using var first = await VersionedAsync("1.0");
        await using var second = await VersionedAsync("2.0");

        foreach (var version in (string[])["2.0", "1.0", "2.0"])
        {
            var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync(
                "Ask", null, new StartOrchestrationOptions { Version = new TaskVersion(version) }, Token);
            Assert.Equal(version, await OutputAsync(id));
        }

        Task<PortableWorker> VersionedAsync(string version) => PortableWorker.StartAsync(
            _host.Address,
            tasks =>
            {
                Orchestrator(tasks);
                Who(tasks, () => Task.FromResult(version));
            },
            worker => worker.UseVersioning(new DurableTaskWorkerOptions.VersioningOptions
            {
                Version = version,
                MatchStrategy = DurableTaskWorkerOptions.VersionMatchStrategy.Strict,
                FailureStrategy = DurableTaskWorkerOptions.VersionFailureStrategy.Reject,
            }));
    }

    [Fact]
    public async Task Each_worker_gets_what_its_filter_names()
    {
        await using var turns = await PortableWorker.StartAsync(_host.Address, Orchestrator, worker => worker.UseWorkItemFilters(
            new DurableTaskWorkerWorkItemFilters { Orchestrations = [new() { Name = "Ask", Versions = [] }], Activities = [], Entities = [] }));
        await using var activities = await PortableWorker.StartAsync(
            _host.Address,
            tasks => Who(tasks, () => Task.FromResult("filtered")),
            worker => worker.UseWorkItemFilters(
                new DurableTaskWorkerWorkItemFilters { Orchestrations = [], Activities = [new() { Name = "Who", Versions = [] }], Entities = [] }));
        var ids = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _host.Client.ScheduleNewOrchestrationInstanceAsync("Ask", Token)));
        Assert.All(await Task.WhenAll(ids.Select(OutputAsync)), output => Assert.Equal("filtered", output));
    }

    [Fact]
    public async Task A_worker_gets_no_more_than_it_can_take_and_the_rest_goes_on()
    {
        var started = new Tasklane.Testbed.Signal<int>("an activity has begun");
        var open = new TaskCompletionSource();
        var running = 0;
        await using var worker = await PortableWorker.StartAsync(
            _host.Address,
            tasks =>
            {
                tasks.AddActivityFunc<int, int>("Hold", async (_, number) =>
                {
                    started.Send(Interlocked.Increment(ref running));
                    await open.Task;
                    Interlocked.Decrement(ref running);
                    return number;
                });
                tasks.AddOrchestratorFunc<int>("HoldMany", async context =>
                    (await Task.WhenAll(Enumerable.Range(0, 10).Select(i => context.CallActivityAsync<int>("Hold", i)))).Sum());
            },
            worker => worker.Configure(options => options.Concurrency.MaximumConcurrentActivityWorkItems = 2));
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("HoldMany", Token);
        await started.NextAsync(ct: Token);
        await started.NextAsync(ct: Token);
        open.SetResult();
        for (var i = 0; i < 8; i++)
            Assert.InRange(await started.NextAsync(ct: Token), 1, 2);
        Assert.Equal("45", (await EndAsync(id)).SerializedOutput);
    }

    [Fact]
    public async Task A_stream_begins_with_a_ping_and_ends_when_the_host_stops()
    {
        var sidecar = new P.TaskHubSidecarService.TaskHubSidecarServiceClient(_host.Channel);
        using var stream = sidecar.GetWorkItems(new P.GetWorkItemsRequest(), cancellationToken: Token);
        Assert.True(await stream.ResponseStream.MoveNext(Token));
        Assert.NotNull(stream.ResponseStream.Current.HealthPing);
        var end = stream.ResponseStream.MoveNext(Token);
        await _host.Host.StopAsync();
        Assert.False(await end);
    }

    [Fact]
    public async Task The_hub_is_emptied_when_it_is_deleted()
    {
        await using var worker = await StartAsync("one");
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Forever", Token);
        await _host.Client.WaitForInstanceStartAsync(id, Token);
        await OutputAsync(await _host.Client.ScheduleNewOrchestrationInstanceAsync("Ask", Token));
        var sidecar = new P.TaskHubSidecarService.TaskHubSidecarServiceClient(_host.Channel);
        await sidecar.DeleteTaskHubAsync(new P.DeleteTaskHubRequest(), cancellationToken: Token);
        Assert.Equal(0, await _host.Client.GetAllInstancesAsync(new OrchestrationQuery()).CountAsync(Token));
    }

    [Fact]
    public async Task An_activity_that_ran_when_the_host_was_killed_waits_for_its_worker_after_the_restart()
    {
        var folder = Directory.CreateTempSubdirectory("tasklane-portable-");
        try
        {
            var held = new Tasklane.Testbed.Signal("the activity runs");
            string id;
            await using (var killed = new PortableHost())
            {
                await killed.StartAsync(folder.FullName);
                await using var worker = await PortableWorker.StartAsync(killed.Address, tasks =>
                {
                    Orchestrator(tasks);
                    Who(tasks, () =>
                    {
                        held.Send();
                        return new TaskCompletionSource<string>().Task;
                    });
                });
                id = await killed.Client.ScheduleNewOrchestrationInstanceAsync("Ask", Token);
                await held.WaitAsync(ct: Token);
                await killed.Host.KillAsync();
            }

            await using var next = new PortableHost();
            await next.StartAsync(folder.FullName);
            await using var later = await PortableWorker.StartAsync(next.Address, tasks =>
            {
                Orchestrator(tasks);
                Who(tasks, () => Task.FromResult("after the restart"));
            });
            var ended = await next.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
            Assert.Equal("after the restart", ended.ReadOutputAs<string>());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Orchestrator(DurableTaskRegistry tasks)
    {
        tasks.AddOrchestratorFunc<string>("Ask", context => context.CallActivityAsync<string>("Who", "?"));
        tasks.AddOrchestratorFunc<string>("Forever", context => context.WaitForExternalEvent<string>("never"));
    }

    private static void Who(DurableTaskRegistry tasks, Func<Task<string>> answer) =>
        tasks.AddActivityFunc<string, string>("Who", (_, _) => answer());

    private Task<PortableWorker> StartAsync(string name) => PortableWorker.StartAsync(_host.Address, tasks =>
    {
        Orchestrator(tasks);
        Who(tasks, () => Task.FromResult(name));
    });

    private async Task<string?> OutputAsync(string id) => (await EndAsync(id)).ReadOutputAs<string>();

    private Task<OrchestrationMetadata> EndAsync(string id) =>
        _host.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token).WaitAsync(TimeSpan.FromSeconds(60), Token);
}
