using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Functions;
using Tasklane.Emulator.Tests.Http;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable.Http;

/// <summary>An app with something of each kind to manage, on a port of its own; shared by a class of tests.</summary>
public sealed class ManagementApp : IAsyncLifetime
{
    private FunctionsTestHost app = null!;

    public HttpClient Http { get; private set; } = null!;

    internal DurableTaskClient Client => app.DurableTaskClient;

    public async ValueTask InitializeAsync()
    {
        app = await WebHost.StartAsync(
            typeof(global::Probe.Program).Assembly, ownProcess: false, options => options.Functions = DurableFunctionsTests.Names);
        Http = new HttpClient { BaseAddress = new Uri(app.BaseAddress, "/runtime/webhooks/durabletask/") };
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await app.DisposeAsync();
    }

    /// <summary>Starts an orchestration that waits for the event "go", and waits until it does.</summary>
    internal async Task<string> StartWaitingAsync(string? instanceId = null, object? input = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var id = await Client.ScheduleNewOrchestrationInstanceAsync(
            "WaitForGo", input, new StartOrchestrationOptions(instanceId), cancellation);
        var started = await Client.WaitForInstanceStartAsync(id, getInputsAndOutputs: true, cancellation);
        Assert.True(started.IsRunning, $"{started} {started.FailureDetails}");
        return id;
    }

    /// <summary>Starts an orchestration and waits until it has ended.</summary>
    internal async Task<string> RunAsync(string name, object? input = null, string? instanceId = null)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var id = await Client.ScheduleNewOrchestrationInstanceAsync(
            name, input, new StartOrchestrationOptions(instanceId), cancellation);
        await Client.WaitForInstanceCompletionAsync(id, cancellation);
        return id;
    }
}
