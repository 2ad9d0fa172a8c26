using System.Buffers;
using System.IO.Pipelines;
using System.Security.Claims;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// One client of a hub. Sending queues and never waits; one loop writes. A client that does not keep up is cut off
/// once too much waits for it, so that one slow client neither holds up the others nor fills the memory.
/// </summary>
internal sealed class ClientConnection
{
    // Written together before the transport is woken: one WebSocket frame carries what came in a burst.
    private const int FlushBytes = 32 * 1024;

    private readonly ConnectionContext _context;
    private readonly Channel<ReadOnlyMemory<byte>> _outbox =
        Channel.CreateUnbounded<ReadOnlyMemory<byte>>(new UnboundedChannelOptions { SingleReader = true });
    private readonly TimeProvider _clock;
    private readonly long _maxUnsent;
    private long _unsent;
    private long _lastSent;
    private long _lastReceived;
    private int _serving;
    private int _aborted;

    public ClientConnection(
        ConnectionContext context, Hub hub, ClaimsIdentity identity, IQueryCollection query, SignalRServiceOptions options)
    {
        _context = context;
        _clock = options.NetworkClock;
        _maxUnsent = options.MaxUnsentBytes;
        _lastSent = _lastReceived = _clock.GetTimestamp();
        Hub = hub;
        Identity = identity;
        UserId = AccessTokens.UserIdOf(identity);
        Query = query;
    }

    public string Id => _context.ConnectionId;

    public Hub Hub { get; }

    public ClaimsIdentity Identity { get; }

    public string? UserId { get; }

    /// <summary>Query of the request that opened the connection.</summary>
    public IQueryCollection Query { get; }

    /// <summary>Groups the connection is in; the hub's lock guards it.</summary>
    public HashSet<string> Groups { get; } = [];

    /// <summary>Why the service ended the connection; null while it lives or when the client left by itself.</summary>
    public string? Error { get; private set; }

    /// <summary>Queues a message; a client that has too much waiting already is disconnected instead.</summary>
    public void Send(ReadOnlyMemory<byte> message)
    {
        if (Interlocked.Add(ref _unsent, message.Length) > _maxUnsent)
            Abort($"The client is too slow: more than {_maxUnsent} bytes wait for it.");
        else
            _outbox.Writer.TryWrite(message);
    }

    /// <summary>Says goodbye after what is queued already, then ends the connection.</summary>
    /// <returns>False when the connection is ending already.</returns>
    public bool Close(string? error, bool allowReconnect)
    {
        Error ??= error;
        Send(HubMessages.Close(error, allowReconnect));
        if (!_outbox.Writer.TryComplete())
            return false;
        // The reader stops, the handler lets the writer finish, and the transport ends after the last byte.
        _context.Transport.Input.CancelPendingRead();
        return true;
    }

    /// <summary>Ends the connection at once; what waits is lost.</summary>
    public void Abort(string error)
    {
        if (Interlocked.Exchange(ref _aborted, 1) != 0)
            return;
        Error ??= error;
        _outbox.Writer.TryComplete();
        // Elsewhere: what reacts to the end of a connection must not run under the hub's lock.
        ThreadPool.UnsafeQueueUserWorkItem(static c => c.Abort(), _context, preferLocal: false);
    }

    public void MarkReceived() => Volatile.Write(ref _lastReceived, _clock.GetTimestamp());

    /// <summary>While a function serves the client nothing is read from it, so its silence means nothing.</summary>
    public bool Serving
    {
        set
        {
            MarkReceived();
            Volatile.Write(ref _serving, value ? 1 : 0);
        }
    }

    /// <summary>Pings a client nothing was sent to, and gives up one nothing was heard from.</summary>
    public void CheckLiveness(TimeSpan keepAlive, TimeSpan timeout)
    {
        if (Volatile.Read(ref _serving) == 0 && _clock.GetElapsedTime(Volatile.Read(ref _lastReceived)) > timeout)
            Abort("The client has been silent for too long.");
        else if (_clock.GetElapsedTime(Volatile.Read(ref _lastSent)) >= keepAlive && Interlocked.Read(ref _unsent) == 0)
            Send(HubMessages.Ping);
    }

    /// <summary>Writes what is queued, in order, until the outbox is completed or the transport is gone.</summary>
    public async Task WriteAsync()
    {
        var output = _context.Transport.Output;
        try
        {
            while (await _outbox.Reader.WaitToReadAsync())
                if (!await WriteQueuedAsync(output))
                    break;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The transport ended first; the reading side tells the story.
        }
        _outbox.Writer.TryComplete();
    }

    /// <summary>No more will be queued; the write loop ends once it has written the rest.</summary>
    public void Complete() => _outbox.Writer.TryComplete();

    private async ValueTask<bool> WriteQueuedAsync(PipeWriter output)
    {
        var batch = 0;
        while (_outbox.Reader.TryRead(out var message))
        {
            output.Write(message.Span);
            batch += message.Length;
            if (batch >= FlushBytes)
            {
                if (!await FlushAsync(output, batch))
                    return false;
                batch = 0;
            }
        }
        return batch == 0 || await FlushAsync(output, batch);
    }

    private async ValueTask<bool> FlushAsync(PipeWriter output, int bytes)
    {
        var result = await output.FlushAsync();
        Interlocked.Add(ref _unsent, -bytes);
        Volatile.Write(ref _lastSent, _clock.GetTimestamp());
        return !result.IsCompleted;
    }
}
