using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Scenarios;

/// <summary>A signed-in user: HTTP calls, and the events that its hub connection has received.</summary>
public sealed class TestUser(HttpClient http, string token)
{
    private static readonly string[] _names =
    [
        "task:created", "task:started", "task:progress", "task:retrying", "task:completed", "task:failed", "task:cancelled",
    ];

    private readonly Lock _lock = new();
    private readonly List<LiveEvent> _seen = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HttpClient Http { get; } = http;

    public SignalRClient? Live { get; private set; }

    /// <summary>All events so far, in the order they came.</summary>
    public IReadOnlyList<LiveEvent> Seen
    {
        get
        {
            lock (_lock)
                return [.. _seen];
        }
    }

    internal async Task ConnectAsync(SignalRClients clients, string url)
    {
        Live = await clients.ConnectAsync(url, new SignalRClientOptions
        {
            On = _names,
            Headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" },
        });
        _ = ListenAsync(Live);
    }

    public async Task<JsonElement> CreateAsync(object request)
    {
        var answer = await Http.PostAsJsonAsync("/api/tasks", request);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        var answer = await Http.GetAsync(path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public Task<JsonElement> TaskAsync(string id) => GetAsync($"/api/tasks/{id}");

    /// <summary>The first event of that name for that task, past or to come.</summary>
    public async Task<LiveEvent> EventAsync(string name, string id, Func<LiveEvent, bool>? matching = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                foreach (var seen in _seen)
                {
                    if (seen.Name == name && seen.Id == id && (matching is null || matching(seen)))
                        return seen;
                }
                arrived = _arrived.Task;
            }
            try
            {
                await arrived.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                var came = string.Join(", ", Seen.Where(seen => seen.Id == id).Select(seen => $"{seen.Name} v{seen.Version}"));
                throw new TimeoutException($"No {name} for {id}; came: {came}.");
            }
        }
    }

    private async Task ListenAsync(SignalRClient live)
    {
        await foreach (var message in live.AllAsync())
        {
            lock (_lock)
            {
                _seen.AddRange(message.Arguments.Select(one => new LiveEvent(message.Target, one)));
                var arrived = _arrived;
                _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                arrived.SetResult();
            }
        }
    }
}

/// <summary>An event as the client received it.</summary>
public sealed record LiveEvent(string Name, JsonElement Body)
{
    public string Id => Body.GetProperty("id").GetString()!;

    public long Version => Body.GetProperty("version").GetInt64();

    public JsonElement Changed => Body.GetProperty("changed");
}
