using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask;
using Microsoft.Azure.Functions.Worker.Extensions.DurableTask.Http;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Primitives;

namespace Probe;

public enum ShapeKind
{
    None,
    Closed,
}

public sealed record Shape(string Name, int Sides, ShapeKind Kind);

public sealed class DurableCounter
{
    public int Total { get; set; }

    public int Add(int amount) => Total += amount;

    public int Get() => Total;

    [Function(nameof(DurableCounter))]
    public static Task Run([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<DurableCounter>();
}

/// <summary>The patterns of Durable Functions, and what the management API manages.</summary>
public static class DurableFunctions
{
    private static readonly ConcurrentDictionary<string, int> _tries = new();

    [Function(nameof(DurableStart))]
    public static async Task<IActionResult> DurableStart(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "durable/start/{name}")] HttpRequest request,
        [DurableClient] DurableTaskClient client, string name) =>
        new ContentResult { Content = await client.ScheduleNewOrchestrationInstanceAsync(name, 1, request.HttpContext.RequestAborted) };

    [Function(nameof(DurableWait))]
    public static async Task<IActionResult> DurableWait(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "durable/wait/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client, string id)
    {
        var ended = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, request.HttpContext.RequestAborted);
        return new ContentResult { Content = ended.SerializedOutput };
    }

