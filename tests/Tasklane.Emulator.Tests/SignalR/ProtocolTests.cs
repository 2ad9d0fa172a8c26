using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Tasklane.Emulator.SignalR;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.SignalR;

/// <summary>What the real client never does: silence, slowness, other protocols, rubbish.</summary>
public sealed class ProtocolTests
{
    private const string Handshake = """{"protocol":"json","version":1}""";
    private const string Ping = """{"type":6}""";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"protocol":"messagepack","version":1}""", "The protocol 'messagepack' is not supported.")]
    [InlineData("""{"protocol":"json","version":99}""", "does not support version 99")]
    [InlineData("""{"rubbish":true}""", "handshake")]
    public async Task A_handshake_for_another_protocol_is_refused_with_the_reason(string request, string reason)
    {
        await using var host = await ServiceHost.StartAsync();
        using var socket = await OpenAsync(host);

        await SendAsync(socket, request);

        var answer = JsonElement.Parse(Assert.Single(await RestAsync(socket)));
        Assert.Contains(reason, answer.GetProperty("error").GetString());
        Assert.Empty(host.Hub.Connections());
    }

    [Fact]
    public async Task A_connection_that_never_shakes_hands_is_closed()
    {
        await using var host = await ServiceHost.StartAsync(new() { HandshakeTimeout = TimeSpan.FromMilliseconds(50) });
        using var socket = await OpenAsync(host);

        Assert.Equal("""{"error":"Handshake was canceled."}""", Assert.Single(await RestAsync(socket)));
    }

    [Fact]
    public async Task A_silent_client_is_pinged_and_then_given_up()
    {
        var clock = new ManualTimeProvider();
        var left = new TaskCompletionSource<string?>();
        await using var host = await ServiceHost.StartAsync(new() { NetworkClock = clock }, upstream => upstream.TryAdd(
            "chat", "connections", "disconnected", (context, _) =>
            {
                left.SetResult(context.Error);
                return new((RawJson?)null);
            }));
        using var socket = await OpenAsync(host);
        await SendAsync(socket, Handshake);
        await using var received = MessagesAsync(socket).GetAsyncEnumerator(Ct);
        Assert.Equal("{}", await NextAsync(received));

        clock.Advance(host.Service.Options.KeepAliveInterval);
        Assert.Equal(Ping, await NextAsync(received));
        clock.Advance(host.Service.Options.ClientTimeout);

        Assert.Equal("The client has been silent for too long.", await left.Task.WaitAsync(Ct));
        Assert.Null(await NextButPingsAsync(received));
    }

    [Fact]
    public async Task A_client_served_by_a_slow_function_is_not_given_up()
    {
        var clock = new ManualTimeProvider();
        var started = new TaskCompletionSource();
        var serve = new TaskCompletionSource();
        await using var host = await ServiceHost.StartAsync(new() { NetworkClock = clock }, upstream => upstream.TryAdd(
            "chat", "messages", "slow", async (_, _) =>
            {
                started.SetResult();
                await serve.Task;
                return ServiceHost.Json("served");
            }));
        using var socket = await OpenAsync(host);
        await SendAsync(socket, Handshake, """{"type":1,"invocationId":"7","target":"slow","arguments":[]}""");
        await using var received = MessagesAsync(socket).GetAsyncEnumerator(Ct);
        Assert.Equal("{}", await NextAsync(received));
        await started.Task.WaitAsync(Ct);

        clock.Advance(host.Service.Options.ClientTimeout * 2);
        Assert.Equal(Ping, await NextAsync(received));
        serve.SetResult();

        Assert.Equal("""{"type":3,"invocationId":"7","result":"served"}""", await NextButPingsAsync(received));
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_off_and_holds_nobody_up()
    {
        var left = new TaskCompletionSource<string?>();
        await using var host = await ServiceHost.StartAsync(new() { MaxUnsentBytes = 1_000_000 }, upstream => upstream.TryAdd(
            "chat", "connections", "disconnected", (context, _) =>
            {
                left.SetResult(context.Error);
                return new((RawJson?)null);
            }));
        using var slow = await OpenAsync(host);
        await SendAsync(slow, Handshake);
        await foreach (var _ in MessagesAsync(slow))
            break;
        using var quick = await OpenAsync(host);
        await SendAsync(quick, Handshake);
        await using var received = MessagesAsync(quick).GetAsyncEnumerator(Ct);
        Assert.True(await received.MoveNextAsync());

        var message = ServiceHost.Message("news", new string('x', 100_000));
        while (host.Hub.Connections().Length == 2)
        {
            host.Hub.SendToAll(message);
            Assert.True(await received.MoveNextAsync());
            Assert.Contains("news", received.Current, StringComparison.Ordinal);
        }

        Assert.Contains("too slow", await left.Task.WaitAsync(Ct));
        Assert.Single(host.Hub.Connections());
    }

    [Theory]
    [InlineData("""{"type":"rubbish"}""")]
    [InlineData("rubbish")]
    [InlineData("""{"type":1,"arguments":[]}""")]
    [InlineData("""{"type":1,"target":"t","arguments":3}""")]
    public async Task A_message_outside_the_protocol_closes_the_connection_with_an_error(string message)
    {
        await using var host = await ServiceHost.StartAsync();
        using var socket = await OpenAsync(host);

        await SendAsync(socket, Handshake, message);

        var rest = await RestAsync(socket);
        Assert.StartsWith("""{"type":7,"error":"Connection closed with an error.""", rest[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_over_the_limit_closes_the_connection_with_an_error()
    {
        await using var host = await ServiceHost.StartAsync(new() { MaxClientMessageBytes = 1000 });
        using var socket = await OpenAsync(host);

        await SendAsync(socket, Handshake, $$"""{"type":1,"target":"t","arguments":["{{new string('x', 5000)}}"]}""");

        Assert.Contains("maximum message size", (await RestAsync(socket))[^1], StringComparison.Ordinal);
    }

    private static async Task<ClientWebSocket> OpenAsync(ServiceHost host)
    {
        var socket = new ClientWebSocket();
        var url = host.ClientUrl().Replace("http:", "ws:", StringComparison.Ordinal);
        await socket.ConnectAsync(new Uri($"{url}&access_token={host.Token("ann")}"), Ct);
        return socket;
    }

    private static async Task SendAsync(ClientWebSocket socket, params string[] messages)
    {
        foreach (var message in messages)
            await socket.SendAsync(Encoding.UTF8.GetBytes(message + '\x1e'), WebSocketMessageType.Text, true, Ct);
    }

    private static async Task<string?> NextAsync(IAsyncEnumerator<string> received) =>
        await received.MoveNextAsync() ? received.Current : null;

    /// <summary>A leap of the clock holds several looks at the connection, and each may have sent a ping of its own.</summary>
    private static async Task<string?> NextButPingsAsync(IAsyncEnumerator<string> received)
    {
        string? message;
        do
            message = await NextAsync(received);
        while (message == Ping);
        return message;
    }

    private static async Task<List<string>> RestAsync(ClientWebSocket socket)
    {
        var rest = new List<string>();
        await foreach (var message in MessagesAsync(socket))
            rest.Add(message);
        return rest;
    }

    /// <summary>Messages until the connection ends, however it does.</summary>
    private static async IAsyncEnumerable<string> MessagesAsync(ClientWebSocket socket)
    {
        var pending = new StringBuilder();
        var buffer = new byte[16 * 1024];
        while (await ReceiveAsync(socket, buffer) is { } text)
        {
            pending.Append(text);
            var parts = pending.ToString().Split('\x1e');
            pending.Clear().Append(parts[^1]);
            foreach (var part in parts[..^1])
                yield return part;
        }
    }

    private static async Task<string?> ReceiveAsync(ClientWebSocket socket, byte[] buffer)
    {
        try
        {
            var result = await socket.ReceiveAsync(buffer, Ct);
            return result.MessageType == WebSocketMessageType.Close ? null : Encoding.UTF8.GetString(buffer, 0, result.Count);
        }
        catch (WebSocketException)
        {
            return null;
        }
    }
}
