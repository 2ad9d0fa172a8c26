using System.Net;
using System.Net.Http.Json;
using DocsDurable;
using DocsStorage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Testing;

namespace Tasklane.TestHost.Tests;

/// <summary>HTTP functions of two apps with different start-up styles, and what a test can see and change of them.</summary>
public sealed class HttpTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_app_started_by_an_application_builder_answers()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(o => o.Functions = ["Greet"], Token);
        using var client = host.CreateClient();
        Assert.Equal("Hello Ada!", await client.GetStringAsync("/api/greet/Ada", Token));
    }

    [Fact]
    public async Task A_setting_reaches_code_that_reads_the_configuration_before_the_host_is_built()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(
            o =>
            {
                o.Functions = ["Greet"];
                o.Settings["Greeting"] = "Good morning,";
            },
            Token);
        using var client = host.CreateClient();
        Assert.Equal("Good morning, Ada!", await client.GetStringAsync("/api/greet/Ada", Token));
        Assert.Null(Environment.GetEnvironmentVariable("Greeting"));
    }

    [Fact]
    public async Task A_service_the_app_registers_is_replaced()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(
            o =>
            {
                o.Functions = ["Greet"];
                o.ConfigureServices = services => services.Replace(ServiceDescriptor.Singleton<IGreeter, Shouting>());
            },
            Token);
        using var client = host.CreateClient();
        Assert.Equal("HELLO ADA!", await client.GetStringAsync("/api/greet/Ada", Token));
        Assert.IsType<Shouting>(host.Services.GetRequiredService<IGreeter>());
    }

    [Fact]
    public async Task An_app_started_by_a_host_builder_answers_and_its_queue_message_is_captured()
    {
        await using var host = await StartShopAsync();
        using var client = host.CreateClient();
        using var answer = await client.PostAsJsonAsync("/api/orders", new Order("o1", "Ada", 12.5m), Token);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);

        var message = await host.Outputs.WaitAsync(cancellationToken: Token);
        Assert.Equal(("PlaceOrder", "queue", "Message"), (message.Function, message.BindingType, message.Name));
        Assert.Equal("orders", message.Property("queueName"));
        Assert.Equal(new Order("o1", "Ada", 25m), message.As<Order>());
    }

    [Fact]
    public async Task An_output_that_is_null_is_not_written()
    {
        await using var host = await StartShopAsync();
        using var client = host.CreateClient();
        using var answer = await client.PostAsJsonAsync("/api/orders", new Order("o1", "Ada", 0), Token);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var good = await client.PostAsJsonAsync("/api/orders", new Order("o2", "Ada", 1), Token);
        Assert.Equal("o2", (await host.Outputs.WaitAsync(cancellationToken: Token)).As<Order>()!.Id);
        Assert.Single(host.Outputs);
    }

    [Fact]
    public async Task A_functions_log_is_captured_with_its_name()
    {
        await using var host = await StartShopAsync();
        using var client = host.CreateClient();
        using var answer = await client.PostAsJsonAsync("/api/orders", new Order("o1", "Ada", 12.5m), Token);
        var line = await host.Logs.WaitAsync(log => log.Function == "PlaceOrder", cancellationToken: Token);
        Assert.Equal("Order o1 of Ada: 25.0 CHF", line.Message);
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Contains(line, host.Logs.Of("PlaceOrder"));
    }

    [Fact]
    public async Task Two_apps_and_two_hosts_of_one_app_run_side_by_side()
    {
        var shop = StartShopAsync();
        var morning = FunctionsTestHost.StartAsync<Greeter>(o => (o.Functions, o.Settings["Greeting"]) = (["Greet"], "Morning"), Token);
        var evening = FunctionsTestHost.StartAsync<Greeter>(o => (o.Functions, o.Settings["Greeting"]) = (["Greet"], "Evening"), Token);
        await using var first = await shop;
        await using var second = await morning;
        await using var third = await evening;

        using var orders = first.CreateClient();
        using var mornings = second.CreateClient();
        using var evenings = third.CreateClient();
        Assert.Equal("Morning Ada!", await mornings.GetStringAsync("/api/greet/Ada", Token));
        Assert.Equal("Evening Ada!", await evenings.GetStringAsync("/api/greet/Ada", Token));
        using var answer = await orders.PostAsJsonAsync("/api/orders", new Order("o1", "Ada", 1), Token);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Empty(second.Outputs);
    }

    [Fact]
    public async Task Each_app_has_its_own_folder_though_both_are_referenced_by_one_test()
    {
        await using var durable = await FunctionsTestHost.StartAsync<Greeter>(o => o.Functions = ["Greet"], Token);
        await using var storage = await StartShopAsync();
        Assert.Contains(Path.Combine("Apps", "DocsDurable", "bin"), durable.Host.Environment.App.Directory, StringComparison.Ordinal);
        Assert.Contains(Path.Combine("Apps", "DocsStorage", "bin"), storage.Host.Environment.App.Directory, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_app_runs_in_a_process_of_its_own_too()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(
            o =>
            {
                (o.Functions, o.OwnProcess) = (["Greet"], true);
                o.Settings["Greeting"] = "Goodbye";
            },
            Token);
        using var client = host.CreateClient();
        Assert.Equal("Goodbye Ada!", await client.GetStringAsync("/api/greet/Ada", Token));
    }

    [Fact]
    public async Task A_type_of_no_app_is_refused_with_a_sentence()
    {
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => FunctionsTestHost.StartAsync<Xunit.FactAttribute>(null, Token));
        Assert.Contains("has no entry point", error.Message, StringComparison.Ordinal);
    }

    private static Task<FunctionsTestHost> StartShopAsync() => FunctionsTestHost.StartAsync<Order>(
        o =>
        {
            o.Functions = ["PlaceOrder"];
            o.CaptureOutputsOnly = true;
            o.Settings["Shop__Currency"] = "CHF";
            o.ConfigureServices = services => services.Replace(ServiceDescriptor.Singleton<IRates, TwoForOne>());
        },
        Token);

    private sealed class Shouting(Greeting greeting) : IGreeter
    {
        public string Greet(string name) => $"{greeting.Word} {name}!".ToUpperInvariant();
    }

    private sealed class TwoForOne : IRates
    {
        public Task<decimal> RateAsync(string currency) => Task.FromResult(2m);
    }
}