    [Function(nameof(DurableLinks))]
    public static IActionResult DurableLinks(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "durable/links/{id}")] HttpRequest request,
        [DurableClient] DurableTaskClient client, string id) => new JsonResult(client.CreateHttpManagementPayload(id));

    [Function(nameof(DurableCheckNew))]
    public static async Task<HttpResponseData> DurableCheckNew(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "durable/check/{name}")] HttpRequestData request,
        [DurableClient] DurableTaskClient client, string name) =>
        await client.CreateCheckStatusResponseAsync(request, await client.ScheduleNewOrchestrationInstanceAsync(name, request.FunctionContext.CancellationToken));

    [Function(nameof(DurableCheck))]
    public static Task<HttpResponseData> DurableCheck(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "durable/check")] HttpRequestData request, [DurableClient] DurableTaskClient client) =>
        client.CreateCheckStatusResponseAsync(request, "a/b");

    [Function(nameof(Chain))]
    public static async Task<string> Chain([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var one = await context.CallActivityAsync<string>(nameof(GreetByName), "ann");
        var two = await context.CallActivityAsync<string>(nameof(GreetByName), "ben");
        return $"{one};{two};{context.InstanceId}";
    }

    [Function(nameof(GreetByName))]
    public static string GreetByName([ActivityTrigger] string name, string instanceId) => $"hello {name} of {instanceId}";

    [Function(nameof(FanOut))]
    public static async Task<int> FanOut([OrchestrationTrigger] TaskOrchestrationContext context) =>
        (await Task.WhenAll(Enumerable.Range(0, context.GetInput<int>()).Select(i => context.CallActivityAsync<int>(nameof(Twice), i)))).Sum();

    [Function(nameof(Double))]
    public static Task<int> Double([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync<int>(nameof(Twice), context.GetInput<int>());

    [Function(nameof(Twice))]
    public static int Twice([ActivityTrigger] int value) => value * 2;

    [Function(nameof(Approval))]
    public static async Task<string> Approval([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.WaitForExternalEvent<bool>("decided", context.GetInput<TimeSpan>()) ? "approved" : "refused";
        }
        catch (OperationCanceledException)
        {
            return "escalated";
        }
    }

    [Function(nameof(Monitor))]
    public static async Task<int> Monitor([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        for (var polls = 1; ; polls++)
        {
            context.SetCustomStatus(new { polls });
            if (await context.CallActivityAsync<int>(nameof(CountTries), context.InstanceId) >= 3)
                return polls;
            await context.CreateTimer(TimeSpan.FromMilliseconds(5), CancellationToken.None);
        }
    }

    [Function(nameof(CountTries))]
    public static int CountTries([ActivityTrigger] string key) => _tries.AddOrUpdate(key, 1, (_, count) => count + 1);

    [Function(nameof(CountUnderLock))]
    public static async Task<int> CountUnderLock([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var counter = new EntityInstanceId(nameof(DurableCounter), context.GetInput<string>()!);
        await using (await context.Entities.LockEntitiesAsync(counter))
        {
            var before = await context.Entities.CallEntityAsync<int>(counter, "get");
            var after = await context.Entities.CallEntityAsync<int>(counter, "add", 1);
            return after - before;
        }
    }

    [Function(nameof(Parent))]
    public static Task<string> Parent([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallSubOrchestratorAsync<string>(nameof(Child), "from the parent");

    [Function(nameof(Child))]
    public static Task<string> Child([OrchestrationTrigger] TaskOrchestrationContext context) => Task.FromResult(context.GetInput<string>()!);

    [Function(nameof(Retried))]
    public static Task<int> Retried([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync<int>(
        nameof(ThirdTime), context.InstanceId, TaskOptions.FromRetryPolicy(new RetryPolicy(5, TimeSpan.FromMilliseconds(1))));

    [Function(nameof(ThirdTime))]
    public static int ThirdTime([ActivityTrigger] string key) => CountTries(key) is var count and >= 3 ? count : throw new InvalidOperationException("not yet");

    /// <summary>What to call; <see cref="DurableHttpRequest"/> itself is written and never read.</summary>
    public sealed record HttpToCall(
        string Method, Uri Uri, string? Content = null, Dictionary<string, string[]>? Headers = null, bool Polls = false, string? Identity = null,
        TimeSpan? Timeout = null, TimeSpan? RetryAfter = null, int[]? RetryOn = null)
    {
        public DurableHttpRequest Request() => new(new HttpMethod(Method), Uri)
        {
            Content = Content,
            Headers = Headers?.ToDictionary(header => header.Key, header => new StringValues(header.Value)),
            AsynchronousPatternEnabled = Polls,
            TokenSource = Identity is null ? null : new ManagedIdentityTokenSource(Identity),
            Timeout = Timeout,
            HttpRetryOptions = RetryAfter is { } first
                ? new HttpRetryOptions([.. (RetryOn ?? []).Select(code => (HttpStatusCode)code)]) { FirstRetryInterval = first, MaxNumberOfAttempts = 5 }
                : null,
        };
    }

    [Function(nameof(CallHttp))]
    public static Task<DurableHttpResponse> CallHttp([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallHttpAsync(context.GetInput<HttpToCall>()!.Request());

    /// <summary>Tries again itself what fails, three times in all.</summary>
    [Function(nameof(CallHttpAgain))]
    public static async Task<DurableHttpResponse> CallHttpAgain([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await context.CallHttpAsync(context.GetInput<HttpToCall>()!.Request());
            }
            catch (TaskFailedException) when (tries < 3)
            {
                await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
            }
        }
    }

    [Function(nameof(CountTo))]
    public static int CountTo([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var number = context.GetInput<int>();
        if (number < 5)
            context.ContinueAsNew(number + 1);
        return number;
    }

    [Function(nameof(WaitForGo))]
    public static Task<string> WaitForGo([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus(new { Waiting = true });
        return context.WaitForExternalEvent<string>("go");
    }

    [Function(nameof(Fail))]
    public static Task<int> Fail([OrchestrationTrigger] TaskOrchestrationContext context) => throw new InvalidOperationException("It went wrong.");

    /// <summary>Fails once; a rewind runs the activity again.</summary>
    [Function(nameof(FailFirst))]
    public static Task<int> FailFirst([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync<int>(nameof(SecondTime), context.InstanceId);

    [Function(nameof(SecondTime))]
    public static int SecondTime([ActivityTrigger] string key) => CountTries(key) is var count and >= 2 ? count : throw new InvalidOperationException("not yet");

    [Function(nameof(Shaped))]
    public static Task<Shape> Shaped([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync<Shape>(nameof(Grow), context.GetInput<Shape>());

    [Function(nameof(Grow))]
    public static Shape Grow([ActivityTrigger] Shape shape) =>
        shape with { Name = shape.Name.ToUpperInvariant(), Sides = shape.Sides + 1, Kind = ShapeKind.Closed };

    [Function(nameof(Broken))]
    public static async Task<string> Broken([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.CallActivityAsync<string>(context.GetInput<string>()!);
        }
        catch (TaskFailedException e)
        {
            return $"{e.FailureDetails.ErrorType}: {e.FailureDetails.ErrorMessage}";
        }
    }

    [Function(nameof(Break))]
    public static string Break([ActivityTrigger] FunctionContext context) => throw new InvalidTimeZoneException("bad day");

    [Function(nameof(Quotes))]
    public static string Quotes([ActivityTrigger] FunctionContext context) => "\"a\" {b} ä";

    [Function(nameof(EchoCall))]
    public static async Task<IActionResult> EchoCall(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = "durable/echo")] HttpRequest request)
    {
        using var reader = new StreamReader(request.Body);
        request.HttpContext.Response.Headers["x-answer"] = request.Headers["x-question"];
        return new ContentResult { StatusCode = (int)HttpStatusCode.Created, Content = $"{request.ContentType}|{await reader.ReadToEndAsync()}" };
    }

    [Function(nameof(SlowCall))]
    public static IActionResult SlowCall(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "durable/slow/{key}")] HttpRequest request, string key)
    {
        if (CountTries(key) >= 3)
            return new OkObjectResult($"{request.Method} {request.Path}");
        request.HttpContext.Response.Headers.Location = $"/durable/slow/{key}";
        request.HttpContext.Response.Headers.RetryAfter = "0";
        return new StatusCodeResult(StatusCodes.Status202Accepted);
    }
}
