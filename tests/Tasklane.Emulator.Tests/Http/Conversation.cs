using System.Net.Sockets;
using System.Text;

namespace Tasklane.Emulator.Tests.Http;

/// <summary>A POST in chunks over a bare socket: what an HTTP client would not send, or not in these pieces.</summary>
internal sealed class Conversation : IAsyncDisposable
{
    private readonly TcpClient _client = new();
    private readonly StringBuilder _read = new();
    private readonly CancellationToken _cancellation;
    private NetworkStream _stream = null!;

    private Conversation(CancellationToken cancellation) => _cancellation = cancellation;

    public static async Task<Conversation> OpenAsync(Uri host, string path, CancellationToken cancellation, string headers = "")
    {
        var conversation = new Conversation(cancellation);
        await conversation._client.ConnectAsync("127.0.0.1", host.Port, cancellation);
        conversation._client.NoDelay = true;
        conversation._stream = conversation._client.GetStream();
        await conversation.SendRawAsync($"POST {path} HTTP/1.1\r\nHost: {host.Authority}\r\n{headers}Transfer-Encoding: chunked\r\n\r\n");
        return conversation;
    }

    public Task SendAsync(string text) => SendRawAsync($"{Encoding.UTF8.GetByteCount(text):x}\r\n{text}\r\n");

    public Task EndAsync() => SendRawAsync("0\r\n\r\n");

    public async Task SendRawAsync(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), _cancellation);

    /// <summary>All that has come, once the text is in it or the host has hung up.</summary>
    public async Task<string> ReadUntilAsync(string text)
    {
        var buffer = new byte[4096];
        while (!_read.ToString().Contains(text, StringComparison.Ordinal))
        {
            var count = await _stream.ReadAsync(buffer, _cancellation);
            if (count == 0)
                break;
            _read.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return _read.ToString();
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
