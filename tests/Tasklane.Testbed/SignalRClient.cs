using System.Text.Json;
using System.Threading.Channels;

namespace Tasklane.Testbed;

public enum SignalRTransport
{
    WebSockets,
    ServerSentEvents,
    LongPolling,
}

public sealed record SignalRClientOptions
{
    /// <summary>Null: the client chooses, which is WebSockets.</summary>
    public SignalRTransport? Transport { get; init; }

    /// <summary>For a hub that is connected to without a negotiate function.</summary>
    public string? AccessToken { get; init; }

    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>Targets whose messages are wanted.</summary>
    public string[] On { get; init; } = [];

    /// <summary>Automatic reconnect after these milliseconds, the last again and again; null: none.</summary>
    public int[]? ReconnectDelays { get; init; }
}

/// <summary>A message the hub sent to the client.</summary>
public sealed record SignalRClientMessage(string Target, JsonElement[] Arguments);

/// <summary>The client's own error, with its own message.</summary>
public sealed class SignalRClientException(string message) : Exception(message);

/// <summary>One connection of a real client; made by <see cref="SignalRClients.ConnectAsync"/>.</summary>
public sealed class SignalRClient
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly SignalRClients _driver;
    private readonly Channel<SignalRClientMessage> _messages = Channel.CreateUnbounded<SignalRClientMessage>();
    private readonly Channel<string> _reconnected = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource<string?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal SignalRClient(SignalRClients driver, int number)
    {
        _driver = driver;
        Number = number;
    }

    public string ConnectionId { get; internal set; } = "";

    /// <summary>Ends with the connection, for good: the reason, or null when it was stopped in good order.</summary>
    public Task<string?> Closed => _closed.Task;

    internal int Number { get; }

    /// <summary>All messages for the targets asked for, until the connection has ended for good; instead of <see cref="NextAsync"/>.</summary>
    public IAsyncEnumerable<SignalRClientMessage> AllAsync(CancellationToken ct = default) => _messages.Reader.ReadAllAsync(ct);

    /// <summary>The next message for the targets asked for, in the order the client's handlers ran.</summary>
    /// <exception cref="TimeoutException">None came within 30 s.</exception>
    /// <exception cref="ChannelClosedException">The connection has ended, for good, and all its messages are taken.</exception>
    public Task<SignalRClientMessage> NextAsync(CancellationToken ct = default) =>
        _messages.Reader.ReadAsync(ct).AsTask().WaitAsync(Limit, ct);

    /// <summary>The new connection id, once for every time the client has reconnected by itself.</summary>
    /// <exception cref="TimeoutException">It did not reconnect within 30 s.</exception>
    public Task<string> NextReconnectAsync(CancellationToken ct = default) =>
        _reconnected.Reader.ReadAsync(ct).AsTask().WaitAsync(Limit, ct);

    /// <summary>Invokes and waits for the result.</summary>
    /// <exception cref="SignalRClientException">The hub answered with an error.</exception>
    public Task<JsonElement> InvokeAsync(string target, object?[] args, CancellationToken ct = default) =>
        _driver.CallAsync(new { op = "invoke", connection = Number, target, args }, ct);

    /// <summary>Invokes without waiting for a result.</summary>
    public Task SendAsync(string target, object?[] args, CancellationToken ct = default) =>
        _driver.CallAsync(new { op = "send", connection = Number, target, args }, ct);

    /// <summary>Asks for a stream and waits for its end; the items.</summary>
    public Task<JsonElement> StreamAsync(string target, object?[] args, CancellationToken ct = default) =>
        _driver.CallAsync(new { op = "stream", connection = Number, target, args }, ct);

    public Task StopAsync(CancellationToken ct = default) => _driver.CallAsync(new { op = "stop", connection = Number }, ct);

    internal void Take(string @event, JsonElement message)
    {
        switch (@event)
        {
            case "message":
                _messages.Writer.TryWrite(new SignalRClientMessage(
                    message.GetProperty("target").GetString()!, [.. message.GetProperty("args").EnumerateArray()]));
                break;
            case "reconnected":
                ConnectionId = message.GetProperty("connectionId").GetString()!;
                _reconnected.Writer.TryWrite(ConnectionId);
                break;
            case "close":
                _messages.Writer.TryComplete();
                _reconnected.Writer.TryComplete();
                _closed.TrySetResult(message.GetProperty("error").GetString());
                break;
            default:
                break; // "reconnecting" is told by what follows it.
        }
    }

    internal void End(Exception error)
    {
        _messages.Writer.TryComplete(error);
        _reconnected.Writer.TryComplete(error);
        _closed.TrySetException(error);
    }
}
