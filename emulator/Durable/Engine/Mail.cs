using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>What a start, or the clock, must find in the database; and messages as the inbox keeps them.</summary>
internal static class Mail
{
    /// <summary>Messages not taken in yet, in the order they were sent.</summary>
    public static IReadOnlyList<Message> Waiting(StoreReader.Session session)
    {
        using var rows = session.Connection.Prepare("SELECT key, target, event FROM inbox WHERE due = 0 ORDER BY key");
        return Messages(rows);
    }

    /// <summary>Ids of instances that have not begun or have an activity under way.</summary>
    public static IReadOnlyList<string> Unfinished(StoreReader.Session session)
    {
        using var rows = session.Connection.Prepare(
            "SELECT instance.id FROM work JOIN instance ON instance.key = work.instance ORDER BY work.instance");
        var ids = new List<string>();
        while (rows.Step())
            ids.Add(rows.Text(0)!);
        return ids;
    }

    /// <summary>Timers and delayed messages due after one and up to another time.</summary>
    public static StoredTimers Delayed(StoreReader.Session session, long from, long until)
    {
        using var timers = session.Connection.Prepare(
            "SELECT timer.due, timer.instance, timer.id, instance.id FROM timer "
            + "JOIN instance ON instance.key = timer.instance WHERE timer.due > ?1 AND timer.due <= ?2");
        using var delayed = session.Connection.Prepare(
            "SELECT key, target, event FROM inbox WHERE due > 0 AND due > ?1 AND due <= ?2 ORDER BY due, key");
        timers.Bind(1, from).Bind(2, until);
        delayed.Bind(1, from).Bind(2, until);
        var found = Messages(delayed).ConvertAll(message => new DueItem(message.Due, message.Target!) { Message = message });
        while (timers.Step())
            found.Add(new DueItem(timers.Long(0), timers.Text(3)!) { Instance = timers.Long(1), TimerId = timers.Long(2) });

        using var next = session.Connection.Prepare(
            "SELECT min(due) FROM (SELECT min(due) AS due FROM timer WHERE due > ?1 "
            + "UNION ALL SELECT min(due) FROM inbox WHERE due > 0 AND due > ?1)");
        next.Bind(1, until).Step();
        return new StoredTimers(found, next.Long(0) is > 0 and var due ? due : long.MaxValue);
    }

    /// <summary>Kind, execution, due time, and the event.</summary>
    public static void Encode(Message message, HistoryBuffer into)
    {
        Span<byte> head = stackalloc byte[21];
        head[0] = (byte)message.Kind;
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(head[1..], message.Execution.Instance);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(head[9..], message.Execution.Generation);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(head[13..], message.Due);
        into.Append(head);
        if (message.Event is { } e)
            into.Add(e);
    }

    private static Message Decode(long key, string target, ReadOnlySpan<byte> encoded)
    {
        var execution = new ExecutionKey(
            System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(encoded[1..]),
            System.Buffers.Binary.BinaryPrimitives.ReadInt32LittleEndian(encoded[9..]));
        return new Message((MessageKind)encoded[0])
        {
            InboxKey = key,
            Target = target,
            Execution = execution,
            Due = System.Buffers.Binary.BinaryPrimitives.ReadInt64LittleEndian(encoded[13..]),
            Event = encoded.Length > 21 ? HistoryBuffer.Parse(encoded[21..].ToArray()).First() : null,
        };
    }

    private static List<Message> Messages(Statement rows)
    {
        var messages = new List<Message>();
        while (rows.Step())
            messages.Add(Decode(rows.Long(0), rows.Text(1)!, rows.Blob(2)));
        return messages;
    }
}
