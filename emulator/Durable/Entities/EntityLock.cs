using System.Globalization;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Entities;

/// <summary>
/// Locks of several entities. The request travels from entity to entity in an order common to all, each one locking itself and
/// passing it on; the last one tells the orchestration. So no two orchestrations can hold what the other waits for.
/// </summary>
internal static class EntityLock
{
    /// <summary>Who sent it, as a lock names its owner: the instance's key tells it from others that had the same id.</summary>
    public static string? OwnerOf(Message message) => ParentOf(message.Event!) is { } parent
        ? string.Create(CultureInfo.InvariantCulture, $"{message.Execution.Instance}:{parent}")
        : null;

    public static string InstanceOf(string owner) => owner[(owner.IndexOf(':', StringComparison.Ordinal) + 1)..];

    public static long KeyOf(string owner) =>
        long.Parse(owner.AsSpan(0, owner.IndexOf(':', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>Where the request goes once an entity has locked itself.</summary>
    public static Message Next(Message request, string entity, long now)
    {
        var asked = request.Event!.EntityLockRequested;
        var next = asked.LockSet.IndexOf(entity) + 1;
        if (next < asked.LockSet.Count)
        {
            return new Message(MessageKind.Entity)
            {
                Target = asked.LockSet[next],
                Event = request.Event,
                Execution = request.Execution,
            };
        }

        var granted = Happenings.New(now);
        granted.EntityLockGranted = new P.EntityLockGrantedEvent { CriticalSectionId = asked.CriticalSectionId };
        return new Message(MessageKind.Happened) { Target = asked.ParentInstanceId, Event = granted, Execution = request.Execution };
    }

    private static string? ParentOf(P.HistoryEvent message) => message.EventTypeCase switch
    {
        P.HistoryEvent.EventTypeOneofCase.EntityOperationCalled => message.EntityOperationCalled.ParentInstanceId,
        P.HistoryEvent.EventTypeOneofCase.EntityLockRequested => message.EntityLockRequested.ParentInstanceId,
        P.HistoryEvent.EventTypeOneofCase.EntityUnlockSent => message.EntityUnlockSent.ParentInstanceId,
        _ => null,
    };
}
