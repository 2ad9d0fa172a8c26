extern alias app;

using Tasklane.Client;
using Tasklane.Clients.Tests;
using Tasklane.Emulator.Testing;
using Tasklane.Testbed;

[assembly: AssemblyFixture(typeof(AppFixture))]

namespace Tasklane.Clients.Tests;

/// <summary>The whole app on SQLite, started once for all tests; each signs in users of its own.</summary>
public sealed class AppFixture : IAsyncLifetime
{
    private static int users;
    private readonly TempDirectory _data = new();
    private FunctionsTestHost? _host;

    public Uri Url => _host!.BaseAddress;

    public async ValueTask InitializeAsync() => _host = await StartAsync(_data.Path);

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        _data.Dispose();
    }

    /// <summary>An app of a test's own.</summary>
    public static Task<FunctionsTestHost> StartAsync(string data, params (string Name, string Value)[] settings) =>
        FunctionsTestHost.StartAsync<app::Tasklane.Tasks.TaskRecord>(
            options =>
            {
                options.AppDirectory = BuiltApps.Output("functions");
                options.DataDirectory = Path.Combine(data, "host");
                options.Settings["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development";
                options.Settings["Tasklane__Store"] = "sqlite";
                options.Settings["Tasklane__Sqlite"] = Path.Combine(data, "tasks.db");
                options.Settings["Tasklane__HeartbeatSeconds"] = "0.2";
                foreach (var (name, value) in settings)
                    options.Settings[name] = value;
            },
            TestContext.Current.CancellationToken);

    /// <summary>A user that no other test has.</summary>
    public static string NewUser() => $"user-{Interlocked.Increment(ref users)}";

    /// <summary>A client of a user that no other test has.</summary>
    public TasklaneClient SignIn(Action<TasklaneClientOptions>? configure = null, DelegatingHandler? through = null, params string[] roles)
    {
        var options = new TasklaneClientOptions { Url = Url, Credential = TasklaneCredential.LocalUser(NewUser(), roles) };
        configure?.Invoke(options);
        return through is null ? new TasklaneClient(options) : new TasklaneClient(new HttpClient(through), options);
    }
}
