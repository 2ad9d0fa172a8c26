using System.Net;
using System.Net.Http.Json;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Tasklane.Emulator.SignalR;
using Tasklane.Emulator.Testing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.SignalR;

public sealed class InProcessFunctionsTests(SignalRClients clients) : FunctionsTests(clients, ownProcess: false);

public sealed class OwnProcessFunctionsTests(SignalRClients clients) : FunctionsTests(clients, ownProcess: true);

/// <summary>A function app and the real client: negotiate, push, invoke; wherever the worker runs.</summary>
public abstract class FunctionsTests(SignalRClients clients, bool ownProcess) : IClassFixture<SignalRClients>, IAsyncLifetime
{
    private static readonly string[] _chat =
    [
        "negotiate", "negotiate_text", "negotiate_claims", "endpoints", "act", "move", "nothing", "greet", "part", "repeat", "count", "raw",
        "refuse", "off", "connection_string",
    ];

    private FunctionsTestHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await StartAsync();
        _http = _app.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData(SignalRTransport.WebSockets)]
    [InlineData(SignalRTransport.ServerSentEvents)]
    [InlineData(SignalRTransport.LongPolling)]
    public async Task A_client_negotiates_by_a_function_and_is_pushed_to(SignalRTransport transport)
    {
        var client = await ConnectAsync("ann", transport);
        Assert.Equal("ann@lobby", (await client.NextAsync(Ct)).Arguments[0].GetString());

        await ActAsync("""{"target":"news","arguments":[{"A":1}],"userId":"ann@lobby"}""");

        var news = await client.NextAsync(Ct);
        Assert.Equal("news", news.Target);
        Assert.Equal("""{"A":1}""", news.Arguments[0].GetRawText());
    }

    [Fact]
    public async Task Connection_info_binds_as_text_and_reads_query_and_settings()
    {
        var client = await clients.ConnectAsync($"{_app.BaseAddress}text?user=bob", new() { On = ["welcome"] }, Ct);

        Assert.Equal("bob", (await client.NextAsync(Ct)).Arguments[0].GetString());
    }

    [Fact]
    public async Task Wanted_claims_of_an_identity_token_travel_with_the_client()
    {
        var key = new SymmetricSecurityKey("somebody else's key, never checked here"u8.ToArray());
        var idToken = new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Subject = new ClaimsIdentity([new Claim("name", "Ann A."), new Claim("secret", "no")]),
            SigningCredentials = new SigningCredentials(key, SecurityAlgorithms.HmacSha256),
        });
        var options = new SignalRClientOptions { On = ["welcome"], Headers = new Dictionary<string, string> { ["x-id-token"] = idToken } };

        var client = await clients.ConnectAsync($"{_app.BaseAddress}claims", options, Ct);

        Assert.Equal("Ann A.", (await client.NextAsync(Ct)).Arguments[1].GetString());
    }

    [Fact]
    public async Task A_binding_expression_that_finds_nothing_fails_the_function()
    {
        using var answer = await _http.PostAsync("lobby/negotiate", null, Ct);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
    }

    [Fact]
    public async Task Endpoints_and_negotiation_inputs_describe_the_one_service()
    {
        var answer = await _http.GetFromJsonAsync<JsonElement>("endpoints", Ct);

        var own = _app.BaseAddress.GetLeftPart(UriPartial.Authority);
        var endpoint = Assert.Single(answer.GetProperty("endpoints").EnumerateArray());
        Assert.Equal(own, endpoint.GetProperty("endpoint").GetString());
        Assert.True(endpoint.GetProperty("online").GetBoolean());
        var info = Assert.Single(answer.GetProperty("context").GetProperty("endpoints").EnumerateArray()).GetProperty("connectionInfo");
        Assert.Equal($"{own}/client/?hub=chat", info.GetProperty("url").GetString());
    }

    [Fact]
    public async Task Objects_in_an_array_are_carried_out_in_order_and_written_by_the_workers_serializer()
    {
        var client = await ConnectAsync("ann");
        await client.NextAsync(Ct);
        await ActAsync("""[{"action":"add","userId":"ann@lobby","groupName":"red"}, {"Target":"news","GroupName":"red"}]""");
        Assert.Equal("news", (await client.NextAsync(Ct)).Target);

        using var answer = await _http.PostAsync("move/ann@lobby/red/blue", null, Ct);
        await ActAsync("""[{"target":"news","groupName":"red"}, {"target":"last"}]""");

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        var moved = await client.NextAsync(Ct);
        Assert.Equal("moved", moved.Target);
        Assert.Equal("""{"Text":"blue","when":7}""", moved.Arguments[0].GetRawText());
        Assert.Equal("null 1.5 é", string.Join(' ', moved.Arguments.Skip(1).Select(a => a.ValueKind == JsonValueKind.Null ? "null" : a.ToString())));
        Assert.Equal("last", (await client.NextAsync(Ct)).Target);
    }

    [Fact]
    public async Task Group_actions_are_known_by_name_and_by_number()
    {
        var client = await ConnectAsync("ann");
        await client.NextAsync(Ct);

        await ActAsync("""
            [{"Action":0,"UserId":"ann@lobby","GroupName":"red"}, {"action":"add","userId":"ann@lobby","groupName":"blue"},
             {"target":"news","arguments":["both"],"groupName":"red"}, {"action":1,"userId":"ann@lobby","groupName":"red"},
             {"target":"news","arguments":["nobody"],"groupName":"red"}, {"target":"news","arguments":["blue"],"groupName":"blue"},
             {"action":"removeAll","userId":"ann@lobby"}, {"target":"news","arguments":["nobody"],"groupName":"blue"}, {"target":"last"}]
            """);

        Assert.Equal("both", (await client.NextAsync(Ct)).Arguments[0].GetString());
        Assert.Equal("blue", (await client.NextAsync(Ct)).Arguments[0].GetString());
        Assert.Equal("last", (await client.NextAsync(Ct)).Target);
    }

    [Fact]
    public async Task A_thousand_actions_in_one_array_arrive_in_order()
    {
        var client = await ConnectAsync("ann");
        await client.NextAsync(Ct);

        await ActAsync($"[{string.Join(',', Enumerable.Range(0, 1000).Select(i => $$"""{"target":"news","arguments":[{{i}}],"userId":"ann@lobby"}"""))}]");

        for (var i = 0; i < 1000; i++)
            Assert.Equal(i, (await client.NextAsync(Ct)).Arguments[0].GetInt32());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task The_app_is_given_a_connection_string_that_opens_the_service(string? setting)
    {
        await using var app = await StartAsync(_chat, setting: setting);
        using var http = app.CreateClient();

        var text = await http.GetStringAsync("connection", Ct);

        var own = app.BaseAddress.GetLeftPart(UriPartial.Authority);
        Assert.Matches($"^Endpoint={own};AccessKey=[A-Za-z0-9+/]+=*;Version=1.0;$", text);
        var token = new AccessTokens(ServiceKey.Load(text, "", _ => { }), TimeProvider.System)
            .Create($"{own}/client/?hub=chat", TimeSpan.FromMinutes(5), "eve");
        var client = await clients.ConnectAsync($"{own}/client/?hub=chat", new() { AccessToken = token, On = ["welcome"] }, Ct);
        Assert.Equal("eve", (await client.NextAsync(Ct)).Arguments[0].GetString());
    }

    [Fact]
    public async Task A_connection_string_of_the_users_stays_as_it_is()
    {
        const string setting = "Endpoint=https://mine.service.signalr.net;AccessKey=0123456789abcdef0123456789abcdef;Version=1.0;";
        await using var app = await StartAsync(_chat, setting: setting);
        using var http = app.CreateClient();

        Assert.Equal(setting, await http.GetStringAsync("connection", Ct));
        Assert.Equal("0123456789abcdef0123456789abcdef", app.HostServices.GetRequiredService<ServiceKey>().Value);
    }

    [Fact]
    public async Task Null_empty_text_and_empty_arrays_send_nothing()
    {
        var client = await ConnectAsync("ann");
        await client.NextAsync(Ct);

        await ActAsync("");
        await ActAsync("[]");
        await ActAsync("null");
        using var array = await _http.PostAsync("nothing/array", null, Ct);
        using var missing = await _http.PostAsync("nothing/null", null, Ct);
        await ActAsync("""{"target":"last"}""");

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (array.StatusCode, missing.StatusCode));
        Assert.Equal("last", (await client.NextAsync(Ct)).Target);
    }

    [Fact]
    public async Task What_is_no_action_fails_the_output_but_not_the_answer()
    {
        await ActAsync("""{"neither":"message nor group action"}""");
        await ActAsync("""{"action":"add","userId":"ann"}""");
    }

    [Fact]
    public async Task A_trigger_binds_arguments_by_name_and_answers_with_what_it_returns()
    {
        var client = await ConnectAsync("ann");

        var said = await client.InvokeAsync("repeat", ["ha", 3, new { text = "!", when = 9 }], Ct);

        Assert.Equal("""{"Text":"ann@lobby: hahaha !","when":9}""", said.GetRawText());
        Assert.Equal(2, (await client.InvokeAsync("Count", [1, "two"], Ct)).GetInt32());
        var raw = JsonElement.Parse((await client.InvokeAsync("raw", ["x"], Ct)).GetString()!);
        Assert.Equal("ann@lobby", raw.GetProperty("UserId").GetString());
        Assert.Equal("x", raw.GetProperty("Arguments")[0].GetString());
    }

    [Fact]
    public async Task A_trigger_that_fails_or_is_missing_answers_with_an_error()
    {
        var client = await ConnectAsync("ann");

        Assert.Contains("Not today.", await ErrorOfAsync(client.InvokeAsync("refuse", [], Ct)), StringComparison.Ordinal);
        Assert.Equal(
            "The function accept 3 arguments but message provided 1.", await ErrorOfAsync(client.InvokeAsync("repeat", ["ha"], Ct)));
        Assert.Equal("Invocation failed, status code 404", await ErrorOfAsync(client.InvokeAsync("absent", [], Ct)));
        Assert.Equal("Invocation failed, status code 404", await ErrorOfAsync(client.InvokeAsync("off", [], Ct)));
    }

    [Fact]
    public async Task An_activity_pushes_what_it_returns_and_fails_with_its_output()
    {
        await using var app = await StartAsync([.. _chat, "pump", "pump_orchestration", "pump_push"]);
        using var http = app.CreateClient();
        var options = new SignalRClientOptions { On = ["first", "second"], Headers = User("ann") };
        var client = await clients.ConnectAsync($"{app.BaseAddress}lobby", options, Ct);

        Assert.Equal("Completed", await PumpAsync(http, "ann@lobby"));
        Assert.Equal("Failed", await PumpAsync(http, "nobody"));
        Assert.Equal("Completed", await PumpAsync(http, "last"));

        Assert.Equal("ann@lobby", (await client.NextAsync(Ct)).Arguments[0].GetString());
        Assert.Equal("""{"Text":"pushed","when":1}""", (await client.NextAsync(Ct)).Arguments[0].GetRawText());
        // Tried twice, sent whole each time.
        Assert.Equal("nobody", (await client.NextAsync(Ct)).Arguments[0].GetString());
        Assert.Equal("nobody", (await client.NextAsync(Ct)).Arguments[0].GetString());
        Assert.Equal("last", (await client.NextAsync(Ct)).Arguments[0].GetString());
    }

    [Fact]
    public async Task The_function_for_leaving_tells_the_others()
    {
        var ann = await ConnectAsync("ann");
        Assert.Equal("welcome", (await ann.NextAsync(Ct)).Target);
        var bob = await ConnectAsync("bob");

        await bob.StopAsync(Ct);

        Assert.Equal("bob@lobby", (await ann.NextAsync(Ct)).Arguments[0].GetString());
    }

    [Fact]
    public async Task A_client_negotiates_anew_after_a_restart_and_an_old_token_still_holds()
    {
        var port = FreePort.Next();
        using var data = new TempDirectory();
        var first = await StartAsync(port, data.Path);
        var options = new SignalRClientOptions { On = ["welcome"], Headers = User("ann"), ReconnectDelays = [0, 20] };
        var client = await clients.ConnectAsync($"{first.BaseAddress}lobby", options, Ct);
        await client.NextAsync(Ct);
        var oldToken = await TokenAsync(first);
        await first.DisposeAsync();

        await using var second = await StartAsync(port, data.Path);
        await client.NextReconnectAsync(Ct);
        Assert.Equal("ann@lobby", (await client.NextAsync(Ct)).Arguments[0].GetString());

        // The generated key lies in the data directory, so it is the same key.
        await clients.ConnectAsync($"{second.BaseAddress}client/?hub=chat", new() { AccessToken = oldToken }, Ct);
    }

    [Fact]
    public async Task Functions_the_service_cannot_serve_are_in_error()
    {
        var twice = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync(["one", "two"]));
        Assert.Contains("'two' function is in error: Another function handles", twice.Message, StringComparison.Ordinal);
        var wrong = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync(["category", "hub"]));
        Assert.Contains("'message' is no category", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("'1chat' is not the name of a hub", wrong.Message, StringComparison.Ordinal);
    }

    private Task<FunctionsTestHost> StartAsync(int port = 0, string? data = null) =>
        StartAsync(_chat, port, data);

    private Task<FunctionsTestHost> StartAsync(string[] functions, int port = 0, string? data = null, string? setting = null) => FunctionsTestHost.StartAsync<Probe.Program>(
        options =>
        {
            options.Functions = functions;
            options.OwnProcess = ownProcess;
            options.AppDirectory = BuiltApps.Output("tests/Apps/Probe");
            options.Port = port;
            options.DataDirectory = data;
            options.Settings["HUB"] = "chat";
            if (setting is not null)
                options.Settings[ServiceKey.DefaultSetting] = setting;
            options.Settings["AzureWebJobs.off.Disabled"] = "true";
        },
        Ct);

    private static async Task<string> PumpAsync(HttpClient http, string user)
    {
        using var answer = await http.PostAsync($"pump/{user}", null, Ct);
        return await answer.Content.ReadAsStringAsync(Ct);
    }

    private Task<SignalRClient> ConnectAsync(string user, SignalRTransport? transport = null)
    {
        var options = new SignalRClientOptions
        {
            Transport = transport,
            Headers = User(user),
            On = ["welcome", "left", "news", "moved", "last"],
        };
        return clients.ConnectAsync($"{_app.BaseAddress}lobby", options, Ct);
    }

    private static Dictionary<string, string> User(string user) => new() { ["x-user"] = user };

    private static async Task<string> TokenAsync(FunctionsTestHost app)
    {
        using var http = app.CreateClient();
        http.DefaultRequestHeaders.Add("x-user", "ann");
        using var answer = await http.PostAsync("lobby/negotiate", null, Ct);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("accessToken").GetString()!;
    }

    private async Task ActAsync(string actions)
    {
        using var content = new StringContent(actions);
        using var answer = await _http.PostAsync("act", content, Ct);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    private static async Task<string> ErrorOfAsync(Task call) =>
        (await Assert.ThrowsAsync<SignalRClientException>(() => call)).Message;
}
