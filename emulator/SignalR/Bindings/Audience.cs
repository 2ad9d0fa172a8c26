namespace Tasklane.Emulator.SignalR;

/// <summary>Whom a message is for: the connection, else the user, else the group, else everybody, as on the real host.</summary>
internal readonly record struct Audience(string? ConnectionId, string? UserId, string? GroupName)
{
    /// <summary>Whether anybody would get the message now.</summary>
    public bool IsIn(Hub hub)
    {
        if (!string.IsNullOrEmpty(ConnectionId))
            return hub.HasConnection(ConnectionId);
        if (!string.IsNullOrEmpty(UserId))
            return hub.HasUser(UserId);
        return !string.IsNullOrEmpty(GroupName) ? hub.HasGroup(GroupName) : hub.HasConnections;
    }

    public void Send(Hub hub, ReadOnlyMemory<byte> message)
    {
        if (!string.IsNullOrEmpty(ConnectionId))
            hub.SendToConnection(ConnectionId, message);
        else if (!string.IsNullOrEmpty(UserId))
            hub.SendToUser(UserId, message);
        else if (!string.IsNullOrEmpty(GroupName))
            hub.SendToGroup(GroupName, message);
        else
            hub.SendToAll(message);
    }
}
