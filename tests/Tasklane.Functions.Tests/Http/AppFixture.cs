using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Tasklane.Emulator.Testing;
using Tasklane.Functions.Tests.Handlers;
using Tasklane.Functions.Tests.Http;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Testbed;
using Xunit;

[assembly: AssemblyFixture(typeof(AppFixture))]

namespace Tasklane.Functions.Tests.Http;

/// <summary>
/// The whole app on the emulator, started once for all tests; each test signs in users of its own. On SQLite, unless
/// TASKLANE_TEST_STORE says redis, postgres or mysql.
/// </summary>
public class AppFixture : IAsyncLifetime
{
    private static int users;
    private readonly TempDirectory _data = new();
    private FunctionsTestHost? _host;
    private IAsyncDisposable? _server;
    private LocalServer? _outside;

    /// <summary>sqlite, redis, postgres or mysql.</summary>
    protected virtual string Store => Environment.GetEnvironmentVariable("TASKLANE_TEST_STORE") ?? "sqlite";

    public FunctionsTestHost Host => _host!;

    /// <summary>What handlers reach out to: a site, a receiver of webhooks, and an AI service.</summary>
    internal LocalServer Outside => _outside!;

    public async ValueTask InitializeAsync()
    {
        _outside = await LocalServer.StartAsync(OutsideTests.AnswerAsync);
        var settings = new Dictionary<string, string>
        {
            ["Tasklane__Store"] = Store,
            ["Tasklane__Sqlite"] = Path.Combine(_data.Path, "tasks.db"),
            ["Tasklane__HeartbeatSeconds"] = "0.2",
            ["Tasklane__Outbound__AllowedPrivate__0"] = _outside.Authority,
            ["Tasklane__Webhook__Secrets__0"] = OutsideTests.Secret,
            ["Tasklane__Ai__Endpoint"] = _outside.Url("/v1"),
            ["Tasklane__Ai__Key"] = OutsideTests.Key,
            ["Tasklane__Ai__Model"] = "small",
            ["Tasklane__Crawl__Start__0"] = _outside.Url("/site/"),
        };
        switch (settings["Tasklane__Store"])
        {
            case "redis":
                var redis = await RedisServer.StartAsync();
                _server = redis;
                settings["Tasklane__Redis"] = redis.ConnectionString;
                break;
            case "postgres":
                var postgres = await PostgresServer.StartAsync();
                _server = postgres;
                settings["Tasklane__Postgres"] = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken);
                break;
            case "mysql":
                var mysql = await MySqlServer.StartAsync();
                _server = mysql;
                settings["Tasklane__MySql"] = mysql.ConnectionString;
                break;
        }
        _host = await TestApp.HostAsync(settings, Path.Combine(_data.Path, "host"), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        try
        {
            if (_host is not null)
                await OpenOrchestrations.AssertNoneAsync(_host);
        }
        finally
        {
            if (_host is not null)
                await _host.DisposeAsync();
        }

        if (_server is not null)
            await _server.DisposeAsync();
        if (_outside is not null)
            await _outside.DisposeAsync();
        _data.Dispose();
    }

    /// <summary>A client that nobody has signed in with.</summary>
    public HttpClient Anonymous() => Host.CreateClient();

    /// <summary>A client of a user that no other test has.</summary>
    public async Task<HttpClient> SignInAsync(params string[] roles)
    {
        var client = Host.CreateClient();
        var user = $"user-{Interlocked.Increment(ref users)}";
        var answer = await client.PostAsJsonAsync("/.auth/login/aad", new { user, roles });
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}

/// <summary>The same app on Redis, for what the owner's documents promise of that store.</summary>
public sealed class AppOnRedis : AppFixture
{
    protected override string Store => "redis";
}

/// <summary>Short words for what API tests do.</summary>
internal static class Api
{
    public static async Task<JsonNode> CreateAsync(this HttpClient client, string type, object payload, object? more = null)
    {
        var body = JsonSerializer.SerializeToNode(more ?? new { }, JsonSerializerOptions.Web)!.AsObject();
        body["type"] = type;
        body["payload"] = JsonSerializer.SerializeToNode(payload, JsonSerializerOptions.Web);
        var answer = await client.PostAsJsonAsync("/api/tasks", body);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return await answer.JsonAsync();
    }

    public static async Task<JsonNode> JsonAsync(this HttpResponseMessage answer) =>
        JsonNode.Parse(await answer.Content.ReadAsStringAsync()) ?? throw new InvalidOperationException("The answer is null.");

    public static async Task<JsonNode> GetJsonAsync(this HttpClient client, string path)
    {
        var answer = await client.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.JsonAsync();
    }

    public static string Id(this JsonNode task) => task["id"]!.GetValue<string>();

    public static string Text(this JsonNode node, string name) => node[name]!.GetValue<string>();

    /// <summary>Asks until the task is as wanted.</summary>
    public static async Task<JsonNode> UntilAsync(this HttpClient client, string id, Func<JsonNode, bool> wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var task = await client.GetJsonAsync($"/api/tasks/{id}");
            if (wanted(task))
                return task;
            if (patience.IsCancellationRequested)
                Assert.Fail($"The task did not become as wanted within a minute: {task}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    public static Task<JsonNode> EndAsync(this HttpClient client, string id) =>
        client.UntilAsync(id, task => task.Text("status") is "completed" or "failed" or "cancelled");

    /// <summary>Checks that an answer is a problem document with this code, and returns it.</summary>
    public static async Task<JsonNode> ProblemAsync(this HttpResponseMessage answer, HttpStatusCode status, string code)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode} {text}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonNode.Parse(text)!;
        Assert.Equal(code, problem.Text("code"));
        Assert.Equal((int)status, problem["status"]!.GetValue<int>());
        Assert.NotEmpty(problem.Text("title"));
        Assert.NotEmpty(problem.Text("detail"));
        return problem;
    }
}
