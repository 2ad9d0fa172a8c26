using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Tasklane.Emulator.Tests.Functions;

/// <summary>The ways apps start: every one of them ends in the same host.</summary>
public sealed class HostShapesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_older_host_builder_runs_with_middleware_services_and_settings()
    {
        await using var app = await StartAsync(
            _ => new HostBuilder()
                .ConfigureFunctionsWebApplication((context, worker) =>
                {
                    Assert.Equal("set", context.Configuration["Some:Setting"]);
                    worker.UseMiddleware((invocation, next) =>
                    {
                        invocation.GetHttpContext()!.Response.Headers["X-Seen"] = "1";
                        return next();
                    });
                })
                .ConfigureServices((context, services) => services.AddSingleton(new Word(context.Configuration["Some:Setting"]!)))
                .Build().Run(),
            typeof(WebFunctions));
        using var http = app.CreateClient();
        var response = await http.GetAsync("/api/word", Token);
        Assert.Equal("set", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("1", response.Headers.GetValues("X-Seen").Single());
    }

    [Fact]
    public async Task Worker_defaults_buffer_answers_and_write_objects_as_json()
    {
        await using var app = await StartAsync(
            _ => new HostBuilder().ConfigureFunctionsWorkerDefaults().Build().Run(), typeof(PlainFunctions));
        await AssertPlainAsync(app);
    }

    [Fact]
    public async Task The_application_builder_without_asp_net_core_is_the_plain_worker()
    {
        await using var app = await StartAsync(args => FunctionsApplication.CreateBuilder(args).Build().Run(), typeof(PlainFunctions));
        await AssertPlainAsync(app);
    }

    [Fact]
    public async Task RunDefault_is_a_whole_app()
    {
        await using var app = await StartAsync(
            _ => FunctionsWorkerHost.RunDefault(s => s.AddSingleton(new Word("w"))), typeof(PlainFunctions));
        await AssertPlainAsync(app);
    }

    [Fact]
    public async Task An_asynchronous_program_runs_too()
    {
        await using var app = await StartAsync(
            args => RunAsync(args).GetAwaiter().GetResult(), typeof(PlainFunctions));
        await AssertPlainAsync(app);

        static async Task RunAsync(string[] args)
        {
            await Task.Yield();
            await FunctionsApplication.CreateBuilder(args).Build().RunAsync(Token);
        }
    }

    [Fact]
    public async Task A_program_that_starts_nothing_is_told()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(static _ => { }, typeof(PlainFunctions)));
        Assert.Equal("The program ended without starting a Functions host.", error.Message);
    }

    [Fact]
    public async Task An_assembly_without_an_entry_point_is_told() =>
        await Assert.ThrowsAsync<ArgumentException>(() => EmulatorHost.StartAsync(typeof(EmulatorHost).Assembly, cancellationToken: Token));

    [Fact]
    public async Task Stopping_lets_the_program_end_and_its_services_be_disposed_of()
    {
        var word = new Word("w");
        var ended = false;
        var app = await StartAsync(
            _ =>
            {
                FunctionsWorkerHost.RunDefault(s => s.AddSingleton(_ => word));
                ended = true;
            },
            typeof(PlainFunctions));
        Assert.Same(word, app.Services.GetRequiredService<Word>());
        await app.StopAsync(Token);
        Assert.True(ended);
        Assert.True(word.IsDisposed);
        await app.DisposeAsync();
    }

    private static async Task AssertPlainAsync(EmulatorHost app)
    {
        using var http = app.CreateClient();
        using var body = new StringContent("hello", Encoding.UTF8, "text/plain");
        var echoed = await http.PostAsync("/api/echo", body, Token);
        Assert.Equal(HttpStatusCode.Accepted, echoed.StatusCode);
        Assert.Equal("HELLO", await echoed.Content.ReadAsStringAsync(Token));
        Assert.Equal("""{"Text":"w"}""", await http.GetStringAsync("/api/object", Token));
        Assert.Equal("text", await http.GetStringAsync("/api/text", Token));
    }

    private static Task<EmulatorHost> StartAsync(Action<string[]> program, Type functions)
    {
        var options = new EmulatorOptions { FunctionTypes = [functions] };
        options.Settings["Some__Setting"] = "set";
        return EmulatorHost.StartAsync(program, options, Token);
    }

    public sealed class Word(string text) : IDisposable
    {
        public string Text => text;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    public sealed class WebFunctions(Word word, ILogger<WebFunctions> log)
    {
        [Function("GetWord")]
        public IActionResult Run([HttpTrigger("get", Route = "word")] HttpRequest request)
        {
            log.LogDebug("asked");
            return new ContentResult { Content = word.Text };
        }
    }

    public static class PlainFunctions
    {
        [Function("Echo")]
        public static HttpResponseData Echo([HttpTrigger("post", Route = "echo")] HttpRequestData request)
        {
            var response = request.CreateResponse();
            response.WriteString(request.ReadAsString()!.ToUpperInvariant());
            // After the body: nothing is sent before the function has returned.
            response.StatusCode = HttpStatusCode.Accepted;
            return response;
        }

        [Function("Object")]
        public static object Plain([HttpTrigger("get", Route = "object")] HttpRequestData request) =>
            new { Text = request.Method == "GET" ? "w" : "" };

        [Function("Text")]
        public static string Text([HttpTrigger("get", Route = "text")] HttpRequestData request) =>
            request.Url.AbsolutePath == "/api/text" ? "text" : "";
    }
}
