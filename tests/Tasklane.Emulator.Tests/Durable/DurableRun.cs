using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Durable.Victim;
using Tasklane.Emulator.Durable;
using Tasklane.Emulator.Durable.Storage;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

/// <summary>An engine on a database file of its own, with a clock that tests move; may be stopped, crashed and started again.</summary>
internal sealed class DurableRun : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("tasklane-durable-");
    private readonly SdkWorker worker = new();
    private DurableTaskClient? client;
    private readonly Mode mode;
    private readonly TimeProvider? clock;
    private DurableEngine? engine;

    public DurableRun(Mode mode, TimeProvider? clock = null)
    {
        this.mode = mode;
        this.clock = clock;
    }

    public ManualTimeProvider Clock { get; } = new();

    public DurableEngine Engine => engine ?? throw new InvalidOperationException("The engine is not started.");

    public DurableTaskClient Client => client ?? throw new InvalidOperationException("The engine is not started.");

    public int MaxConcurrentActivities { get; init; } = 64;

    public ILoggerFactory Logging { get; init; } = NullLoggerFactory.Instance;

    /// <summary>What goes wrong with the disk; null is nothing.</summary>
    public IStorageFaults? Faults { get; init; }

    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(30);

    public string DatabasePath => Path.Combine(folder.FullName, "durable.db");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public DurableRun Orchestrator(string name, Func<TaskOrchestrationContext, Task<object?>> body)
    {
        worker.AddOrchestrator(name, body);
        return this;
    }

    public DurableRun Orchestrator(string name, Func<TaskOrchestrationContext, Task> body) =>
        Orchestrator(name, async context =>
        {
            await body(context);
            return null;
        });

    public DurableRun Activity<TIn, TOut>(string name, Func<TIn, TOut> body) =>
        Activity<TIn, TOut>(name, (input, _) => Task.FromResult(body(input)));

    public DurableRun Activity<TIn, TOut>(string name, Func<TIn, ActivityInvocation, Task<TOut>> body)
    {
        worker.AddActivity(name, async invocation =>
        {
            var input = invocation.Input is null ? default! : JsonSerializer.Deserialize<TIn>(invocation.Input)!;
            return JsonSerializer.Serialize(await body(input, invocation));
        });
        return this;
    }

    public DurableRun Entity(string name, Func<TaskEntityOperation, ValueTask<object?>> body)
    {
        worker.AddEntity(name, body);
        return this;
    }

    public async Task<DurableRun> StartAsync()
    {
        var options = new DurableOptions
        {
            DatabasePath = DatabasePath,
            StrictReplay = mode == Mode.Strict,
            ExtendedSessions = mode == Mode.Live,
            MaxLiveContinuations = mode == Mode.Evicting ? 0 : 1000,
            MaxConcurrentActivities = MaxConcurrentActivities,
            StopGrace = StopGrace,
            Faults = Faults,
        };
        worker.KeepsSessions = mode == Mode.Live;
        worker.Logging = Logging;
        engine = new DurableEngine(worker, options, clock ?? Clock, Logging);
        client = EngineClients.Of(engine);
        await engine.StartAsync(Cancellation);
        return this;
    }

    public async Task StopAsync()
    {
        await Engine.StopAsync(Cancellation);
        engine = null;
    }

    /// <summary>Drops the engine as a killed process would be, what is not committed with it, and opens the file anew.</summary>
    public async Task CrashAndStartAsync()
    {
        await Engine.AbandonAsync();
        engine = null;
        await StartAsync();
    }

    /// <summary>Schedules an orchestration and waits for its end.</summary>
    public async Task<OrchestrationMetadata> RunAsync(string name, object? input = null, string? id = null)
    {
        var options = id is null ? null : new StartOrchestrationOptions(id);
        var instance = await Client.ScheduleNewOrchestrationInstanceAsync(name, input, options, Cancellation);
        return await EndOf(instance);
    }

    public Task<OrchestrationMetadata> EndOf(string instance) =>
        Client.WaitForInstanceCompletionAsync(instance, getInputsAndOutputs: true, Cancellation);

    public async Task<OrchestrationMetadata> Get(string instance) =>
        await Client.GetInstanceAsync(instance, getInputsAndOutputs: true, Cancellation)
        ?? throw new InvalidOperationException($"There is no instance {instance}.");

    public async ValueTask DisposeAsync()
    {
        if (engine is not null)
            await engine.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
