using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Tasklane.Emulator.Tests.Functions;

public sealed class MiddlewareTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Middleware_runs_in_the_order_it_was_added_round_the_function()
    {
        await using var app = await App.StartAsync(
            b => b.UseMiddleware<Outer>().UseMiddleware(async (context, next) =>
            {
                Add(context, "inner");
                await next();
                Add(context, "inner-after");
            }),
            null,
            typeof(Endpoints));
        using var http = app.CreateClient();
        var response = await http.GetAsync("/api/trail", Token);
        Assert.Equal("outer,inner,function", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("outer,inner,function,inner-after", response.Headers.GetValues("X-Trail").Single());
    }

    [Fact]
    public async Task Middleware_can_answer_without_the_function()
    {
        await using var app = await App.StartAsync(
            b => b.UseMiddleware((context, _) =>
            {
                context.GetInvocationResult().Value = new UnauthorizedResult();
                return Task.CompletedTask;
            }),
            null,
            typeof(Endpoints));
        using var http = app.CreateClient();
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/trail", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/parts", Token)).StatusCode);
    }

    [Fact]
    public async Task Middleware_can_answer_through_the_worker_own_types()
    {
        await using var app = await App.StartAsync(
            b => b.UseMiddleware(async (context, _) =>
            {
                var request = (await context.GetHttpRequestDataAsync())!;
                var response = request.CreateResponse(HttpStatusCode.Conflict);
                await response.WriteStringAsync("no " + request.Url.AbsolutePath);
                context.GetInvocationResult().Value = response;
            }),
            null,
            typeof(Endpoints));
        using var http = app.CreateClient();
        var response = await http.GetAsync("/api/trail", Token);
        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("no /api/trail", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Middleware_sees_and_changes_the_result_and_the_outputs()
    {
        await using var app = await App.StartAsync(
            b => b.UseMiddleware(async (context, next) =>
            {
                await next();
                if (context.FunctionDefinition.Name == "Parts")
                    context.GetOutputBindings<IActionResult>().Single(o => o.BindingType == "http").Value = Text("changed");
                else
                    context.GetInvocationResult<IActionResult>().Value = Text("replaced");
            }),
            null,
            typeof(Endpoints));
        using var http = app.CreateClient();
        Assert.Equal("changed", await http.GetStringAsync("/api/parts", Token));
        Assert.Equal("replaced", await http.GetStringAsync("/api/trail", Token));
    }

    [Fact]
    public async Task Middleware_sees_and_changes_the_inputs()
    {
        await using var app = await App.StartAsync(
            b => b.UseMiddleware(async (context, next) =>
            {
                var features = context.Features.Get<Microsoft.Azure.Functions.Worker.Context.Features.IFunctionInputBindingFeature>()!;
                var inputs = await features.BindFunctionInputAsync(context);
                inputs.Values[1] = "not " + inputs.Values[1];
                await next();
            }),
            null,
            typeof(Echo));
        using var http = app.CreateClient();
        Assert.Equal("not me", await http.GetStringAsync("/api/echo/me", Token));
    }

    [Fact]
    public async Task What_a_function_throws_passes_through_the_middleware()
    {
        Exception? seen = null;
        await using var app = await App.StartAsync(
            b => b.UseMiddleware(async (context, next) =>
            {
                try
                {
                    await next();
                }
                catch (InvalidTimeZoneException e)
                {
                    seen = e;
                    context.GetInvocationResult().Value = new StatusCodeResult(418);
                }
            }),
            null,
            typeof(Endpoints));
        using var http = app.CreateClient();
        Assert.Equal(418, (int)(await http.GetAsync("/api/throws", Token)).StatusCode);
        Assert.Equal("thrown", seen!.Message);
    }

    [Fact]
    public async Task UseWhen_runs_only_when_its_condition_holds()
    {
        await using var app = await App.StartAsync(
            b => b.UseWhen<Outer>(context => context.FunctionDefinition.Name == "Trail"), null, typeof(Endpoints), typeof(Echo));
        using var http = app.CreateClient();
        Assert.Equal("outer,function", await http.GetStringAsync("/api/trail", Token));
        Assert.False((await http.GetAsync("/api/echo/a", Token)).Headers.Contains("X-Trail"));
    }

    [Fact]
    public async Task A_context_tells_the_invocation_its_scope_and_its_request()
    {
        await using var app = await App.StartAsync(
            b =>
            {
                b.Services.AddScoped<Scoped>();
                b.UseMiddleware(async (context, next) =>
                {
                    context.InstanceServices.GetRequiredService<Scoped>().Note = context.InvocationId;
                    Assert.NotNull(context.GetHttpContext());
                    Assert.Equal("a", context.BindingContext.BindingData["text"]);
                    Assert.Equal("httpTrigger", context.FunctionDefinition.InputBindings["request"].Type);
                    await next();
                });
            },
            null,
            typeof(UsesScope));
        using var http = app.CreateClient();
        Assert.Equal("same", await http.GetStringAsync("/api/scope/a", Token));
    }

    private static void Add(FunctionContext context, string step)
    {
        var trail = context.Items.TryGetValue("trail", out var value) ? value + "," + step : step;
        context.Items["trail"] = trail;
        context.GetHttpContext()!.Response.Headers["X-Trail"] = trail;
    }

    private static ContentResult Text(string text) => new() { Content = text };

    public sealed class Outer : IFunctionsWorkerMiddleware
    {
        public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
        {
            Add(context, "outer");
            await next(context);
        }
    }

    public sealed class Scoped
    {
        public string? Note { get; set; }
    }

    public sealed class Parts
    {
        [HttpResult]
        public required IActionResult Answer { get; init; }
    }

    public static class Endpoints
    {
        [Function("Trail")]
        public static IActionResult Trail([HttpTrigger("get", Route = "trail")] HttpRequest request, FunctionContext context)
        {
            Add(context, "function");
            return Text((string)context.Items["trail"]);
        }

        [Function("Parts")]
        public static Parts Parts([HttpTrigger("get", Route = "parts")] HttpRequest request) => new() { Answer = Text("parts") };

        [Function("Throws")]
        public static IActionResult Throws([HttpTrigger("get", Route = "throws")] HttpRequest request) =>
            throw new InvalidTimeZoneException("thrown");
    }

    public static class Echo
    {
        [Function("Echo")]
        public static IActionResult Run([HttpTrigger("get", Route = "echo/{text}")] HttpRequest request, string text) => Text(text);
    }

    public sealed class UsesScope(Scoped scoped)
    {
        [Function("UsesScope")]
        public IActionResult Run(
            [HttpTrigger("get", Route = "scope/{text}")] HttpRequest request, string text, FunctionContext context) =>
            Text(scoped.Note == context.InvocationId && request.HttpContext.RequestServices.GetRequiredService<Scoped>() == scoped
                ? "same" : $"{text}: {scoped.Note} is not {context.InvocationId}");
    }
}
