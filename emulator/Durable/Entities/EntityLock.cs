using System.Globalization;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Orchestration;

namespace Tasklane.Emulator.Durable.Entities;

/// <summary>
/// Locks of several entities. The request travels from entity to entity in an order common to all, each one locking itself and
/// passing it on; the last one tells the orchestration. So no two orchestrations can hold what the other waits for.
/// </summary>
internal static class EntityLock
{
    /// <summary>Who sent it, as a lock names its owner: the instance's key tells it from others that had the same id.</summary>
    public static string? OwnerOf(Event message) => message.Sender is null
        ? null
        : string.Create(CultureInfo.InvariantCulture, $"{message.Epoch}:{message.Sender}");

    public static string InstanceOf(string owner) => owner[(owner.IndexOf(':', StringComparison.Ordinal) + 1)..];

    public static long KeyOf(string owner) =>
        long.Parse(owner.AsSpan(0, owner.IndexOf(':', StringComparison.Ordinal)), CultureInfo.InvariantCulture);

    /// <summary>Where the request goes once an entity has locked itself.</summary>
    public static Event Next(Event request, string entity)
    {
        var all = OpenWork.Entities(request.Text!);
        var next = Array.IndexOf(all, entity) + 1;
        return next < all.Length
            ? new Event(EventKind.EntityLock)
            {
                Id = request.Id,
                Target = all[next],
                Text = request.Text,
                Sender = request.Sender,
                Epoch = request.Epoch,
            }
            : new Event(EventKind.LockGranted) { Id = request.Id, Target = request.Sender, Epoch = request.Epoch };
    }
}
