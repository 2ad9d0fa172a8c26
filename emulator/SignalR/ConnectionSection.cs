using Tasklane.Emulator.Inspector;

namespace Tasklane.Emulator.SignalR;

/// <summary>Who is connected to which hub.</summary>
internal sealed class ConnectionSection(SignalRService service) : IInspectorSection
{
    public string Name => "connections";

    public string Title => "SignalR connections";

    public int Order => 70;

    public IReadOnlyList<InspectorColumn> Columns { get; } =
        [new("Hub", InspectorLook.Code), new("User"), new("Groups"), new("Connection", InspectorLook.Code)];

    public ValueTask<InspectorRows> ListAsync(InspectorQuery query, CancellationToken cancellationToken) => ValueTask.FromResult(
        query.Page(service.Hubs.OrderBy(hub => hub.Name, StringComparer.Ordinal)
            .SelectMany(hub => hub.Connections())
            .Select(connection => (Connection: connection, Groups: Groups(connection)))
            .Where(found => query.Matches(found.Connection.Hub.Name, found.Connection.UserId, found.Groups, found.Connection.Id))
            .Select(found => new InspectorRow(
                found.Connection.Id, found.Connection.Hub.Name, found.Connection.UserId, found.Groups, found.Connection.Id))));

    public ValueTask<InspectorDetail?> FindAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult(
        Find(id) is { } connection
            ? new InspectorDetail(
                connection.UserId ?? "No user",
                [
                    new("Hub", connection.Hub.Name, InspectorLook.Code),
                    new("Connection", connection.Id, InspectorLook.Code),
                    new("Groups", Groups(connection)),
                    new("Claims", string.Join('\n', connection.Identity.Claims.Select(claim => $"{claim.Type}: {claim.Value}"))),
                ],
                [new InspectorAction("close", "Disconnect", Confirms: true)])
            : null);

    public ValueTask<string> ActAsync(string id, string action, string? input, CancellationToken cancellationToken)
    {
        if (action != "close")
            throw new InspectorException($"A connection cannot '{action}'.");
        return Find(id)?.Hub.CloseConnection(id, input) == true
            ? ValueTask.FromResult("The connection has been closed.")
            : throw new InspectorException("The connection is gone.");
    }

    private ClientConnection? Find(string id) =>
        service.Hubs.SelectMany(hub => hub.Connections()).FirstOrDefault(connection => connection.Id == id);

    private static string Groups(ClientConnection connection) => string.Join(", ", connection.Hub.GroupsOf(connection.Id));
}
