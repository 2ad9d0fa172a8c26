using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace Probe;

/// <summary>Every shape of HTTP function.</summary>
public sealed class WebFunctions
{
    [Function("WebPlain")]
    public static Task Plain([HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request) =>
        request.HttpContext.Response.WriteAsync("plain");

    [Function("WebAny")]
    public static IActionResult Any([HttpTrigger(AuthorizationLevel.Anonymous, Route = "web/any")] HttpRequest request) => Text(request.Method);

    [Function("WebAction")]
    public static IActionResult Action([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/action")] HttpRequest request) =>
        new OkObjectResult(new Thing("x", 3));

    [Function("WebResult")]
    public static ValueTask<IResult> Result([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/result")] HttpRequest request) =>
        ValueTask.FromResult(Results.Created("/x/1", null));

    [Function("WebObject")]
    public static Thing Object([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/object")] HttpRequest request) => new("x", 1);

    [Function("WebItems")]
    public static IActionResult Items(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/items/{id:int}/{colour?}")] HttpRequest request, int id, string? colour) =>
        Text($"{id}:{colour ?? "none"}:{request.Query["page"]}");

    [Function("WebCatchAll")]
    public static IActionResult CatchAll(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "web/all/{*path}")] HttpRequest request, string path) =>
        Text($"caught {path}");

    [Function("WebCloser")]
    public static IActionResult Closer(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "web/all/{name}")] HttpRequest request, string name) => Text($"closer {name}");

    [Function("WebBody")]
    public static IActionResult Body(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "web/body")] HttpRequest request, [FromBody] Thing? thing) =>
        Text(thing is null ? "null" : $"{thing.SomeName}{thing.SomeNumber}");

    [Function("WebFails")]
    public static IActionResult Fails([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/fails")] HttpRequest request) =>
        throw new InvalidOperationException("secret");

    [Function("WebHalf")]
    public static async Task Half([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/half")] HttpRequest request)
    {
        await request.HttpContext.Response.WriteAsync("half");
        await request.HttpContext.Response.Body.FlushAsync();
        throw new InvalidOperationException("secret");
    }

    [Function("WebHash")]
    public static async Task<IActionResult> Hash([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "web/hash")] HttpRequest request) =>
        Text(Convert.ToHexString(await SHA256.HashDataAsync(request.Body)));

    /// <summary>Two events; the second once the gate is open.</summary>
    [Function("WebEvents")]
    public static async Task Events(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/events/{key}")] HttpRequest request, string key)
    {
        var response = request.HttpContext.Response;
        response.ContentType = "text/event-stream";
        await response.WriteAsync("data: one\n\n");
        await response.Body.FlushAsync();
        await Gates.Of(key, "second").Task;
        await response.WriteAsync("data: two\n\n");
    }

    [Function("WebHeaders")]
    public static IActionResult Headers([HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "web/headers")] HttpRequest request) =>
        new JsonResult(new
        {
            Host = request.Host.ToString(),
            request.Scheme,
            Path = request.Path + request.QueryString,
            Headers = request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString()),
        });

    /// <summary>Runs until it is asked to stop; where it is, the gates tell.</summary>
    [Function("WebSlow")]
    public static async Task Slow(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "web/slow/{key}")] HttpRequest request,
        string key,
        CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = cancellationToken.Register(ended.SetResult);
        Gates.Of(key, "started").TrySetResult();
        await ended.Task;
        Gates.Of(key, "cancelled").TrySetResult();
        cancellationToken.ThrowIfCancellationRequested();
    }

    [Function("WebGate")]
    public static async Task<IActionResult> Gate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/gates/{key}/{name}")] HttpRequest request, string key, string name)
    {
        await Gates.Of(key, name).Task;
        return Text("open");
    }

    [Function("WebOpen")]
    public static IActionResult Open(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "web/gates/{key}/{name}")] HttpRequest request, string key, string name)
    {
        Gates.Of(key, name).TrySetResult();
        return Text("opened");
    }

    [Function("WebFunctionLevel")]
    public static IActionResult FunctionLevel([HttpTrigger(AuthorizationLevel.Function, "get", Route = "web/keyed")] HttpRequest request) => Text("in");

    [Function("WebAdminLevel")]
    public static IActionResult AdminLevel([HttpTrigger(AuthorizationLevel.Admin, "get", Route = "web/mastered")] HttpRequest request) => Text("in");

    [Function("WebMail")]
    public static WithMail Mail([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "web/mail/{text}")] HttpRequest request, string text) =>
        new() { Answer = new ObjectResult(text) { StatusCode = 201 }, Letter = text == "none" ? null : text };

    private static ContentResult Text(string text) => new() { Content = text };
}

public sealed record Thing(string SomeName, int SomeNumber);

public sealed class WithMail
{
    [HttpResult]
    public required IActionResult Answer { get; init; }

    [MailOutput("out")]
    public string? Letter { get; init; }
}

/// <summary>An output of no extension that exists: tests of the host bring the other side.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property)]
public sealed class MailOutputAttribute(string box) : OutputBindingAttribute
{
    public string Box => box;
}

internal static class Gates
{
    private static readonly ConcurrentDictionary<(string Key, string Name), TaskCompletionSource> _gates = new();

    public static TaskCompletionSource Of(string key, string name) =>
        _gates.GetOrAdd((key, name), static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
