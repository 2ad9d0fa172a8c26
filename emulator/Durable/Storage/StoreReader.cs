using System.Collections.Concurrent;
using System.Text.Json;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>Reads of what is committed. Connections are pooled; each is used by one caller at a time.</summary>
internal sealed class StoreReader(Database database) : IDisposable
{
    internal const string InstanceColumns = "key, id, name, version, tags, status, created, updated, first, head, custom";

    private readonly ConcurrentBag<Session> idle = [];

    public T Read<T>(Func<Session, T> read)
    {
        if (!idle.TryTake(out var session))
            session = new Session(database.OpenReader());
        try
        {
            return read(session);
        }
        finally
        {
            idle.Add(session);
        }
    }

    /// <summary>Several reads that see the same moment.</summary>
    public T Snapshot<T>(Func<Session, T> read) => Read(session =>
    {
        session.Connection.Execute("BEGIN");
        try
        {
            return read(session);
        }
        finally
        {
            session.Connection.Execute("COMMIT");
        }
    });

    public StoredInstance? Instance(string id) => Read(session => session.Instance(id));

    public byte[] History(long head) => Read(session => session.History(head));

    public void Dispose()
    {
        while (idle.TryTake(out var session))
            session.Dispose();
    }

    internal sealed class Session(Connection db) : IDisposable
    {
        private readonly Statement instance = db.Prepare($"SELECT {InstanceColumns} FROM instance WHERE id = ?1");
        private readonly Statement history = db.Prepare("SELECT prev, events FROM history WHERE key = ?1");
        private readonly Statement entity = db.Prepare("SELECT key, id, state, owner, updated FROM entity WHERE id = ?1");

        public Connection Connection => db;

        public StoredInstance? Instance(string id)
        {
            var found = instance.Bind(1, id).Step() ? ReadInstance(instance) : null;
            instance.Reset();
            return found;
        }

        public StoredEntity? Entity(string id)
        {
            var found = entity.Bind(1, id).Step() ? ReadEntity(entity) : null;
            entity.Reset();
            return found;
        }

        /// <summary>A whole chain, oldest first.</summary>
        public byte[] History(long head)
        {
            var parts = new List<byte[]>();
            for (var key = head; key != 0;)
            {
                if (!history.Bind(1, key).Step())
                    throw new StorageException($"History row {key} is missing.");
                key = history.Long(0);
                parts.Add(history.Blob(1).ToArray());
                history.Reset();
            }

            if (parts.Count == 1)
                return parts[0];
            parts.Reverse();
            var whole = new byte[parts.Sum(part => part.Length)];
            var at = 0;
            foreach (var part in parts)
            {
                part.CopyTo(whole, at);
                at += part.Length;
            }

            return whole;
        }

        /// <summary>The events of one row, encoded.</summary>
        public byte[]? Row(long key)
        {
            var events = history.Bind(1, key).Step() ? history.Blob(1).ToArray() : null;
            history.Reset();
            return events;
        }

        public void Dispose() => db.Dispose();

        public static StoredInstance ReadInstance(Statement row) => new(
            new InstanceRow(
                row.Long(0),
                row.Text(1)!,
                row.Text(2)!,
                row.Text(3),
                row.Text(4) is { } tags ? JsonSerializer.Deserialize<Dictionary<string, string>>(tags) : null,
                row.Long(6))
            {
                First = row.Long(8),
                Head = row.Long(9),
            },
            (P.OrchestrationStatus)row.Long(5),
            row.Long(7),
            row.Text(10));

        public static StoredEntity ReadEntity(Statement row) =>
            new(row.Long(0), row.Text(1)!, row.Text(2), row.Text(3), row.Long(4));
    }
}
