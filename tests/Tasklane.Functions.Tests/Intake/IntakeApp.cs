using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tasklane.Emulator.Storage;
using Tasklane.Emulator.Testing;
using Tasklane.Functions.Tests.Http;
using Tasklane.Functions.Tests.Intake;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Handlers;
using Tasklane.Tasks.Handling;
using Tasklane.Testbed;

[assembly: AssemblyFixture(typeof(SharedIntake))]

namespace Tasklane.Functions.Tests.Intake;

/// <summary>One app with every intake on, started when the first test asks; tests keep apart by tags and ids.</summary>
public sealed class SharedIntake : IAsyncDisposable
{
    private readonly Lazy<Task<RedisServer>> _redis;
    private readonly Lazy<Task<IntakeApp>> _app;

    public SharedIntake()
    {
        _redis = new(() => RedisServer.StartAsync());
        _app = new(async () => await IntakeApp.StartAsync(await AzuriteServer.StartAsync(), (await _redis.Value).ConnectionString));
    }

    public Task<IntakeApp> AppAsync() => _app.Value;

    /// <summary>Where the app's stream is.</summary>
    public Task<RedisServer> RedisAsync() => _redis.Value;

    public async ValueTask DisposeAsync()
    {
        if (_app is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await _app.Value.Result.DisposeAsync();
        if (_redis is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
            await _redis.Value.Result.DisposeAsync();
    }
}

/// <summary>The whole app with the storage account of an Azurite, a stream, or both.</summary>
public sealed class IntakeApp : IAsyncDisposable
{
    public const string EventKey = "a-key-of-events-0123456789";

    private readonly TempDirectory _data = new();

    private readonly AzuriteServer? _azurite;

    private IntakeApp(AzuriteServer? azurite) => _azurite = azurite;

    public AzuriteServer Azurite => _azurite!;

    public FunctionsTestHost Host { get; private set; } = null!;

    /// <summary>Somebody with the role admin.</summary>
    public HttpClient Admin { get; private set; } = null!;

    public QueueClient Queue => new(Azurite.ConnectionString, "tasklane-tasks");

    public BlobContainerClient Imports => new(Azurite.ConnectionString, "imports");

    public static async Task<IntakeApp> StartAsync(AzuriteServer? azurite, string? redis, params (string Key, string Value)[] more)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("TASKLANE_TEST_WORKER") == "process", "The task types of these tests do not reach another process.");
        var app = new IntakeApp(azurite);
        var settings = new Dictionary<string, string>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Development",
            ["Tasklane__Sqlite"] = Path.Combine(app._data.Path, "tasks.db"),
            ["Tasklane__HeartbeatSeconds"] = "0.2",
            ["AzureWebJobsStorage"] = azurite?.ConnectionString ?? "",
            ["Tasklane__Intake__Queue"] = azurite is null ? "false" : "true",
            ["Tasklane__Intake__Blobs"] = azurite is null ? "off" : "scan",
            ["AzureFunctionsJobHost__extensions__queues__visibilityTimeout"] = "00:00:01",
            ["Tasklane__Intake__EventKeys"] = $"another-key-0123456789, {EventKey}",
            ["Tasklane__Intake__Events__Shop_OrderPlaced"] = "noop",
            ["Tasklane__Intake__StreamType"] = "probe_stream",
            ["Tasklane__Intake__StreamClaimSeconds"] = "1",
            ["Tasklane__Intake__StreamMaxDeliveries"] = "2",
            ["APP_ENABLE_REDIS_QUEUE"] = redis is null ? "false" : "true",
            ["Tasklane__Intake__StreamRedis"] = redis ?? "",
        };
        foreach (var (key, value) in more)
            settings[key] = value;
        app.Host = await TestApp.HostAsync(settings, Path.Combine(app._data.Path, "host"), TestContext.Current.CancellationToken, options =>
        {
            options.ConfigureServices = services => services.Replace(ServiceDescriptor.Singleton(TaskTypes.Of(
                [typeof(NoopHandler), typeof(SleepHandler), typeof(BlobProbe), typeof(StreamProbe), typeof(MendableProbe)])));
            options.ConfigureHostServices = services => services.Replace(ServiceDescriptor.Singleton(
                new StorageTimes { BlobScan = TimeSpan.FromMilliseconds(200), Lease = TimeSpan.FromSeconds(3), LongestOutagePause = TimeSpan.FromMilliseconds(300) }));
        });
        app.Admin = await app.SignInAsync("ada", "admin");
        return app;
    }

    public async Task<HttpClient> SignInAsync(string user, params string[] roles)
    {
        var client = Host.CreateClient();
        var answer = await client.PostAsJsonAsync("/.auth/login/dev", new { user, roles });
        answer.EnsureSuccessStatusCode();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await answer.JsonAsync()).Text("token"));
        return client;
    }

    /// <summary>A tag that no other test has.</summary>
    public static string NewTag() => $"t{Guid.NewGuid():N}"[..13];

    /// <summary>Tasks that have a tag, newest first, whoever's they are.</summary>
    public async Task<IReadOnlyList<JsonNode>> TasksAsync(string tag) =>
        [.. (await Admin.GetJsonAsync($"/api/tasks?owner=all&pageSize=100&tag={Uri.EscapeDataString(tag)}"))["tasks"]!.AsArray().Select(task => task!)];

    /// <summary>Asks until the tasks with a tag are as wanted.</summary>
    public Task<IReadOnlyList<JsonNode>> TasksAsync(string tag, Func<IReadOnlyList<JsonNode>, bool> wanted) => UntilAsync(() => TasksAsync(tag), wanted);

    /// <summary>Asks until the only task with a tag is in a state.</summary>
    public async Task<JsonNode> TaskAsync(string tag, string status) =>
        Assert.Single(await TasksAsync(tag, tasks => tasks.Count > 0 && tasks[0].Text("status") == status));

    /// <summary>Asks until a poison message has a text.</summary>
    public async Task<JsonNode> PoisonAsync(string box, string text) =>
        (await UntilAsync(() => PoisonAsync(box), messages => messages.Any(one => one.Text("text").Contains(text, StringComparison.Ordinal))))
        .First(one => one.Text("text").Contains(text, StringComparison.Ordinal));

    public async Task<IReadOnlyList<JsonNode>> PoisonAsync(string box) =>
        [.. (await Admin.GetJsonAsync($"/api/admin/poison/{box}"))["messages"]!.AsArray().Select(one => one!)];

    public static async Task<T> UntilAsync<T>(Func<Task<T>> ask, Func<T, bool> wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await ask();
            if (wanted(answer))
                return answer;
            if (patience.IsCancellationRequested)
                Assert.Fail($"It did not become as wanted within a minute: {answer}");
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await OpenOrchestrations.AssertNoneAsync(Host);
        }
        finally
        {
            await Host.DisposeAsync();
            if (_azurite is not null)
                await _azurite.DisposeAsync();
            _data.Dispose();
        }
    }
}
