using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.SignalR;

/// <summary>Handles one event of a hub. Its result goes back to a client that waits for one; throwing tells it why not.</summary>
internal delegate ValueTask<RawJson?> UpstreamHandler(UpstreamContext context, CancellationToken cancellationToken);

/// <summary>
/// Where the service hands on what clients do: to the handler of (hub, category, event), all three case-insensitive.
/// Connection events that nobody handles are dropped; invocations that nobody handles fail as on the real service.
/// </summary>
internal sealed class Upstream(ILogger<Upstream> logger)
{
    private const string Connections = "connections";
    private const string Messages = "messages";

    // What the real service says when its call to the function app finds no function.
    private const string NoFunction = "Invocation failed, status code 404";

    private readonly Dictionary<string, UpstreamHandler> _handlers = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a handler; to be called before clients connect.</summary>
    /// <returns>False when there is one already: the real host runs only one function per event, too.</returns>
    public bool TryAdd(string hub, string category, string @event, UpstreamHandler handler) =>
        _handlers.TryAdd(Key(hub, category, @event), handler);

    public ValueTask ConnectedAsync(ClientConnection client) => NotifyAsync(client, "connected", null);

    public ValueTask DisconnectedAsync(ClientConnection client, string? error) => NotifyAsync(client, "disconnected", error);

    /// <summary>Runs the function a client invokes, and answers the client if it waits.</summary>
    public async ValueTask InvokeAsync(ClientConnection client, ClientMessage message)
    {
        var (answer, error) = await RunAsync(client, message);
        if (message.InvocationId is { } id)
            client.Send(error is null ? HubMessages.Result(id, answer) : HubMessages.Error(id, error));
    }

    private async ValueTask<(RawJson? Answer, string? Error)> RunAsync(ClientConnection client, ClientMessage message)
    {
        if (!_handlers.TryGetValue(Key(client.Hub.Name, Messages, message.Target), out var handler))
        {
            logger.LogWarning("Hub {Hub}: no function handles {Target}, which a client invoked.", client.Hub.Name, message.Target);
            return (null, NoFunction);
        }
        var context = UpstreamContext.Of(client, UpstreamCategory.Messages, message.Target, message.Arguments);
        try
        {
            // The client's leaving does not cancel the function: the real service does not tell it either.
            return (await handler(context, CancellationToken.None), null);
        }
        catch (Exception e)
        {
            // A function's failure is logged where functions run; this is for the rest.
            logger.LogDebug(e, "Hub {Hub}: invoking {Target} failed.", client.Hub.Name, message.Target);
            return (null, e.Message);
        }
    }

    private async ValueTask NotifyAsync(ClientConnection client, string @event, string? error)
    {
        if (!_handlers.TryGetValue(Key(client.Hub.Name, Connections, @event), out var handler))
            return;
        var context = UpstreamContext.Of(client, UpstreamCategory.Connections, @event, error: error);
        try
        {
            await handler(context, CancellationToken.None);
        }
        catch (Exception e)
        {
            logger.LogWarning(e, "Hub {Hub}: the function for {Event} failed.", client.Hub.Name, @event);
        }
    }

    private static string Key(string hub, string category, string @event) => $"{hub}\n{category}\n{@event}";
}
