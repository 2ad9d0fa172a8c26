using System.Net;
using System.Net.Http.Json;
using DocsDurable;
using DocsStorage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tasklane.Emulator.Testing;

namespace Tasklane.TestHost.Tests;

/// <summary>The examples of docs/testing-functions.md, which quotes them; a test compares the two.</summary>
public sealed class Examples
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Greets()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>();
        using var client = host.CreateClient();
        Assert.Equal("Hello Ada!", await client.GetStringAsync("/api/greet/Ada"));
    }

    [Fact]
    public async Task Greets_as_the_test_says()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(o =>
        {
            o.Settings["Greeting"] = "Good morning,";
            o.ConfigureServices = services => services.Replace(ServiceDescriptor.Singleton<IGreeter, LoudGreeter>());
        });
        using var client = host.CreateClient();
        Assert.Equal("GOOD MORNING, ADA!", await client.GetStringAsync("/api/greet/Ada"));
    }

    [Fact]
    public async Task An_order_is_put_into_the_queue()
    {
        await using var host = await FunctionsTestHost.StartAsync<Order>(o =>
        {
            o.Functions = ["PlaceOrder"];
            o.CaptureOutputsOnly = true;
        });
        using var client = host.CreateClient();
        using var answer = await client.PostAsJsonAsync("/api/orders", new Order("o1", "Ada", 12.5m));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);

        var message = await host.Outputs.WaitAsync(output => output.BindingType == "queue");
        Assert.Equal("orders", message.Property("queueName"));
        Assert.Equal("o1", message.As<Order>()!.Id);
        await host.Logs.WaitAsync(log => log.Message.StartsWith("Order o1 of Ada", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_order_from_the_queue_is_stored()
    {
        await using var host = await FunctionsTestHost.StartAsync<Order>(o =>
        {
            o.Functions = ["StoreOrder"];
            o.CaptureOutputsOnly = true;
        });
        await host.InvokeAsync("StoreOrder", new Order("o1", "Ada", 12.5m));
        Assert.Equal("orders/o1.json", Assert.Single(host.Outputs).Property("blobPath"));
    }

    [Fact]
    public async Task The_report_is_tried_again_until_it_is_ready()
    {
        var clock = new WatchedClock(new DateTimeOffset(2026, 1, 1, 2, 0, 0, TimeSpan.Zero));
        await using var host = await FunctionsTestHost.StartAsync<Order>(o =>
        {
            o.Functions = ["NightlyReport"];
            o.CaptureOutputsOnly = true;
            o.TimeProvider = clock;
        });
        var run = host.InvokeAsync("NightlyReport");
        await clock.AdvanceToAsync(TimeSpan.FromSeconds(10), Token);
        await clock.AdvanceToAsync(TimeSpan.FromSeconds(10), Token);
        await run;
        Assert.Equal("Report of 2026-01-01 02:00", Assert.Single(host.Outputs).Text);
    }

    [Fact]
    public async Task An_activity_says_hello()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>();
        Assert.Equal("Hello Tokyo!", await host.InvokeAsync<string>("SayHello", "Tokyo"));
    }

    [Fact]
    public async Task Nobody_approves()
    {
        var clock = new WatchedClock(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(o => o.TimeProvider = clock);
        var id = await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("ApprovalWorkflow");
        await clock.AdvanceToAsync(TimeSpan.FromHours(72), Token);
        var instance = await host.WaitForInstanceAsync(id);
        Assert.Equal("escalated", instance.ReadOutputAs<string>());
    }

    [Fact]
    public async Task Somebody_approves()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>();
        var id = await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("ApprovalWorkflow");
        await host.DurableTaskClient.RaiseEventAsync(id, "ApprovalEvent", true);
        Assert.Equal("approved", (await host.WaitForInstanceAsync(id)).ReadOutputAs<string>());
    }

    private sealed class LoudGreeter(Greeting greeting) : IGreeter
    {
        public string Greet(string name) => $"{greeting.Word} {name}!".ToUpperInvariant();
    }
}

/// <summary>One host for all tests of a class.</summary>
public sealed class ShopApp : FunctionsTestFixture<Order>
{
    protected override void Configure(FunctionsTestHostOptions options)
    {
        options.Functions = ["PlaceOrder"];
        options.CaptureOutputsOnly = true;
    }
}

public sealed class ShopTests(ShopApp app) : IClassFixture<ShopApp>
{
    [Fact]
    public async Task An_order_without_an_amount_is_refused()
    {
        var host = await app.Host;
        using var client = host.CreateClient();
        using var answer = await client.PostAsJsonAsync("/api/orders", new Order("o1", "Ada", 0));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }
}
