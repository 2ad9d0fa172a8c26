using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Microsoft.DurableTask.Worker;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Durable.Rpc;

/// <summary>Work for portable workers that are not there: it waits, and keeps nobody else from theirs.</summary>
public sealed class AbsentWorkerTests : IAsyncLifetime
{
    private readonly PortableHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Turns_that_wait_for_their_worker_hold_no_slot_of_the_function_app()
    {
        await _host.StartAsync(functions: ["Double", "Twice"], settings: Limit("maxConcurrentOrchestratorFunctions", 2));
        await using var worker = await PortableWorker.StartAsync(
            _host.Address,
            tasks => tasks.AddOrchestratorFunc<int>("Portable", _ => Task.FromResult(1)),
            worker => worker.UseWorkItemFilters(new DurableTaskWorkerWorkItemFilters
            {
                Orchestrations = [new() { Name = "Portable", Versions = ["1"] }],
                Activities = [],
                Entities = [],
            }));
        var waiting = new List<string>();
        for (var i = 0; i < 4; i++)
            waiting.Add(await StartAsync("Portable", version: "2"));

        Assert.Equal(14, (await EndAsync(await _host.Client.ScheduleNewOrchestrationInstanceAsync("Double", 7, Token))).ReadOutputAs<int>());

        await using var later = await PortableWorker.StartAsync(
            _host.Address, tasks => tasks.AddOrchestratorFunc<int>("Portable", _ => Task.FromResult(2)));
        foreach (var id in waiting)
            Assert.Equal(2, (await EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Activities_that_wait_for_their_worker_hold_no_slot_of_the_function_app()
    {
        await _host.StartAsync(functions: ["Double", "Twice"], settings: Limit("maxConcurrentActivityFunctions", 2));
        await ComeAndGoAsync(tasks => tasks.AddActivityFunc<int, int>("Away", (_, number) => number), Filter(["Here"], activities: ["Away"]));

        await using var worker = await PortableWorker.StartAsync(
            _host.Address,
            tasks => tasks.AddOrchestratorFunc<int>("Portable", async context =>
                (await Task.WhenAll(Enumerable.Range(0, 4).Select(i => context.CallActivityAsync<int>("Away", i)))).Sum()),
            worker => worker.UseWorkItemFilters(Filter(orchestrations: ["Portable"])));
        var id = await StartAsync("Portable");
        await _host.Client.WaitForInstanceStartAsync(id, Token);

        Assert.Equal(14, (await EndAsync(await _host.Client.ScheduleNewOrchestrationInstanceAsync("Double", 7, Token))).ReadOutputAs<int>());

        await using var later = await PortableWorker.StartAsync(
            _host.Address,
            tasks => tasks.AddActivityFunc<int, int>("Away", (_, number) => number),
            worker => worker.UseWorkItemFilters(Filter(activities: ["Away"])));
        Assert.Equal(6, (await EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task Entities_that_wait_for_their_worker_hold_no_slot_of_the_function_app()
    {
        await _host.StartAsync(functions: ["Double", "Twice"], settings: Limit("maxConcurrentOrchestratorFunctions", 2));
        await ComeAndGoAsync(tasks => tasks.AddEntity("away", _ => new Away()), Filter(["Here"], entities: ["away"]));

        for (var i = 0; i < 4; i++)
            await _host.Client.Entities.SignalEntityAsync(new("away", $"{i}"), "add", cancellation: Token);

        Assert.Equal(14, (await EndAsync(await _host.Client.ScheduleNewOrchestrationInstanceAsync("Double", 7, Token))).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_sub_orchestration_waits_for_the_first_worker_that_has_it()
    {
        await _host.StartAsync();
        await using var parents = await PortableWorker.StartAsync(
            _host.Address,
            tasks => tasks.AddOrchestratorFunc<int>("Parent", async context => 1 + await context.CallSubOrchestratorAsync<int>("Child")),
            worker => worker.UseWorkItemFilters(Filter(orchestrations: ["Parent"])));
        var id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Parent", Token);
        await _host.Client.WaitForInstanceStartAsync(id, Token);

        await using var children = await PortableWorker.StartAsync(
            _host.Address,
            tasks => tasks.AddOrchestratorFunc<int>("Child", context => context.CallActivityAsync<int>("Leaf", 1)),
            worker => worker.UseWorkItemFilters(Filter(orchestrations: ["Child"])));
        await using var leaves = await PortableWorker.StartAsync(
            _host.Address,
            tasks => tasks.AddActivityFunc<int, int>("Leaf", (_, number) => number),
            worker => worker.UseWorkItemFilters(Filter(activities: ["Leaf"])));
        Assert.Equal(2, (await EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task An_activity_under_way_is_not_begun_again_when_a_worker_for_its_orchestrator_comes()
    {
        await _host.StartAsync();
        var held = new Testbed.Signal("the slow activity runs");
        var quick = new TaskCompletionSource<int>();
        var slow = new TaskCompletionSource<int>();
        var runs = 0;
        await using var activities = await PortableWorker.StartAsync(
            _host.Address,
            tasks => tasks
                .AddActivityFunc<int, int>("Quick", (_, _) => quick.Task)
                .AddActivityFunc<int, int>("Slow", (_, _) =>
                {
                    Interlocked.Increment(ref runs);
                    held.Send();
                    return slow.Task;
                }),
            worker => worker.UseWorkItemFilters(Filter(activities: ["Quick", "Slow"])));
        string id;
        await using (await StartBothAsync())
        {
            id = await _host.Client.ScheduleNewOrchestrationInstanceAsync("Both", Token);
            await held.WaitAsync(ct: Token);
        }

        // Its turn now waits for a worker, while the other activity goes on.
        quick.SetResult(1);
        await using var next = await StartBothAsync();
        Assert.Equal(2, (await EndAsync(await _host.Client.ScheduleNewOrchestrationInstanceAsync("Other", Token))).ReadOutputAs<int>());
        slow.SetResult(2);
        Assert.Equal(3, (await EndAsync(id)).ReadOutputAs<int>());
        Assert.Equal(1, runs);
    }

    /// <summary>A worker whose names the host knows from then on.</summary>
    private async Task ComeAndGoAsync(Action<DurableTaskRegistry> add, DurableTaskWorkerWorkItemFilters filter)
    {
        await using var worker = await PortableWorker.StartAsync(
            _host.Address,
            tasks =>
            {
                tasks.AddOrchestratorFunc<int>("Here", _ => Task.FromResult(1));
                add(tasks);
            },
            worker => worker.UseWorkItemFilters(filter));
        await EndAsync(await StartAsync("Here"));
    }

    /// <summary>Starts what only a portable worker has, once the host has heard of it.</summary>
    private async Task<string> StartAsync(string name, string version = "")
    {
        while (true)
        {
            try
            {
                return await _host.Client.ScheduleNewOrchestrationInstanceAsync(name, new StartOrchestrationOptions { Version = version }, Token);
            }
            catch (ArgumentException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, Token);
            }
        }
    }

    private Task<PortableWorker> StartBothAsync() => PortableWorker.StartAsync(
        _host.Address,
        tasks => tasks
            .AddOrchestratorFunc<int>("Both", async context => (await Task.WhenAll(
                context.CallActivityAsync<int>("Quick", 0), context.CallActivityAsync<int>("Slow", 0))).Sum())
            .AddOrchestratorFunc<int>("Other", _ => Task.FromResult(2)),
        worker => worker.UseWorkItemFilters(Filter(orchestrations: ["Both", "Other"])));

    private static Dictionary<string, string> Limit(string name, int most) =>
        new() { [$"AzureFunctionsJobHost__extensions__durableTask__{name}"] = $"{most}" };

    private static DurableTaskWorkerWorkItemFilters Filter(string[]? orchestrations = null, string[]? activities = null, string[]? entities = null) => new()
    {
        Orchestrations = [.. (orchestrations ?? []).Select(name => new DurableTaskWorkerWorkItemFilters.OrchestrationFilter { Name = name, Versions = [] })],
        Activities = [.. (activities ?? []).Select(name => new DurableTaskWorkerWorkItemFilters.ActivityFilter { Name = name, Versions = [] })],
        Entities = [.. (entities ?? []).Select(name => new DurableTaskWorkerWorkItemFilters.EntityFilter { Name = name })],
    };

    private Task<OrchestrationMetadata> EndAsync(string id) =>
        _host.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token).WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Token);

    private sealed class Away : TaskEntity<int>
    {
        public void Add() => State++;
    }
}
