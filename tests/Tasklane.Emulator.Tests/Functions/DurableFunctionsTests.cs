using System.Collections.Concurrent;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.Functions;

public sealed class DurableFunctionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_http_function_starts_an_orchestration_that_calls_activities()
    {
        await using var app = await App.StartAsync(b => b.Services.AddSingleton(new Suffix("!")), null, typeof(Greetings));
        using var http = app.CreateClient();

        var id = await (await http.PostAsync("/api/greet/ann", null, Token)).Content.ReadAsStringAsync(Token);
        var done = await app.DurableTaskClient.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.Equal($"hello ann!;hello ben!;{id}", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Inputs_are_read_in_any_case_and_written_in_pascal_case()
    {
        await using var app = await App.StartAsync(typeof(Shapes));
        var client = app.DurableTaskClient;
        var id = await client.ScheduleNewOrchestrationInstanceAsync("Shaped", new { sides = 3, NAME = "triangle" }, Token);
        var done = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
        Assert.Equal("""{"Name":"TRIANGLE","Sides":4,"Kind":1}""", done.SerializedOutput);
    }

    [Fact]
    public async Task A_failing_activity_fails_with_its_exceptions_name_and_message()
    {
        await using var app = await App.StartAsync(typeof(Shapes));
        var client = app.DurableTaskClient;
        var id = await client.ScheduleNewOrchestrationInstanceAsync("Broken", Token);
        var done = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        Assert.Equal("System.InvalidTimeZoneException: bad day", done.ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_entity_function_dispatches_operations()
    {
        await using var app = await App.StartAsync(typeof(Counting));
        var entity = new EntityInstanceId("Counter", "a");
        await app.DurableTaskClient.Entities.SignalEntityAsync(entity, "Add", 2, cancellation: Token);
        var id = await app.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("CountOn", Token);
        var done = await app.DurableTaskClient.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
        Assert.Equal(5, done.ReadOutputAs<int>());
    }

    [Fact]
    public async Task Middleware_is_round_activities_and_every_turn_of_an_orchestrator()
    {
        var seen = new ConcurrentQueue<string>();
        await using var app = await App.StartAsync(
            b =>
            {
                b.Services.AddSingleton(new Suffix(""));
                b.UseMiddleware((context, next) =>
                {
                    seen.Enqueue(context.FunctionDefinition.Name);
                    return next();
                });
            },
            o => o.StrictReplay = false,
            typeof(Greetings));
        var id = await app.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("GreetTwo", "ann", Token);
        await app.DurableTaskClient.WaitForInstanceCompletionAsync(id, Token);
        Assert.Equal(["GreetTwo", "Greet", "GreetTwo", "Greet", "GreetTwo"], seen);
    }

    [Fact]
    public async Task What_was_running_goes_on_after_a_restart_with_the_same_data()
    {
        var folder = Directory.CreateTempSubdirectory("tasklane-test-");
        try
        {
            await using (var first = await App.StartAsync(null, o => o.DataDirectory = folder.FullName, typeof(Waiting)))
                await first.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions("w"), Token);

            await using var second = await App.StartAsync(null, o => o.DataDirectory = folder.FullName, typeof(Waiting));
            await second.DurableTaskClient.RaiseEventAsync("w", "go", "there", Token);
            var done = await second.DurableTaskClient.WaitForInstanceCompletionAsync("w", getInputsAndOutputs: true, Token);
            Assert.Equal("there", done.ReadOutputAs<string>());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_killed_host_leaves_what_a_new_one_finishes()
    {
        var folder = Directory.CreateTempSubdirectory("tasklane-test-");
        try
        {
            var gate = new Gate();
            await using var killed = await StartAsync(gate);
            await killed.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("Hold", new StartOrchestrationOptions("k"), Token);
            await gate.Entered.WaitAsync(ct: Token);
            await killed.KillAsync();

            var open = new Gate();
            open.Open.Send();
            await using var next = await StartAsync(open);
            var done = await next.DurableTaskClient.WaitForInstanceCompletionAsync("k", getInputsAndOutputs: true, Token);
            Assert.Equal("held", done.ReadOutputAs<string>());
            Assert.True(open.Entered.IsSent);
            gate.Open.Send();
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Task<EmulatorHost> StartAsync(Gate gate) =>
            App.StartAsync(b => b.Services.AddSingleton(gate), o => o.DataDirectory = folder.FullName, typeof(Holding));
    }

    public sealed class Gate
    {
        public Signal Entered { get; } = new("the activity runs");

        public Signal Open { get; } = new("the activity may end");
    }

    public sealed class Holding(Gate gate)
    {
        [Function("Hold")]
        public static Task<string> Hold([OrchestrationTrigger] TaskOrchestrationContext context) =>
            context.CallActivityAsync<string>("HoldOn");

        [Function("HoldOn")]
        public async Task<string> HoldOn([ActivityTrigger] FunctionContext context)
        {
            gate.Entered.Send();
            await gate.Open.WaitAsync(ct: context.CancellationToken);
            return "held";
        }
    }

    public sealed record Suffix(string Text);

    public sealed class Greetings(Suffix suffix)
    {
        [Function("Start")]
        public async Task<IActionResult> Start(
            [HttpTrigger("post", Route = "greet/{name}")] HttpRequest request, [DurableClient] DurableTaskClient client, string name) =>
            new ContentResult { Content = await client.ScheduleNewOrchestrationInstanceAsync("GreetTwo", name, request.HttpContext.RequestAborted) };

        [Function("GreetTwo")]
        public static async Task<string> GreetTwo([OrchestrationTrigger] TaskOrchestrationContext context, string name)
        {
            var one = await context.CallActivityAsync<string>("Greet", name);
            var two = await context.CallActivityAsync<string>("Greet", "ben");
            return $"{one};{two};{context.InstanceId}";
        }

        [Function("Greet")]
        public async Task<string> Greet([ActivityTrigger] string name, FunctionContext context, string instanceId)
        {
            await Task.Yield();
            Assert.Equal(instanceId, context.BindingContext.BindingData["instanceId"]);
            return $"hello {name}{suffix.Text}";
        }
    }

    public enum Kind
    {
        None,
        Closed,
    }

    public sealed record Shape(string Name, int Sides, Kind Kind);

    public static class Shapes
    {
        [Function("Shaped")]
        public static Task<Shape> Shaped([OrchestrationTrigger] TaskOrchestrationContext context) =>
            context.CallActivityAsync<Shape>("Grow", context.GetInput<Shape>());

        [Function("Grow")]
        public static Shape Grow([ActivityTrigger] Shape shape) =>
            shape with { Name = shape.Name.ToUpperInvariant(), Sides = shape.Sides + 1, Kind = Kind.Closed };

        [Function("Broken")]
        public static async Task<string> Broken([OrchestrationTrigger] TaskOrchestrationContext context)
        {
            try
            {
                await context.CallActivityAsync("Break");
                return "";
            }
            catch (TaskFailedException e)
            {
                return $"{e.FailureDetails.ErrorType}: {e.FailureDetails.ErrorMessage}";
            }
        }

        [Function("Break")]
        public static Task Break([ActivityTrigger] FunctionContext context) =>
            throw new InvalidTimeZoneException(context.InvocationId.Length > 0 ? "bad day" : "");
    }

    public sealed class Counter : TaskEntity<int>
    {
        public int Add(int number) => State += number;
    }

    public static class Counting
    {
        [Function("Counter")]
        public static Task Run([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<Counter>();

        [Function("CountOn")]
        public static Task<int> CountOn([OrchestrationTrigger] TaskOrchestrationContext context) =>
            context.Entities.CallEntityAsync<int>(new EntityInstanceId("Counter", "a"), "add", 3);
    }

    public static class Waiting
    {
        [Function("Wait")]
        public static async Task<string?> Wait([OrchestrationTrigger] TaskOrchestrationContext context) =>
            await context.WaitForExternalEvent<string>("go");
    }
}
