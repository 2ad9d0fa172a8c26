using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace Tasklane.Testbed;

/// <summary>
/// Real, unmodified `@microsoft/signalr` clients in one Node process (`tests/signalr-client/driver.mjs`), spoken to in
/// JSON lines. The process ends with this object, or, should the tests be killed, when its stdin closes.
/// </summary>
public sealed class SignalRClients : IAsyncDisposable
{
    private readonly Process _node;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonElement>> _waiting = [];
    private readonly ConcurrentDictionary<int, SignalRClient> _clients = [];
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private int _lastId;

    /// <exception cref="InvalidOperationException">Node or the client's packages are missing; it says what to run.</exception>
    public SignalRClients()
    {
        _node = Process.Start(new ProcessStartInfo(Binaries.Find("node", "nodejs"), [Driver()])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _reading = ReadAsync();
        _errors = _node.StandardError.ReadToEndAsync();
    }

    /// <summary>Connects a client; returns once the hub has accepted it.</summary>
    /// <param name="url">What a page gives `withUrl`: the part before `/negotiate`.</param>
    /// <exception cref="SignalRClientException">The client could not connect; its own message.</exception>
    public async Task<SignalRClient> ConnectAsync(
        string url, SignalRClientOptions? options = null, CancellationToken ct = default)
    {
        options ??= new SignalRClientOptions();
        var client = new SignalRClient(this, Interlocked.Increment(ref _lastId));
        _clients[client.Number] = client;
        var id = await CallAsync(
            new
            {
                op = "connect",
                connection = client.Number,
                url,
                transport = options.Transport is { } t ? JsonNamingPolicy.CamelCase.ConvertName(t.ToString()) : null,
                token = options.AccessToken,
                headers = options.Headers,
                on = options.On,
                reconnect = options.ReconnectDelays,
            },
            ct);
        client.ConnectionId = id.GetString()!;
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        _node.StandardInput.Close();
        await _reading;
        await _node.WaitForExitAsync();
        _node.Dispose();
        _writing.Dispose();
    }

    internal async Task<JsonElement> CallAsync(object command, CancellationToken ct)
    {
        var id = Interlocked.Increment(ref _lastId);
        var answer = _waiting[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var json = JsonSerializer.SerializeToNode(command)!;
        json["id"] = id;
        await _writing.WaitAsync(ct);
        try
        {
            await _node.StandardInput.WriteLineAsync(json.ToJsonString());
            await _node.StandardInput.FlushAsync(ct);
        }
        finally
        {
            _writing.Release();
        }
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(30), ct);
    }

    private async Task ReadAsync()
    {
        while (await _node.StandardOutput.ReadLineAsync() is { } line)
        {
            var message = JsonElement.Parse(line);
            if (!message.TryGetProperty("event", out var @event))
                Answer(message);
            else if (_clients.TryGetValue(message.GetProperty("connection").GetInt32(), out var client))
                client.Take(@event.GetString()!, message);
        }
        var end = new SignalRClientException($"The client driver has ended: {await _errors}");
        foreach (var waiting in _waiting.Values)
            waiting.TrySetException(end);
        foreach (var client in _clients.Values)
            client.End(end);
    }

    private void Answer(JsonElement message)
    {
        if (!_waiting.TryRemove(message.GetProperty("id").GetInt32(), out var waiting))
            return;
        if (message.TryGetProperty("error", out var error))
            waiting.TrySetException(new SignalRClientException(error.GetString() ?? "The client failed without a message."));
        else
            waiting.TrySetResult(message.GetProperty("result"));
    }

    private static string Driver()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            var folder = Path.Combine(directory.FullName, "tests", "signalr-client");
            var driver = Path.Combine(folder, "driver.mjs");
            if (!File.Exists(driver))
                continue;
            if (!Directory.Exists(Path.Combine(folder, "node_modules")))
                throw new InvalidOperationException($"Run `npm ci` in {folder}, or ./dev test, which does.");
            return driver;
        }
        throw new InvalidOperationException("tests/signalr-client/driver.mjs is not above the tests' folder.");
    }
}
