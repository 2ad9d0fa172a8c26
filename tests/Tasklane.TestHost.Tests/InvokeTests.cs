using DocsDurable;
using DocsStorage;
using Tasklane.Emulator.Testing;

namespace Tasklane.TestHost.Tests;

/// <summary>Functions run by name, with what their trigger would bring.</summary>
public sealed class InvokeTests
{
    private static readonly Order _order = new("o1", "Ada", 12.5m);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queue_function_takes_an_object_and_its_blob_is_captured_with_its_path()
    {
        await using var host = await StartShopAsync("StoreOrder");
        await host.InvokeAsync("StoreOrder", _order, Token);
        var blob = Assert.Single(host.Outputs);
        Assert.Equal(("StoreOrder", "blob", "$return"), (blob.Function, blob.BindingType, blob.Name));
        Assert.Equal("orders/o1.json", blob.Property("blobPath"));
        Assert.Equal(_order, blob.As<Order>());
        await host.Logs.WaitAsync(log => log.Message == "Storing order o1", cancellationToken: Token);
    }

    [Fact]
    public async Task A_timer_function_is_retried_by_its_policy_on_the_tests_clock()
    {
        var clock = new WatchedClock(new DateTimeOffset(2026, 1, 1, 2, 0, 0, TimeSpan.Zero));
        await using var host = await StartShopAsync("NightlyReport", clock);
        var run = host.InvokeAsync("NightlyReport", null, Token);
        for (var failure = 0; failure < 2; failure++)
            await clock.AdvanceToAsync(TimeSpan.FromSeconds(10), Token);

        await run;
        Assert.Equal("Report of 2026-01-01 02:00", Assert.Single(host.Outputs.Of("NightlyReport")).Text);
        Assert.Equal(20, (clock.GetUtcNow() - clock.Start).TotalSeconds);
        Assert.Equal(2, host.Logs.Count(log => log.Category == "Function" && log.Message.Contains("The report is not ready", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_activity_takes_and_returns_what_it_is_declared_with()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(
            o => o.Functions = ["SayHello", "FindCities", "ProcessApproval"], Token);
        Assert.Equal("Hello Tokyo!", await host.InvokeAsync<string>("SayHello", "Tokyo", Token));
        Assert.Equal(["Tokyo", "Seattle"], (await host.InvokeAsync<string[]>("FindCities", 2, Token))!);
        Assert.Equal("rejected", await host.InvokeAsync<string>("ProcessApproval", false, Token));
    }

    [Fact]
    public async Task A_function_that_throws_fails_the_call_with_its_exception()
    {
        await using var host = await StartShopAsync("StoreOrder");
        var error = await Assert.ThrowsAsync<FunctionInvocationException>(() => host.InvokeAsync("StoreOrder", "no order", Token));
        Assert.Equal("StoreOrder", error.Function);
        Assert.NotEmpty(error.Message);
        Assert.NotEmpty(error.ErrorType);
    }

    [Fact]
    public async Task A_name_nobody_has_and_an_http_function_are_refused()
    {
        await using var host = await StartShopAsync("PlaceOrder");
        var unknown = await Assert.ThrowsAsync<ArgumentException>(() => host.InvokeAsync("Nobody", null, Token));
        Assert.StartsWith("The app has no function 'Nobody'.", unknown.Message, StringComparison.Ordinal);
        var http = await Assert.ThrowsAsync<ArgumentException>(() => host.InvokeAsync("PlaceOrder", null, Token));
        Assert.StartsWith("'PlaceOrder' is an HTTP function: call its route", http.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_for_an_output_that_does_not_come_says_what_came()
    {
        await using var host = await StartShopAsync("StoreOrder");
        await host.InvokeAsync("StoreOrder", _order, Token);
        var error = await Assert.ThrowsAsync<TimeoutException>(
            () => host.Outputs.WaitAsync(output => output.BindingType == "queue", TimeSpan.FromMilliseconds(1), Token));
        Assert.StartsWith("No such output within 0 s. There were:", error.Message, StringComparison.Ordinal);
        Assert.Contains("StoreOrder.$return (blob)", error.Message, StringComparison.Ordinal);
    }

    private static Task<FunctionsTestHost> StartShopAsync(string function, TimeProvider? clock = null) => FunctionsTestHost.StartAsync<Order>(
        o => (o.Functions, o.CaptureOutputsOnly, o.TimeProvider) = ([function], true, clock), Token);
}
