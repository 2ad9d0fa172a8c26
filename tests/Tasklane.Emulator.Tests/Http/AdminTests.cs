using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Functions;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Http;

/// <summary>The host's own API.</summary>
public sealed class AdminTests : IAsyncLifetime
{
    private readonly Signal<string?> _ran = new("the function ran");
    private FunctionsTestHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var worker = new ScriptedWorker(
        [
            ScriptedWorker.Http("Web", "a/{id}", "GET", "post"),
            ScriptedWorker.Function("Mail", """{"name":"letter","type":"mailTrigger","direction":"In","box":"in"}"""),
            ScriptedWorker.Function("Bell", """{"name":"bell","type":"bellTrigger","direction":"In"}"""),
            ScriptedWorker.Function("Off", """{"name":"bell","type":"bellTrigger","direction":"In"}"""),
        ])
        {
            Answer = request =>
            {
                _ran.Send(request.InputData[0].Data.String);
                return new InvocationResponse { InvocationId = request.InvocationId, Result = new StatusResult { Status = StatusResult.Types.Status.Success } };
            },
        };
        _app = await FunctionsTestHost.StartAsync(
            typeof(Probe.Program).Assembly,
            options =>
            {
                options.AppDirectory = BuiltApps.Output("tests/Apps/Probe");
                options.Settings["AzureWebJobs.Off.Disabled"] = "1";
                options.ConfigureHostServices = services => services
                    .AddSingleton<Func<Tasklane.Emulator.Worker.IWorkerTransport>>(() => worker)
                    .AddSingleton<ITriggerKind>(new Kind("mailTrigger"))
                    .AddSingleton<ITriggerKind>(new Bell(_ran));
            },
            Token);
        _http = WebHost.Client(_app);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Fact]
    public async Task Functions_are_listed_with_their_bindings_and_addresses()
    {
        var functions = JsonNode.Parse(await _http.GetStringAsync("/admin/functions", Token))!.AsArray();
        Assert.Equal(["Bell", "Mail", "Off", "Web"], functions.Select(function => (string)function!["name"]!));
        var web = JsonNode.Parse(await _http.GetStringAsync("/admin/functions/web", Token))!;
        Assert.Equal($"{_app.BaseAddress}a/{{id}}", (string)web["invoke_url_template"]!);
        Assert.Equal($"{_app.BaseAddress}admin/functions/Web", (string)web["href"]!);
        Assert.Equal("dotnet-isolated", (string)web["language"]!);
        Assert.False((bool)web["isDisabled"]!);
        var trigger = web["config"]!["bindings"]![0]!;
        Assert.Equal(
            ("httpTrigger", "in", "a/{id}", "anonymous", "get,post"),
            ((string)trigger["type"]!, (string)trigger["direction"]!, (string)trigger["route"]!, (string)trigger["authLevel"]!,
                string.Join(',', trigger["methods"]!.AsArray())));
        Assert.Equal("out", (string)web["config"]!["bindings"]![1]!["direction"]!);
        Assert.Empty(JsonNode.Parse(await _http.GetStringAsync("/admin/functions/Web/status", Token))!["errors"]!.AsArray());
    }

    [Theory]
    [InlineData("/admin/functions/none")]
    [InlineData("/admin/functions/none/status")]
    [InlineData("/admin/functions/Web/keys")]
    [InlineData("/admin/host/keys")]
    public async Task What_is_not_there_is_404(string path) =>
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync(path, Token)).StatusCode);

    [Fact]
    public async Task Status_tells_what_is_wrong_until_it_is_not()
    {
        var state = _app.HostServices.GetRequiredService<HostState>();
        Assert.Equal(("Running", 0), await StatusAsync());
        state.Report("disk", "The disk is full.");
        Assert.Equal(("Error", 1), await StatusAsync());
        state.Report("disk", null);
        Assert.Equal(("Running", 0), await StatusAsync());

        async Task<(string, int)> StatusAsync()
        {
            var status = JsonNode.Parse(await _http.GetStringAsync("/admin/host/status", Token))!;
            Assert.StartsWith("4.1041.", (string)status["version"]!, StringComparison.Ordinal);
            return ((string)status["state"]!, status["errors"]!.AsArray().Count);
        }
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Ping_answers(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/admin/host/ping");
        Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(request, Token)).StatusCode);
    }

    [Theory]
    [InlineData("Mail", """{"input":"hello"}""", "hello")]
    [InlineData("Mail", """{"input":{"a":1}}""", """{"a":1}""")]
    [InlineData("mail", "{}", "")]
    [InlineData("Bell", "{}", "rung")]
    public async Task A_function_runs_on_demand(string name, string body, string expected)
    {
        using var response = await PostAsync(name, body);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(expected, await _ran.NextAsync(ct: Token));
    }

    [Theory]
    [InlineData("none", "{}", "application/json", 404)]
    [InlineData("Web", "{}", "application/json", 400)]
    [InlineData("Off", "{}", "application/json", 400)]
    [InlineData("Mail", "{", "application/json", 400)]
    [InlineData("Mail", "{}", "text/plain", 415)]
    public async Task What_cannot_be_run_is_refused(string name, string body, string type, int expected)
    {
        using var response = await PostAsync(name, body, type);
        Assert.Equal(expected, (int)response.StatusCode);
        if (expected != 404)
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    private async Task<HttpResponseMessage> PostAsync(string name, string body, string type = "application/json")
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        return await _http.PostAsync("/admin/functions/" + name, content, Token);
    }

    private class Kind(string type) : ITriggerKind
    {
        public string Type => type;

        public void Add(HostFunction function)
        {
            // Nothing to listen to.
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class Bell(Signal<string?> ran) : Kind("bellTrigger"), IRunsOnDemand
    {
        public Task RunAsync(HostFunction function, string? input, CancellationToken cancellationToken)
        {
            ran.Send("rung");
            return Task.CompletedTask;
        }
    }
}
