using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;

namespace DocsDurable;

/// <summary>The counter entity, signalled and read over HTTP and called by an orchestration.</summary>
public sealed class Counter : TaskEntity<int>
{
    public void Add(int amount) => State += amount;

    public void Reset() => State = 0;

    public int Get() => State;

    [Function(nameof(Counter))]
    public Task RunEntityAsync([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync(this);
}

public static class CounterFunctions
{
    [Function(nameof(AddToCounter))]
    public static async Task<IActionResult> AddToCounter(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "counters/{key}/{amount:int}")] HttpRequest request,
        string key, int amount, [DurableClient] DurableTaskClient client)
    {
        await client.Entities.SignalEntityAsync(new EntityInstanceId(nameof(Counter), key), "Add", amount);
        return new AcceptedResult();
    }

    [Function(nameof(ReadCounter))]
    public static async Task<IActionResult> ReadCounter(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "counters/{key}")] HttpRequest request,
        string key, [DurableClient] DurableTaskClient client)
    {
        EntityMetadata<int>? counter = await client.Entities.GetEntityAsync<int>(new EntityInstanceId(nameof(Counter), key));
        return counter is null ? new NotFoundResult() : new OkObjectResult(counter.State);
    }

    [Function(nameof(CountTwice))]
    public static async Task<int> CountTwice([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var counter = new EntityInstanceId(nameof(Counter), context.GetInput<string>()!);
        await context.Entities.CallEntityAsync(counter, "Add", 1);
        await context.Entities.SignalEntityAsync(counter, "Add", 1);
        return await context.Entities.CallEntityAsync<int>(counter, "Get");
    }

    [Function(nameof(Version))]
    public static IActionResult Version([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "version")] HttpRequest request,
        string? name) => new JsonResult(new { version = 1 }, new JsonSerializerOptions(JsonSerializerDefaults.Web));

    [Function(nameof(Greet))]
    public static IActionResult Greet(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "greet/{name}")] HttpRequest request, string name, FunctionContext context) =>
        new OkObjectResult(((IGreeter)context.InstanceServices.GetService(typeof(IGreeter))!).Greet(name));
}
