using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Probe;

/// <summary>The functions of a small chat, with every binding the service has.</summary>
public sealed class ChatFunctions
{
    private const string Hub = "chat";

    public sealed record Said(string Text, [property: JsonPropertyName("when")] int Hour);

    public sealed class Sent
    {
        [HttpResult]
        public IActionResult Answer { get; set; } = new NoContentResult();

        [SignalROutput(HubName = Hub)]
        public object? Actions { get; set; }
    }

    [Function("connection_string")]
    public IActionResult ConnectionString(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "connection")] HttpRequest request, FunctionContext context) =>
        new ContentResult
        {
            Content = context.InstanceServices.GetRequiredService<IConfiguration>()["AzureSignalRConnectionString"],
        };

    [Function("negotiate")]
    public IActionResult Negotiate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "{room}/negotiate")] HttpRequest request,
        [SignalRConnectionInfoInput(HubName = "Chat", UserId = "{headers.x-user}@{room}")] SignalRConnectionInfo info) =>
        new OkObjectResult(info);

    [Function("negotiate_text")]
    public IActionResult NegotiateText(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "text/negotiate")] HttpRequest request,
        [SignalRConnectionInfoInput(HubName = "%HUB%", UserId = "{query.user}")] string info) =>
        new ContentResult { Content = info, ContentType = "application/json" };

    [Function("negotiate_claims")]
    public IActionResult NegotiateClaims(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "claims/negotiate")] HttpRequest request,
        [SignalRConnectionInfoInput(HubName = Hub, IdToken = "{headers.x-id-token}", ClaimTypeList = ["name"])] SignalRConnectionInfo info) =>
        new OkObjectResult(info);

    [Function("endpoints")]
    public IActionResult Endpoints(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get")] HttpRequest request,
        [SignalREndpointsInput(Hub)] SignalREndpoint[] endpoints,
        [SignalRNegotiationInput(Hub, "AzureSignalRConnectionString", UserId = "ann")] SignalRNegotiationContext context) =>
        new OkObjectResult(new { endpoints, context });

    /// <summary>Carries out the actions in the body, given as JSON text.</summary>
    [Function("act")]
    public async Task<Sent> Act([HttpTrigger(AuthorizationLevel.Anonymous, "post")] HttpRequest request) =>
        new() { Actions = await new StreamReader(request.Body).ReadToEndAsync() };

    /// <summary>A message and two group changes as objects, in one array.</summary>
    [Function("move")]
    public Sent Move([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "move/{user}/{from}/{to}")] HttpRequest request, string user, string from, string to) => new()
    {
        Actions = new object[]
        {
            new SignalRGroupAction(SignalRGroupActionType.Remove) { UserId = user, GroupName = from },
            new SignalRGroupAction(SignalRGroupActionType.Add) { UserId = user, GroupName = to },
            new SignalRMessageAction("moved", [new Said(to, 7), null!, 1.5, "é"]) { GroupName = to },
        },
    };

    [Function("nothing")]
    public Sent Nothing([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "nothing/{kind}")] HttpRequest request, string kind) =>
        new() { Actions = kind == "array" ? Array.Empty<SignalRMessageAction>() : null };

    [Function("greet")]
    [SignalROutput(HubName = Hub)]
    public SignalRMessageAction Greet([SignalRTrigger(Hub, "connections", "connected")] SignalRInvocationContext context) =>
        new("welcome", [context.UserId, context.Claims.TryGetValue("name", out var name) ? name.ToString() : ""])
        {
            ConnectionId = context.ConnectionId,
        };

    [Function("part")]
    [SignalROutput(HubName = Hub)]
    public SignalRMessageAction Part([SignalRTrigger(Hub, "connections", "disconnected")] SignalRInvocationContext context) =>
        new("left", [context.UserId]);

    [Function("repeat")]
    public static Said Repeat(
        [SignalRTrigger("CHAT", "messages", "Repeat", "text", "times", "said")] SignalRInvocationContext context,
        string text,
        int times,
        Said said) =>
        new($"{context.UserId}: {string.Concat(Enumerable.Repeat(text, times))} {said.Text}", said.Hour);

    [Function("count")]
    public static int Count([SignalRTrigger(Hub, "messages", "count")] SignalRInvocationContext context) => context.Arguments!.Length;

    [Function("raw")]
    public static string Raw([SignalRTrigger(Hub, "messages", "raw")] string context) => context;

    [Function("refuse")]
    public static void Refuse([SignalRTrigger(Hub, "messages", "refuse")] SignalRInvocationContext context) =>
        throw new InvalidOperationException("Not today.");

    [Function("off")]
    public static string Off([SignalRTrigger(Hub, "messages", "off")] SignalRInvocationContext context) => "ran";
}

/// <summary>An orchestration whose activity pushes what it returns.</summary>
public static class PumpFunctions
{
    private static readonly TaskOptions TwoAttempts =
        TaskOptions.FromRetryPolicy(new RetryPolicy(2, TimeSpan.FromMilliseconds(1)));

    [Function("pump")]
    public static async Task<IActionResult> Start(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "pump/{user}")] HttpRequest request, [DurableClient] DurableTaskClient client, string user)
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync("pump_orchestration", user);
        var end = await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, request.HttpContext.RequestAborted);
        return new OkObjectResult(end.RuntimeStatus.ToString());
    }

    [Function("pump_orchestration")]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context) =>
#pragma warning disable DURABLE2002 // What is sent is the activity's result too, and is of no use here.
        await context.CallActivityAsync("pump_push", context.GetInput<string>(), TwoAttempts);
#pragma warning restore DURABLE2002

    /// <summary>For the user "nobody" the second message has no target, so the output fails after the first.</summary>
    [Function("pump_push")]
    [SignalROutput(HubName = "chat")]
    public static SignalRMessageAction[] Push([ActivityTrigger] string user) =>
    [
        new("first", [user]),
        new(user == "nobody" ? "" : "second", [new ChatFunctions.Said("pushed", 1)]) { UserId = user },
    ];
}

public sealed class TwiceFunctions
{
    [Function("one")]
    public static void One([SignalRTrigger("chat", "messages", "same")] SignalRInvocationContext context) => _ = context;

    [Function("two")]
    public static void Two([SignalRTrigger("Chat", "Messages", "Same")] SignalRInvocationContext context) => _ = context;
}

public sealed class WrongFunctions
{
    [Function("category")]
    public static void Category([SignalRTrigger("chat", "message", "x")] SignalRInvocationContext context) => _ = context;

    [Function("hub")]
    public static void WrongHub([SignalRTrigger("1chat", "messages", "x")] SignalRInvocationContext context) => _ = context;
}
