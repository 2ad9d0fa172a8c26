using System.Buffers;
using System.IO.Pipelines;
using System.Security.Claims;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// Speaks the hub protocol with one client: handshake, then its messages one after the other. What a client invokes
/// goes to the upstream; as on ASP.NET Core, its next message is read once the function is done.
/// </summary>
internal sealed class ClientConnectionHandler(SignalRService service, Upstream upstream, ILogger<ClientConnectionHandler> logger)
    : ConnectionHandler
{
    private readonly SignalRServiceOptions _options = service.Options;

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var query = connection.GetHttpContext()!.Request.Query;
        var identity = (ClaimsIdentity)connection.GetHttpContext()!.User.Identity!;
        var client = new ClientConnection(connection, service.Hub(query["hub"].ToString()), identity, query, _options);
        if (!await ShakeHandsAsync(connection, client))
            return;

        // The answer to the handshake is queued first and written last: whoever reads it is already in the hub.
        client.Hub.Add(client);
        if (service.IsStopping)
            client.Close(null, allowReconnect: true);
        var writing = client.WriteAsync();
        string? error = null;
        try
        {
            await upstream.ConnectedAsync(client);
            error = await ReadAsync(connection, client);
        }
        finally
        {
            client.Hub.Remove(client);
            client.Complete();
            await writing;
            await upstream.DisconnectedAsync(client, client.Error ?? error);
        }
    }

    private async Task<bool> ShakeHandsAsync(ConnectionContext connection, ClientConnection client)
    {
        var (request, error) = await ReadHandshakeAsync(connection);
        if (request is not null)
            error = Refusal(request);
        var answer = new ArrayBufferWriter<byte>();
        HandshakeProtocol.WriteResponseMessage(new HandshakeResponseMessage(error), answer);
        if (error is null)
            client.Send(answer.WrittenMemory);
        else
            await connection.Transport.Output.WriteAsync(answer.WrittenMemory);
        return error is null;
    }

    private static string? Refusal(HandshakeRequestMessage request)
    {
        if (request.Protocol != HubMessages.ProtocolName)
            return $"The protocol '{request.Protocol}' is not supported.";
        return HubMessages.IsVersionSupported(request.Version)
            ? null
            : $"The server does not support version {request.Version} of the '{request.Protocol}' protocol.";
    }

    private async Task<(HandshakeRequestMessage? Request, string? Error)> ReadHandshakeAsync(ConnectionContext connection)
    {
        using var timeout = new CancellationTokenSource(_options.HandshakeTimeout, _options.NetworkClock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, connection.ConnectionClosed);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(either.Token);
                var buffer = result.Buffer;
                var read = HandshakeProtocol.TryParseRequestMessage(ref buffer, out var request);
                var length = buffer.Length;
                input.AdvanceTo(buffer.Start, read ? buffer.Start : buffer.End);
                if (read)
                    return (request, null);
                if (result.IsCompleted || length > _options.MaxClientMessageBytes)
                    return (null, "The connection did not begin with a handshake.");
            }
        }
        catch (OperationCanceledException)
        {
            return (null, "Handshake was canceled.");
        }
        catch (InvalidDataException e)
        {
            logger.LogDebug(e, "A client's handshake could not be read.");
            return (null, "An unexpected error occurred during connection handshake.");
        }
    }

    /// <returns>Why the connection ended; null when the client closed it in good order.</returns>
    private async Task<string?> ReadAsync(ConnectionContext connection, ClientConnection client)
    {
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var result = await input.ReadAsync();
                if (result.IsCanceled)
                    return client.Error;
                client.MarkReceived();
                var buffer = result.Buffer;
                try
                {
                    while (ClientMessage.TryRead(ref buffer, _options.MaxClientMessageBytes, out var message))
                        if (!await DispatchAsync(client, message))
                            return null;
                    if (result.IsCompleted)
                        return client.Error;
                }
                finally
                {
                    input.AdvanceTo(buffer.Start, buffer.End);
                }
            }
        }
        catch (InvalidDataException e)
        {
            client.Close($"Connection closed with an error. {e.Message}", allowReconnect: false);
            return e.Message;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            return e.Message;
        }
    }

    /// <returns>False when the client said goodbye.</returns>
    private async ValueTask<bool> DispatchAsync(ClientConnection client, ClientMessage message)
    {
        switch (message.Type)
        {
            case HubProtocolConstants.CloseMessageType:
                return false;
            case HubProtocolConstants.StreamInvocationMessageType when message.InvocationId is { } id:
                client.Send(HubMessages.Error(id, "Streaming is not supported in serverless mode."));
                return true;
            case HubProtocolConstants.InvocationMessageType:
                client.Serving = true;
                await upstream.InvokeAsync(client, message);
                client.Serving = false;
                return true;
            default:
                // Pings have done their work by arriving; streams' items, cancellations and acknowledgements concern
                // what is never started here.
                return true;
        }
    }
}
