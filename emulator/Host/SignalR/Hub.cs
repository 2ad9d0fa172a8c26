using System.Runtime.InteropServices;

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
    private readonly Dictionary<string, HashSet<ClientConnection>> _users = [];
    private readonly Dictionary<string, HashSet<ClientConnection>> _groups = [];

    // Lasts longer than the user's connections: whoever connects later as that user is in the groups too.
    private readonly Dictionary<string, HashSet<string>> _groupsOfUser = [];

    public string Name { get; } = name;

    public void Add(ClientConnection connection)
    {
        lock (_gate)
        {
            _connections.Add(connection.Id, connection);
            if (connection.UserId is not { } user)
                return;
            Join(_users, user, connection);
            foreach (var group in _groupsOfUser.GetValueOrDefault(user, []))
                Enter(connection, group);
        }
    }

    public void Remove(ClientConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection.Id);
            if (connection.UserId is { } user)
                Leave(_users, user, connection);
            ExitAll(connection);
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
            return _users.ContainsKey(user);
    }

    public bool HasGroup(string group)
    {
        lock (_gate)
            return _groups.ContainsKey(group);
    }

    public bool IsUserInGroup(string user, string group)
    {
        lock (_gate)
            return _groupsOfUser.TryGetValue(user, out var groups) && groups.Contains(group);
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
            Send(_users.GetValueOrDefault(user), message, null);
    }

    public void SendToGroup(string group, ReadOnlyMemory<byte> message, IReadOnlySet<string>? except = null)
    {
        lock (_gate)
            Send(_groups.GetValueOrDefault(group), message, except);
    }

    public void SendToConnection(string id, ReadOnlyMemory<byte> message)
    {
        lock (_gate)
            _connections.GetValueOrDefault(id)?.Send(message);
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
            ref var groups = ref CollectionsMarshal.GetValueRefOrAddDefault(_groupsOfUser, user, out _);
            (groups ??= []).Add(group);
            foreach (var connection in _users.GetValueOrDefault(user, []))
                Enter(connection, group);
        }
    }

    public void RemoveUserFromGroup(string user, string group)
    {
        lock (_gate)
        {
            if (_groupsOfUser.TryGetValue(user, out var groups) && groups.Remove(group) && groups.Count == 0)
                _groupsOfUser.Remove(user);
            foreach (var connection in _users.GetValueOrDefault(user, []))
                Exit(connection, group);
        }
    }

    public void RemoveUserFromAllGroups(string user)
    {
        lock (_gate)
        {
            _groupsOfUser.Remove(user);
            foreach (var connection in _users.GetValueOrDefault(user, []))
                ExitAll(connection);
        }
    }

    /// <returns>False when there is no such connection.</returns>
    public bool CloseConnection(string id, string? reason)
    {
        lock (_gate)
        {
            if (!_connections.TryGetValue(id, out var connection))
                return false;
            connection.Close(reason, allowReconnect: false);
            return true;
        }
    }

    public void CloseUser(string user, string? reason, IReadOnlySet<string>? except = null)
    {
        lock (_gate)
            Close(_users.GetValueOrDefault(user), reason, except);
    }

    public void CloseGroup(string group, string? reason, IReadOnlySet<string>? except = null)
    {
        lock (_gate)
            Close(_groups.GetValueOrDefault(group), reason, except);
    }

    public void CloseAll(string? reason, IReadOnlySet<string>? except = null, bool allowReconnect = false)
    {
        lock (_gate)
            Close(_connections.Values, reason, except, allowReconnect);
    }

    private static void Send(IEnumerable<ClientConnection>? to, ReadOnlyMemory<byte> message, IReadOnlySet<string>? except)
    {
        except ??= None;
        foreach (var connection in to ?? [])
            if (!except.Contains(connection.Id))
                connection.Send(message);
    }

    private static void Close(
        IEnumerable<ClientConnection>? whom, string? reason, IReadOnlySet<string>? except, bool allowReconnect = false)
    {
        except ??= None;
        foreach (var connection in whom ?? [])
            if (!except.Contains(connection.Id))
                connection.Close(reason, allowReconnect);
    }

    private void Enter(ClientConnection connection, string group)
    {
        if (connection.Groups.Add(group))
            Join(_groups, group, connection);
    }

    private void Exit(ClientConnection connection, string group)
    {
        if (connection.Groups.Remove(group))
            Leave(_groups, group, connection);
    }

    private void ExitAll(ClientConnection connection)
    {
        foreach (var group in connection.Groups)
            Leave(_groups, group, connection);
        connection.Groups.Clear();
    }

    private static void Join(Dictionary<string, HashSet<ClientConnection>> sets, string key, ClientConnection connection)
    {
        ref var set = ref CollectionsMarshal.GetValueRefOrAddDefault(sets, key, out _);
        (set ??= []).Add(connection);
    }

    private static void Leave(Dictionary<string, HashSet<ClientConnection>> sets, string key, ClientConnection connection)
    {
        if (sets.TryGetValue(key, out var set) && set.Remove(connection) && set.Count == 0)
            sets.Remove(key);
    }
}
