using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Shop;

public sealed record Order(string Id, decimal Amount);

public sealed class Placed
{
    [HttpResult]
    public required IActionResult Answer { get; init; }

    [QueueOutput("orders", Connection = "AzureWebJobsStorage")]
    public Order? Message { get; init; }
}

public sealed class Orders
{
    [Function("PlaceOrder")]
    public static async Task<Placed> Place([HttpTrigger(AuthorizationLevel.Function, "post", Route = "orders")] HttpRequest request)
    {
        var order = await request.ReadFromJsonAsync<Order>();
        return new Placed { Answer = new AcceptedResult(), Message = order };
    }

    [Function("Total")]
    public static async Task<decimal> Total([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var sum = 0m;
        foreach (var order in context.GetInput<Order[]>()!)
            sum += await context.CallActivityAsync<decimal>("Amount", order);
        await context.CreateTimer(TimeSpan.FromMilliseconds(10), CancellationToken.None);
        return sum;
    }

    [Function("Amount")]
    public static decimal Amount([ActivityTrigger] Order order) => order.Amount;
}
