using System.Buffers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;

namespace Tasklane.Bench;

/// <summary>A browser's place: negotiates, connects by WebSocket, and notes for each event how long after the change it came.</summary>
internal sealed class LiveSocket : IAsyncDisposable
{
    private const byte RecordEnd = 0x1e;
    private readonly ClientWebSocket socket = new();
    private readonly CancellationTokenSource closing = new();
    private Task reading = Task.CompletedTask;

    private LiveSocket()
    {
    }

    /// <summary>Milliseconds from the change, as its own time says, to receipt. That time is cut to milliseconds, so these are up to one too long.</summary>
    public Percentiles Delays { get; private set; } = new();

    public static async Task<LiveSocket> ConnectAsync(HttpClient http, CancellationToken ct)
    {
        using var negotiated = await http.PostAsync(new Uri("api/negotiate", UriKind.Relative), null, ct);
        negotiated.EnsureSuccessStatusCode();
        var answer = await negotiated.Content.ReadFromJsonAsync<JsonElement>(ct);
        var url = new UriBuilder(answer.GetProperty("url").GetString()!) { Scheme = "ws", Host = "127.0.0.1" };
        url.Query = $"{url.Query.TrimStart('?')}&access_token={answer.GetProperty("accessToken").GetString()}";

        var live = new LiveSocket();
        await live.socket.ConnectAsync(url.Uri, ct);
        await live.SendAsync("{\"protocol\":\"json\",\"version\":1}", ct);
        live.reading = live.ReadAsync();
        return live;
    }

    /// <summary>Until so many events have come since the start, or since <see cref="StartOver"/>.</summary>
    /// <exception cref="InvalidOperationException">They had not after two minutes.</exception>
    public async Task ArrivedAsync(int events, CancellationToken ct)
    {
        var clock = TimeProvider.System;
        var start = clock.GetTimestamp();
        while (Delays.Count < events)
        {
            if (clock.GetElapsedTime(start) > TimeSpan.FromMinutes(2))
                throw new InvalidOperationException($"{Delays.Count} of {events} events had arrived after two minutes.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), clock, ct);
        }
    }

    /// <summary>Forgets what was noted so far.</summary>
    public void StartOver() => Delays = new Percentiles();

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        try
        {
            await reading;
        }
        catch (Exception ended) when (ended is OperationCanceledException or WebSocketException)
        {
            // We closed it.
        }

        socket.Dispose();
        closing.Dispose();
    }

    private Task SendAsync(string json, CancellationToken ct) =>
        socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(json + (char)RecordEnd), WebSocketMessageType.Text, true, ct);

    private async Task ReadAsync()
    {
        var buffer = new ArrayBufferWriter<byte>(1 << 16);
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.GetMemory(1 << 14), closing.Token);
            if (part.MessageType == WebSocketMessageType.Close) return;
            buffer.Advance(part.Count);
            if (part.EndOfMessage)
            {
                var now = TimeProvider.System.GetUtcNow();
                Note(buffer.WrittenSpan, now);
                buffer.ResetWrittenCount();
            }
        }
    }

    private void Note(ReadOnlySpan<byte> records, DateTimeOffset now)
    {
        while (records.IndexOf(RecordEnd) is >= 0 and var end)
        {
            var reader = new Utf8JsonReader(records[..end]);
            records = records[(end + 1)..];
            using var message = JsonDocument.ParseValue(ref reader);
            if (!message.RootElement.TryGetProperty("arguments", out var events))
                continue;
            foreach (var one in events.EnumerateArray())
            {
                if (one.TryGetProperty("at", out var at))
                    Delays.Add((now - at.GetDateTimeOffset()).TotalMilliseconds);
            }
        }
    }
}
