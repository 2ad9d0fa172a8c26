using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Functions;
using Xunit;

namespace Tasklane.Emulator.Tests.Functions;

public sealed class DiscoveryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(typeof(AdminRoute), "The 'AdminRoute' function is in error: The specified route conflicts with one or more built in routes.")]
    [InlineData(typeof(RuntimeRoute), "The 'RuntimeRoute' function is in error: The specified route conflicts with one or more built in routes.")]
    [InlineData(typeof(SameName), "The 'twice' function is in error: The function or proxy name 'twice' must be unique within the function app.")]
    [InlineData(typeof(SameRoute), "The 'Second' function is in error: The route specified conflicts with the route defined by function 'First'.")]
    [InlineData(typeof(BadRoute), "The 'BadRoute' function is in error: The route 'api/a/{' is not valid")]
    [InlineData(typeof(MissingSetting), "The 'MissingSetting' function is in error: '%Nowhere%' does not resolve to a value.")]
    [InlineData(typeof(UnknownTrigger), "The 'UnknownTrigger' function is in error: The binding type(s) 'carrierPigeonTrigger' are not registered.")]
    [InlineData(typeof(RetriedRequest), "The 'RetriedRequest' function is in error: A httpTrigger does not support retry attributes (AZFW0012).")]
    [InlineData(typeof(UnknownOutput), "The 'UnknownOutput' function is in error: The binding type(s) 'carrierPigeon' are not registered.")]
    public async Task Start_is_refused_with_the_real_hosts_sentence(Type functions, string sentence)
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => App.StartAsync(functions));
        Assert.StartsWith(sentence, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Functions_in_error_can_be_left_out_instead_as_the_real_host_does()
    {
        await using var app = await App.StartAsync(null, o => o.FailOnFunctionErrors = false, typeof(AdminRoute), typeof(SameRoute));
        using var http = app.CreateClient();

        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/api/Admin/x", Token)).StatusCode);
        Assert.Equal("first", await http.GetStringAsync("/api/same", Token));
        var listed = JsonNode.Parse(await http.GetStringAsync("/admin/functions/AdminRoute", Token))!;
        Assert.Equal("The specified route conflicts with one or more built in routes.", (string)listed["errors"]![0]!);
    }

    [Fact]
    public async Task Routes_are_equal_only_with_a_common_method()
    {
        await using var app = await App.StartAsync(typeof(SplitRoute));
        using var http = app.CreateClient();
        Assert.Equal("get", await http.GetStringAsync("/api/split", Token));
        var posted = await http.PostAsync("/api/split", null, Token);
        Assert.Equal("post", await posted.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task An_empty_prefix_and_a_setting_make_the_route()
    {
        await using var app = await App.StartAsync(
            null,
            o =>
            {
                o.Settings["AzureFunctionsJobHost__extensions__http__routePrefix"] = "";
                o.Settings["Some__Route"] = "here/now";
            },
            typeof(SettingRoute));
        using var http = app.CreateClient();
        Assert.Equal("ok", await http.GetStringAsync("/here/now", Token));
    }

    [Fact]
    public async Task A_disabled_function_is_listed_but_answers_404()
    {
        await using var app = await App.StartAsync(null, o => o.Settings["AzureWebJobs.First.Disabled"] = "true", typeof(SplitRoute));
        using var http = app.CreateClient();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/api/split", Token)).StatusCode);
        Assert.True((bool)JsonNode.Parse(await http.GetStringAsync("/admin/functions/first", Token))!["isDisabled"]!);
    }

    [Fact]
    public async Task A_program_that_throws_fails_the_start_with_its_own_exception()
    {
        var error = await Assert.ThrowsAsync<NotSupportedException>(
            () => App.StartAsync(_ => throw new NotSupportedException("no"), null, typeof(SplitRoute)));
        Assert.Equal("no", error.Message);
    }

    [Fact]
    public async Task A_service_that_is_missing_is_told_at_the_start_of_the_function()
    {
        await using var app = await App.StartAsync(typeof(NeedsService));
        using var http = app.CreateClient();
        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync("/api/NeedsService", Token)).StatusCode);
    }

    [Fact]
    public async Task Several_apps_run_at_once_each_with_its_own_services_and_settings()
    {
        var apps = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => App.StartAsync(
            b => b.Services.AddSingleton(new Greeting($"hello {i} {b.Configuration["Who"]}")),
            o => o.Settings["Who"] = $"w{i}",
            typeof(NeedsService))));
        for (var i = 0; i < apps.Length; i++)
        {
            using var http = apps[i].CreateClient();
            Assert.Equal($"hello {i} w{i}", await http.GetStringAsync("/api/NeedsService", Token));
            await apps[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task A_tests_services_replace_the_apps()
    {
        await using var app = await App.StartAsync(
            b => b.Services.AddSingleton(new Greeting("app")),
            o => o.ConfigureServices = services => services.AddSingleton(new Greeting("test")),
            typeof(NeedsService));
        using var http = app.CreateClient();
        Assert.Equal("test", await http.GetStringAsync("/api/NeedsService", Token));
    }

    [Fact]
    public void Types_of_an_app_are_its_own_and_those_of_references_that_hold_functions()
    {
        var types = FunctionDiscovery.TypesOf(typeof(DiscoveryTests).Assembly);
        Assert.Contains(typeof(SplitRoute), types);
        Assert.DoesNotContain(typeof(FunctionAttribute), types);
    }

    public sealed record Greeting(string Text);

    public sealed class NeedsService(Greeting greeting)
    {
        [Function("NeedsService")]
        public IActionResult Run([HttpTrigger("get")] HttpRequest request) => new ContentResult { Content = greeting.Text };
    }

    public static class AdminRoute
    {
        [Function("AdminRoute")]
        public static void Run([HttpTrigger("get", Route = "Admin/x")] HttpRequest request) => Assert.NotNull(request);
    }

    public static class RuntimeRoute
    {
        [Function("RuntimeRoute")]
        public static void Run([HttpTrigger("get", Route = "/runtimes")] HttpRequest request) => Assert.NotNull(request);
    }

    public static class SameName
    {
        [Function("Twice")]
        public static void One([HttpTrigger("get", Route = "one")] HttpRequest request) => Assert.NotNull(request);

        [Function("twice")]
        public static void Two([HttpTrigger("get", Route = "two")] HttpRequest request) => Assert.NotNull(request);
    }

    public static class SameRoute
    {
        [Function("First")]
        public static IActionResult One([HttpTrigger("get", Route = "same")] HttpRequest request) => new ContentResult { Content = "first" };

        [Function("Second")]
        public static void Two([HttpTrigger("post", "GET", Route = "/Same")] HttpRequest request) => Assert.NotNull(request);
    }

    public static class SplitRoute
    {
        [Function("First")]
        public static IActionResult One([HttpTrigger("get", Route = "split")] HttpRequest request) => new ContentResult { Content = "get" };

        [Function("Second")]
        public static IActionResult Two([HttpTrigger("post", Route = "split")] HttpRequest request) => new ContentResult { Content = "post" };
    }

    public static class BadRoute
    {
        [Function("BadRoute")]
        public static void Run([HttpTrigger("get", Route = "a/{")] HttpRequest request) => Assert.NotNull(request);
    }

    public static class MissingSetting
    {
        [Function("MissingSetting")]
        public static void Run([HttpTrigger("get", Route = "%Nowhere%")] HttpRequest request) => Assert.NotNull(request);
    }

    public static class SettingRoute
    {
        [Function("SettingRoute")]
        public static IActionResult Run([HttpTrigger("get", Route = "%Some__Route%")] HttpRequest request) =>
            new ContentResult { Content = "ok" };
    }

    [AttributeUsage(AttributeTargets.Parameter)]
    public sealed class CarrierPigeonTriggerAttribute : TriggerBindingAttribute;

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class CarrierPigeonOutputAttribute : OutputBindingAttribute;

    public static class UnknownTrigger
    {
        [Function("UnknownTrigger")]
        public static void Run([CarrierPigeonTrigger] string message) => Assert.NotNull(message);
    }

    public static class RetriedRequest
    {
        [Function("RetriedRequest")]
        [FixedDelayRetry(3, "00:00:01")]
        public static void Run([HttpTrigger("get")] HttpRequest request) => Assert.NotNull(request);
    }

    public static class UnknownOutput
    {
        [Function("UnknownOutput")]
        [CarrierPigeonOutput]
        public static string Run([HttpTrigger("get")] HttpRequest request) => request.Method;
    }
}
