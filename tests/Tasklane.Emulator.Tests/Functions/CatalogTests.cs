using System.Net;
using System.Text.Json.Nodes;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Tests.Functions;

/// <summary>What the host makes of the functions that a worker has, the faulty ones above all.</summary>
public sealed class CatalogTests
{
    private const string Built = "The specified route conflicts with one or more built in routes.";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Faults => [.. _faults.Keys];

    private static readonly Dictionary<string, (RpcFunctionMetadata[] Functions, string Sentence)> _faults = new()
    {
        ["admin route"] = ([ScriptedWorker.Http("A", "Admin/x")], $"The 'A' function is in error: {Built}"),
        ["runtime route"] = ([ScriptedWorker.Http("A", "/runtimes")], $"The 'A' function is in error: {Built}"),
        ["same name"] = (
            [ScriptedWorker.Http("Twice", "one"), ScriptedWorker.Http("twice", "two")],
            "The 'twice' function is in error: Another function is named 'twice'."),
        ["same route"] = (
            [ScriptedWorker.Http("First", "same"), ScriptedWorker.Http("Second", "/Same", "post", "GET")],
            "The 'Second' function is in error: The route specified conflicts with the route defined by function 'First'."),
        ["broken route"] = ([ScriptedWorker.Http("A", "a/{")], "The 'A' function is in error: The route 'a/{' is not valid"),
        ["unknown constraint"] = (
            [ScriptedWorker.Http("A", "a/{id:nonsense}")],
            "The 'A' function is in error: The route 'a/{id:nonsense}' is not valid: there is no constraint 'nonsense'."),
        ["bad constraint"] = ([ScriptedWorker.Http("A", "a/{id:range(x,y)}")], "The 'A' function is in error: The route 'a/{id:range(x,y)}' is not valid"),
        ["missing setting"] = ([ScriptedWorker.Http("A", "%Nowhere%")], "The 'A' function is in error: '%Nowhere%' does not resolve to a value."),
        ["unknown trigger"] = (
            [ScriptedWorker.Function("A", """{"name":"m","type":"pigeonTrigger","direction":"In"}""")],
            "The 'A' function is in error: The binding type(s) 'pigeonTrigger' are not registered."),
        ["unknown output"] = (
            [ScriptedWorker.Function(
                "A", """{"name":"r","type":"httpTrigger","direction":"In"}""", """{"name":"p","type":"pigeon","direction":"Out"}""")],
            "The 'A' function is in error: The binding type(s) 'pigeon' are not registered."),
        ["no trigger"] = (
            [ScriptedWorker.Function("A", """{"name":"$return","type":"http","direction":"Out"}""")],
            "The 'A' function is in error: No trigger binding was found"),
        ["no json"] = ([ScriptedWorker.Function("A", "{")], "The 'A' function is in error: A binding is not JSON"),
        ["retried request"] = (
            [Retried(ScriptedWorker.Http("A", "a"))],
            "The 'A' function is in error: A httpTrigger does not support retry attributes (AZFW0012)."),
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_faulty_function_stops_the_start_with_a_sentence(string fault)
    {
        var (functions, sentence) = _faults[fault];
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => ScriptedWorker.StartAsync(new ScriptedWorker(functions)));
        Assert.StartsWith(sentence, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_that_the_worker_cannot_load_stops_the_start_too()
    {
        var worker = new ScriptedWorker([ScriptedWorker.Http("A", "a")]) { Refuses = { ["A"] = "no such method" } };
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => ScriptedWorker.StartAsync(worker));
        Assert.Equal("The 'A' function is in error: no such method", error.Message);
    }

    [Fact]
    public async Task Functions_in_error_can_be_left_out_instead_as_the_real_host_does()
    {
        var worker = new ScriptedWorker([ScriptedWorker.Http("Bad", "admin/x"), ScriptedWorker.Http("Refused", "refused"), ScriptedWorker.Http("Good", "good")])
        {
            Refuses = { ["Refused"] = "no such method" },
        };
        await using var app = await ScriptedWorker.StartAsync(worker, options => options.FailOnFunctionErrors = false);
        using var http = app.CreateClient();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/admin/x", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/refused", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await http.GetAsync("/good", Token)).StatusCode);
        Assert.Equal(Built, (string)JsonNode.Parse(await http.GetStringAsync("/admin/functions/bad/status", Token))!["errors"]![0]!);
        var errors = JsonNode.Parse(await http.GetStringAsync("/admin/host/status", Token))!["errors"]!.AsArray();
        Assert.Equal(2, errors.Count);
    }

    [Fact]
    public async Task A_disabled_function_is_listed_but_answers_404()
    {
        await using var app = await ScriptedWorker.StartAsync(
            new ScriptedWorker([ScriptedWorker.Http("Off", "off"), ScriptedWorker.Http("On", "on")]),
            options => options.Settings["AzureWebJobs.Off.Disabled"] = "true");
        using var http = app.CreateClient();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/off", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await http.GetAsync("/on", Token)).StatusCode);
        Assert.True((bool)JsonNode.Parse(await http.GetStringAsync("/admin/functions/off", Token))!["isDisabled"]!);
    }

    [Fact]
    public async Task The_prefix_of_the_settings_and_a_setting_in_the_route_make_the_address()
    {
        await using var app = await ScriptedWorker.StartAsync(
            new ScriptedWorker([ScriptedWorker.Http("Here", "%Some__Route%"), ScriptedWorker.Http("Named", ""), ScriptedWorker.Http("Unrouted", null)]),
            options =>
            {
                options.Settings["AzureFunctionsJobHost__extensions__http__routePrefix"] = "v1/";
                options.Settings["Some__Route"] = "here/now";
            });
        using var http = app.CreateClient();
        foreach (var path in (string[])["/v1/here/now", "/v1/Named", "/v1/unrouted"])
            Assert.Equal(HttpStatusCode.NoContent, (await http.GetAsync(path, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/api/Named", Token)).StatusCode);
    }

    [Fact]
    public async Task Of_two_routes_that_differ_in_names_only_the_first_answers()
    {
        await using var app = await ScriptedWorker.StartAsync(Saying(
            ScriptedWorker.Http("First", "x/{a}"),
            ScriptedWorker.Http("Second", "X/{b}", "get", "post"),
            ScriptedWorker.Http("Numbers", "x/{n:int}")));
        using var http = app.CreateClient();
        Assert.Equal("First", await http.GetStringAsync("/x/y", Token));
        Assert.Equal("Numbers", await http.GetStringAsync("/x/7", Token));
        using var posted = await http.PostAsync("/x/y", null, Token);
        Assert.Equal("Second", await posted.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task A_route_may_be_shared_by_functions_of_different_methods()
    {
        await using var app = await ScriptedWorker.StartAsync(Saying(ScriptedWorker.Http("Get", "x"), ScriptedWorker.Http("Post", "x", "post")));
        using var http = app.CreateClient();
        Assert.Equal("Get", await http.GetStringAsync("/x", Token));
        using var posted = await http.PostAsync("/x", null, Token);
        Assert.Equal("Post", await posted.Content.ReadAsStringAsync(Token));
    }

    /// <summary>A worker whose functions answer with their names.</summary>
    private static ScriptedWorker Saying(params RpcFunctionMetadata[] functions) => new(functions)
    {
        Answer = request => new InvocationResponse
        {
            InvocationId = request.InvocationId,
            Result = new StatusResult { Status = StatusResult.Types.Status.Success },
            ReturnValue = new TypedData { String = functions.Single(function => function.FunctionId == request.FunctionId).Name },
        },
    };

    private static RpcFunctionMetadata Retried(RpcFunctionMetadata function)
    {
        function.RetryOptions = new RpcRetryOptions { MaxRetryCount = 3 };
        return function;
    }
}
