using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Emulator.Testing;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Scenarios;

/// <summary>The whole app on the emulator in this process: real HTTP, real hub, a real store, strict replay.</summary>
public sealed class TestApp : IAsyncDisposable
{
    private readonly SignalRClients _clients = new();

    private TestApp(FunctionsTestHost host) => Host = host;

    public FunctionsTestHost Host { get; }

    /// <param name="redis">Connection string; null runs on SQLite.</param>
    public static async Task<TestApp> StartAsync(string? redis, params (string Key, string Value)[] settings)
    {
        var data = Directory.CreateTempSubdirectory("tasklane-").FullName;
        var all = new Dictionary<string, string>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["Tasklane__Store"] = redis is null ? "sqlite" : "redis",
            ["Tasklane__Sqlite"] = Path.Combine(data, "tasks.db"),
            ["Tasklane__Hub"] = SharedRedis.NewHub(),
        };
        if (redis is not null)
            all["Tasklane__Redis"] = redis;
        foreach (var (key, value) in settings)
            all[key] = value;
        return new TestApp(await HostAsync(all, data, CancellationToken.None));
    }

    /// <summary>
    /// The app on a host in this process; with TASKLANE_TEST_WORKER=process its worker is a process of its own, as on Azure.
    /// </summary>
    public static Task<FunctionsTestHost> HostAsync(
        IReadOnlyDictionary<string, string> settings, string data, CancellationToken cancellation, Action<FunctionsTestHostOptions>? configure = null) =>
        FunctionsTestHost.StartAsync<Tasks.TaskRecord>(
            options =>
            {
                options.AppDirectory = BuiltApps.Output("functions");
                options.DataDirectory = data;
                options.OwnProcess = Environment.GetEnvironmentVariable("TASKLANE_TEST_WORKER") == "process";
                foreach (var (key, value) in settings)
                    options.Settings[key] = value;
                configure?.Invoke(options);
            },
            cancellation);

    /// <summary>Signs in a user, by HTTP only.</summary>
    public async Task<TestUser> SignInAsync(string user, params string[] roles)
    {
        var http = Host.CreateClient();
        var answer = await http.PostAsJsonAsync("/.auth/login/dev", new { user, roles });
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!;
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return new TestUser(http, token);
    }

    /// <summary>Signs in a user and connects the real SignalR client.</summary>
    public async Task<TestUser> ConnectAsync(string user, params string[] roles)
    {
        var signedIn = await SignInAsync(user, roles);
        await signedIn.ConnectAsync(_clients, new Uri(Host.BaseAddress, "/api").ToString());
        return signedIn;
    }

    public async ValueTask DisposeAsync()
    {
        await _clients.DisposeAsync();
        try
        {
            await OpenOrchestrations.AssertNoneAsync(Host);
        }
        finally
        {
            await Host.DisposeAsync();
        }
    }
}
