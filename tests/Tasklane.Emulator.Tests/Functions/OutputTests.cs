using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Functions;
using Xunit;

namespace Tasklane.Emulator.Tests.Functions;

public sealed class OutputTests : IAsyncLifetime
{
    private readonly Post _post = new();
    private EmulatorHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await App.StartAsync(
            b => b.Services.AddSingleton<IOutputBinding>(_post), null, typeof(Senders));
        _http = _app.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task A_result_with_outputs_answers_and_sends()
    {
        Assert.Equal("answer", await _http.GetStringAsync("/api/both", Token));
        Assert.Equal(["a:one", "b:2"], _post.Sent.Order());
    }

    [Fact]
    public async Task Outputs_that_are_null_are_not_sent()
    {
        Assert.Equal("quiet", await _http.GetStringAsync("/api/quiet", Token));
        Assert.Empty(_post.Sent);
    }

    [Fact]
    public async Task An_http_function_whose_output_fails_keeps_its_answer()
    {
        var response = await _http.GetAsync("/api/failing", Token);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal(["a:after"], _post.Sent);
    }

    [Fact]
    public async Task An_activity_returns_what_its_method_output_sends()
    {
        Assert.Equal("\"sent\"", await RunAsync("Return"));
        Assert.Equal(["a:sent"], _post.Sent);
    }

    [Fact]
    public async Task An_activity_with_property_outputs_returns_nothing()
    {
        Assert.Null(await RunAsync("Properties"));
        Assert.Equal(["a:x"], _post.Sent);
    }

    [Fact]
    public async Task An_activity_whose_output_fails_fails()
    {
        var output = await RunAsync("Fail");
        Assert.Equal("\"the post is closed\"", output);
    }

    private async Task<string?> RunAsync(string activity)
    {
        var client = _app.DurableTaskClient;
        var id = await client.ScheduleNewOrchestrationInstanceAsync("RunOne", activity, Token);
        var done = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, done.RuntimeStatus);
        return done.SerializedOutput;
    }

    /// <summary>An output like any room's: it remembers what it was given, and can fail.</summary>
    internal sealed class Post : IOutputBinding
    {
        public ConcurrentQueue<string> Sent { get; } = new();

        public bool Handles(OutputBindingAttribute attribute) => attribute is PostOutputAttribute;

        public Func<object?, FunctionContext, ValueTask> Create(OutputBindingAttribute attribute)
        {
            var box = ((PostOutputAttribute)attribute).Box;
            return (value, _) =>
            {
                if (box == "closed")
                    throw new InvalidOperationException("the post is closed");
                Sent.Enqueue($"{box}:{value}");
                return ValueTask.CompletedTask;
            };
        }
    }

    [AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
    public sealed class PostOutputAttribute(string box) : OutputBindingAttribute
    {
        public string Box => box;
    }

    public sealed class Both
    {
        [HttpResult]
        public required IActionResult Answer { get; init; }

        [PostOutput("a")]
        public string? A { get; init; }

        [PostOutput("b")]
        public int? B { get; init; }
    }

    public sealed class Failing
    {
        [PostOutput("closed")]
        public required string Bad { get; init; }

        [HttpResult]
        public required IActionResult Answer { get; init; }

        [PostOutput("a")]
        public required string Good { get; init; }
    }

    public sealed class Properties
    {
        [PostOutput("a")]
        public required string A { get; init; }

        public string Plain { get; init; } = "plain";
    }

    public static class Senders
    {
        [Function("Both")]
        public static Both Both([HttpTrigger("get", Route = "both")] HttpRequest request) =>
            new() { Answer = new ContentResult { Content = "answer" }, A = "one", B = 2 };

        [Function("Quiet")]
        public static Both Quiet([HttpTrigger("get", Route = "quiet")] HttpRequest request) =>
            new() { Answer = new ContentResult { Content = "quiet" } };

        [Function("Failing")]
        public static Failing Failing([HttpTrigger("get", Route = "failing")] HttpRequest request) =>
            new() { Answer = new StatusCodeResult(201), Bad = "x", Good = "after" };

        [Function("RunOne")]
        public static async Task<object?> RunOne([OrchestrationTrigger] TaskOrchestrationContext context, string activity)
        {
            try
            {
                return await context.CallActivityAsync<string?>(activity);
            }
            catch (TaskFailedException e)
            {
                return e.FailureDetails.ErrorMessage;
            }
        }

        [Function("Return")]
        [PostOutput("a")]
        public static string Return([ActivityTrigger] FunctionContext context) => context.FunctionId.Length > 0 ? "sent" : "";

        [Function("Properties")]
        public static Properties Properties([ActivityTrigger] FunctionContext context) => new() { A = "x" };

        [Function("Fail")]
        [PostOutput("closed")]
        public static string Fail([ActivityTrigger] FunctionContext context) => "never";
    }
}
