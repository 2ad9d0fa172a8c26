using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Emulator;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Scenarios;

/// <summary>The whole app on the emulator in this process: real HTTP, real hub, a real store, strict replay.</summary>
public sealed class TestApp : IAsyncDisposable
{
    private readonly SignalRClients _clients = new();

    private TestApp(EmulatorHost host) => Host = host;

    public EmulatorHost Host { get; }

    /// <param name="redis">Connection string; null runs on SQLite.</param>
    public static async Task<TestApp> StartAsync(string? redis, params (string Key, string Value)[] settings)
    {
        var options = new EmulatorOptions { StrictReplay = true, DataDirectory = Directory.CreateTempSubdirectory("tasklane-").FullName };
        options.Settings["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
        options.Settings["Tasklane__Store"] = redis is null ? "sqlite" : "redis";
        options.Settings["Tasklane__Sqlite"] = Path.Combine(options.DataDirectory, "tasks.db");
        options.Settings["Tasklane__Hub"] = SharedRedis.NewHub();
        if (redis is not null)
            options.Settings["Tasklane__Redis"] = redis;
        foreach (var (key, value) in settings)
            options.Settings[key] = value;
        return new TestApp(await EmulatorHost.StartAsync(typeof(Tasks.TaskRecord).Assembly, options));
    }

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
        await Host.DisposeAsync();
    }
}
