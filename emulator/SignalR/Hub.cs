namespace Tasklane.Emulator.SignalR;

/// <summary>
/// One hub: its connections, whose they are, and which groups they are in. A send only queues, so it happens under
/// the lock: every client sees the messages in the order they were sent. User and group names are case-sensitive.
/// </summary>
internal sealed class Hub(string name)
{
    private static readonly IReadOnlySet<string> None = new HashSet<string>();

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ClientConnection> _connections = [];
    private readonly NamedSets<ClientConnection> _users = new();
    private readonly NamedSets<ClientConnection> _groups = new();

    // Lasts longer than the user's connections: whoever connects later as that user is in the groups too.
    private readonly NamedSets<string> _groupsOfUser = new();

    public string Name { get; } = name;

    public void Add(ClientConnection connection)
    {
        lock (_gate)
        {
            _connections.Add(connection.Id, connection);
            if (connection.UserId is not { } user)
                return;
            _users.Add(user, connection);
            foreach (var group in _groupsOfUser[user])
                Enter(connection, group);
        }
    }

    public void Remove(ClientConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection.Id);
            if (connection.UserId is { } user)
                _users.Remove(user, connection);
            ExitAll(connection);
        }
    }

    public bool HasConnections
    {
        get
        {
            lock (_gate)
                return _connections.Count > 0;
        }
    }

    public bool HasConnection(string id)
    {
        lock (_gate)
            return _connections.ContainsKey(id);
    }

    public bool HasUser(string user)
    {
        lock (_gate)
            return _users[user].Count > 0;
    }

    public bool HasGroup(string group)
    {
        lock (_gate)
            return _groups[group].Count > 0;
    }

    public bool IsUserInGroup(string user, string group)
    {
        lock (_gate)
            return _groupsOfUser.Contains(user, group);
    }

    public ClientConnection[] Connections()
    {
        lock (_gate)
            return [.. _connections.Values];
    }

    public void SendToAll(ReadOnlyMemory<byte> message, IReadOnlySet<string>? except = null)
    {
        lock (_gate)
            Send(_connections.Values, message, except);
    }

    public void SendToUser(string user, ReadOnlyMemory<byte> message)
    {
        lock (_gate)
            Send(_users[user], message, null);
    }

    public void SendToGroup(string group, ReadOnlyMemory<byte> message, IReadOnlySet<string>? except = null)
    {
        lock (_gate)
            Send(_groups[group], message, except);
    }

    public void SendToConnection(string id, ReadOnlyMemory<byte> message)
    {
        lock (_gate)
            _connections.GetValueOrDefault(id)?.Send(message);
    }

    /// <summary>The groups a connection is in; empty when there is none.</summary>
    public string[] GroupsOf(string id)
    {
        lock (_gate)
            return _connections.TryGetValue(id, out var connection) ? [.. connection.Groups] : [];
    }

    /// <returns>False when there is no such connection.</returns>
    public bool AddConnectionToGroup(string id, string group)
    {
        lock (_gate)
        {
            if (!_connections.TryGetValue(id, out var connection))
                return false;
            Enter(connection, group);
            return true;
        }
    }

    public void RemoveConnectionFromGroup(string id, string group)
    {
        lock (_gate)
        {
            if (_connections.TryGetValue(id, out var connection))
                Exit(connection, group);
        }
    }

    public void RemoveConnectionFromAllGroups(string id)
    {
        lock (_gate)
        {
            if (_connections.TryGetValue(id, out var connection))
                ExitAll(connection);
        }
    }

    public void AddUserToGroup(string user, string group)
    {
        lock (_gate)
        {
            _groupsOfUser.Add(user, group);
            foreach (var connection in _users[user])
                Enter(connection, group);
        }
    }

    public void RemoveUserFromGroup(string user, string group)
    {
        lock (_gate)
        {
            _groupsOfUser.Remove(user, group);
            foreach (var connection in _users[user])
                Exit(connection, group);
        }
    }

    public void RemoveUserFromAllGroups(string user)
    {
        lock (_gate)
        {
            _groupsOfUser.Remove(user);
            foreach (var connection in _users[user])
                ExitAll(connection);
        }
    }

    /// <returns>False when there is no such connection, or when it is ending already.</returns>
    public bool CloseConnection(string id, string? reason)
    {
        lock (_gate)
            return _connections.TryGetValue(id, out var connection) && connection.Close(reason, allowReconnect: false);
    }

    public void CloseUser(string user, string? reason, IReadOnlySet<string>? except = null)
    {
        lock (_gate)
            Close(_users[user], reason, except);
    }

    public void CloseGroup(string group, string? reason, IReadOnlySet<string>? except = null)
    {
        lock (_gate)
            Close(_groups[group], reason, except);
    }

    public void CloseAll(string? reason, IReadOnlySet<string>? except = null, bool allowReconnect = false)
    {
        lock (_gate)
            Close(_connections.Values, reason, except, allowReconnect);
    }

    private static void Send(IEnumerable<ClientConnection> to, ReadOnlyMemory<byte> message, IReadOnlySet<string>? except)
    {
        except ??= None;
        foreach (var connection in to)
            if (!except.Contains(connection.Id))
                connection.Send(message);
    }

    private static void Close(
        IEnumerable<ClientConnection> whom, string? reason, IReadOnlySet<string>? except, bool allowReconnect = false)
    {
        except ??= None;
        foreach (var connection in whom)
            if (!except.Contains(connection.Id))
                connection.Close(reason, allowReconnect);
    }

    private void Enter(ClientConnection connection, string group)
    {
        if (connection.Groups.Add(group))
            _groups.Add(group, connection);
    }

    private void Exit(ClientConnection connection, string group)
    {
        if (connection.Groups.Remove(group))
            _groups.Remove(group, connection);
    }

    private void ExitAll(ClientConnection connection)
    {
        foreach (var group in connection.Groups)
            _groups.Remove(group, connection);
        connection.Groups.Clear();
    }
}
