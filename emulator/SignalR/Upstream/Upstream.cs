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

    /// <summary>The handler of an event; null when there is none.</summary>
    public UpstreamHandler? Find(UpstreamContext context) =>
        _handlers.GetValueOrDefault(Key(context.Hub, context.Category.ToString(), context.Event));

    /// <summary>Runs a handler to its end.</summary>
    /// <returns>Its answer, or why it failed.</returns>
    public async ValueTask<(RawJson? Answer, string? Error)> RunAsync(UpstreamHandler handler, UpstreamContext context)
    {
        try
        {
            // The client's leaving does not cancel the function: the real service does not tell it either.
            return (await handler(context, CancellationToken.None), null);
        }
        catch (Exception e)
        {
            // A function's failure is logged where functions run; this is for the rest.
            logger.LogDebug(e, "Hub {Hub}: the function for {Event} failed.", context.Hub, context.Event);
            return (null, e.Message);
        }
    }

    private async ValueTask<(RawJson? Answer, string? Error)> RunAsync(ClientConnection client, ClientMessage message)
    {
        var context = UpstreamContext.Of(client, UpstreamCategory.Messages, message.Target, message.Arguments);
        if (Find(context) is { } handler)
            return await RunAsync(handler, context);
        logger.LogWarning("Hub {Hub}: no function handles {Target}, which a client invoked.", client.Hub.Name, message.Target);
        return (null, NoFunction);
    }

    private async ValueTask NotifyAsync(ClientConnection client, string @event, string? error)
    {
        var context = UpstreamContext.Of(client, UpstreamCategory.Connections, @event, error: error);
        if (Find(context) is { } handler)
            await RunAsync(handler, context);
    }

    private static string Key(string hub, string category, string @event) => $"{hub}\n{category}\n{@event}";
}
