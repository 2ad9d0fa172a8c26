using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using FromBodyAttribute = Microsoft.Azure.Functions.Worker.Http.FromBodyAttribute;

namespace DocsStorage;

/// <summary>An HTTP function that answers and writes a queue message.</summary>
public sealed class PlacedOrder
{
    [QueueOutput("orders")]
    public Order? Message { get; set; }

    [HttpResult]
    public required IActionResult Answer { get; set; }
}

public sealed class OrderFunctions(IRates rates, IOptions<ShopOptions> shop, ILogger<OrderFunctions> logger)
{
    [Function("PlaceOrder")]
    public async Task<PlacedOrder> PlaceOrder(
        [HttpTrigger(AuthorizationLevel.Function, "post", Route = "orders")] HttpRequest request, [FromBody] Order order)
    {
        if (order.Amount <= 0)
            return new PlacedOrder { Answer = new BadRequestObjectResult("An order has an amount.") };
        var amount = order.Amount * await rates.RateAsync(shop.Value.Currency);
        logger.LogInformation("Order {Id} of {Customer}: {Amount} {Currency}", order.Id, order.Customer, amount, shop.Value.Currency);
        return new PlacedOrder
        {
            Message = order with { Amount = amount },
            Answer = new AcceptedResult($"/api/orders/{order.Id}", order),
        };
    }

    [Function("StoreOrder")]
    [BlobOutput("orders/{Id}.json")]
    public string StoreOrder([QueueTrigger("orders")] Order order)
    {
        logger.LogInformation("Storing order {Id}", order.Id);
        return JsonSerializer.Serialize(order);
    }

    [Function("CountOrder")]
    [QueueOutput("counted")]
    public string CountOrder([BlobTrigger("orders/{name}")] string content, string name) => $"{name}: {content.Length} characters";
}
