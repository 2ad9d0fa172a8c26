using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Functions;
using Tasklane.Emulator.Tests.Functions;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable.Http;

/// <summary>An app with something of each kind to manage, on a port of its own; shared by a class of tests.</summary>
public sealed class ManagementApp : IAsyncLifetime
{
    private EmulatorHost app = null!;

    public HttpClient Http { get; private set; } = null!;

    internal DurableTaskClient Client => app.Services.GetRequiredService<DurableHost>().Client;

    public async ValueTask InitializeAsync()
    {
        app = await App.StartAsync(typeof(Orchestrations), typeof(Pages));
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
            "Wait", input, new StartOrchestrationOptions(instanceId), cancellation);
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

    public static class Orchestrations
    {
        [Function("Double")]
        public static async Task<int> DoubleAsync([OrchestrationTrigger] TaskOrchestrationContext context) =>
            await context.CallActivityAsync<int>("Twice", context.GetInput<int>());

        [Function("Twice")]
        public static int Twice([ActivityTrigger] int value) => value * 2;

        [Function("Wait")]
        public static async Task<string?> WaitAsync([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            context.SetCustomStatus(new { Waiting = true });
            return await context.WaitForExternalEvent<string?>("go");
        }

        [Function("Fail")]
        public static Task FailAsync([OrchestrationTrigger] TaskOrchestrationContext context) =>
            throw new InvalidOperationException("It went wrong.");

        [Function("Call")]
        public static Task<DurableHttpResponse> CallAsync([OrchestrationTrigger] TaskOrchestrationContext context) =>
            context.CallHttpAsync(context.GetInput<DurableHttpRequest>()!);

        [Function("Counter")]
        public static Task CounterAsync([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<Counter>();
    }

    public sealed class Counter
    {
        public int Total { get; set; }

        public void Add(int amount) => Total += amount;
    }

    /// <summary>Pages that durable HTTP calls ask for; what they count is per test, by the key in the path.</summary>
    public static class Pages
    {
        private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, int> Calls = new();

        [Function("Echo")]
        public static async Task<IActionResult> EchoAsync([HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "echo")] HttpRequest request)
        {
            using var reader = new StreamReader(request.Body);
            request.HttpContext.Response.Headers["x-answer"] = request.Headers["x-question"];
            return new ContentResult { StatusCode = 201, Content = $"{request.ContentType}|{await reader.ReadToEndAsync()}" };
        }

        [Function("Flaky")]
        public static IActionResult Flaky(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "flaky/{key}")] HttpRequest request, string key) =>
            Count(key) < 3 ? new StatusCodeResult(503) : new OkObjectResult("done");

        [Function("Slow")]
        public static IActionResult Slow(
            [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "slow/{key}")] HttpRequest request, string key)
        {
            if (Count(key) >= 3)
                return new OkObjectResult($"{request.Method} {request.Path}");
            request.HttpContext.Response.Headers.Location = $"/api/slow/{key}";
            request.HttpContext.Response.Headers.RetryAfter = "0";
            return new StatusCodeResult(202);
        }

        private static int Count(string key) => Calls.AddOrUpdate(key, 1, (_, calls) => calls + 1);
    }
}
