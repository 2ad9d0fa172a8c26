using System.Net;
using System.Net.Http.Json;
using Microsoft.DurableTask.Client;
using Shop;
using Tasklane.Emulator.Testing;
using Xunit;

public sealed class OrderTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_order_is_put_into_the_queue(bool ownProcess)
    {
        await using var host = await FunctionsTestHost.StartAsync<Order>(o =>
        {
            o.OwnProcess = ownProcess;
            o.CaptureOutputsOnly = true;
        });
        using var client = host.CreateClient();
        using var answer = await client.PostAsJsonAsync("/api/orders", new Order("o1", 12.5m));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var message = await host.Outputs.WaitAsync(output => output.BindingType == "queue");
        Assert.Equal(new Order("o1", 12.5m), message.As<Order>());

        var id = await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("Total", new[] { new Order("a", 1), new Order("b", 2.5m) });
        Assert.Equal(3.5m, (await host.WaitForInstanceAsync(id)).ReadOutputAs<decimal>());
    }
}
