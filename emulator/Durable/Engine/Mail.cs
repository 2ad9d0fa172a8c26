using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>What a start, or the clock, must find in the database.</summary>
internal static class Mail
{
    /// <summary>Messages not taken in yet, in the order they were sent.</summary>
    public static IReadOnlyList<Event> Waiting(StoreReader.Session session)
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
        var found = Messages(delayed);
        while (timers.Step())
        {
            found.Add(new Event(EventKind.TimerFired)
            {
                Time = timers.Long(0),
                Epoch = timers.Long(1),
                Id = (int)timers.Long(2),
                Target = timers.Text(3),
            });
        }

        using var next = session.Connection.Prepare(
            "SELECT min(due) FROM (SELECT min(due) AS due FROM timer WHERE due > ?1 "
            + "UNION ALL SELECT min(due) FROM inbox WHERE due > 0 AND due > ?1)");
        next.Bind(1, until).Step();
        return new StoredTimers(found, next.Long(0) is > 0 and var due ? due : long.MaxValue);
    }

    private static List<Event> Messages(Statement rows)
    {
        var messages = new List<Event>();
        while (rows.Step())
        {
            var message = new EventReader(rows.Blob(2).ToArray()).Read();
            message.InboxKey = rows.Long(0);
            messages.Add(message);
        }

        return messages;
    }
}
