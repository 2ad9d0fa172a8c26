using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Entities;

/// <summary>
/// Messages to entities in the form that the Functions worker sends them (an event `op` or `release` with JSON), read into the
/// protocol's own form.
/// </summary>
internal static class EntityMessages
{
    private const string Release = "release";

    /// <param name="entity">`@name@key`.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="json">The event's input.</param>
    /// <exception cref="JsonException">It is no such message.</exception>
    public static P.HistoryEvent Read(string entity, string name, string? json)
    {
        var message = JsonElement.Parse(json ?? throw new JsonException("A message to an entity has no content."));
        if (name == Release)
        {
            return new P.HistoryEvent
            {
                EntityUnlockSent = new P.EntityUnlockSentEvent
                {
                    CriticalSectionId = Text(message, "id") ?? "",
                    ParentInstanceId = Text(message, "parent"),
                    TargetInstanceId = entity,
                },
            };
        }

        var id = Text(message, "id") ?? "";
        var due = Due(message);
        if (message.TryGetProperty("lockset", out var locks) && locks.ValueKind == JsonValueKind.Array)
        {
            var asked = new P.EntityLockRequestedEvent { CriticalSectionId = id, ParentInstanceId = Text(message, "parent") };
            foreach (var each in locks.EnumerateArray())
                asked.LockSet.Add($"@{Text(each, "name")?.ToLowerInvariant()}@{Text(each, "key")}");
            return new P.HistoryEvent { EntityLockRequested = asked };
        }

        var operation = Text(message, "op") ?? throw new JsonException("A message to an entity names no operation ('op').");
        if (message.TryGetProperty("signal", out var signal) && signal.ValueKind == JsonValueKind.True)
        {
            return new P.HistoryEvent
            {
                EntityOperationSignaled = new P.EntityOperationSignaledEvent
                {
                    RequestId = id,
                    Operation = operation,
                    Input = Text(message, "input"),
                    ScheduledTime = due,
                    TargetInstanceId = entity,
                },
            };
        }

        return new P.HistoryEvent
        {
            EntityOperationCalled = new P.EntityOperationCalledEvent
            {
                RequestId = id,
                Operation = operation,
                Input = Text(message, "input"),
                ScheduledTime = due,
                ParentInstanceId = Text(message, "parent"),
                ParentExecutionId = Text(message, "parentExecution"),
                TargetInstanceId = entity,
            },
        };
    }

    public static P.HistoryEvent Unlock(string entity, string criticalSection, string instance) => new()
    {
        EntityUnlockSent = new P.EntityUnlockSentEvent
        {
            CriticalSectionId = criticalSection,
            ParentInstanceId = instance,
            TargetInstanceId = entity,
        },
    };

    /// <summary>When a message is due, UTC ticks; 0 = at once.</summary>
    public static long DueOf(P.HistoryEvent message) => message.EventTypeCase switch
    {
        P.HistoryEvent.EventTypeOneofCase.EntityOperationSignaled => TicksOf(message.EntityOperationSignaled.ScheduledTime),
        P.HistoryEvent.EventTypeOneofCase.EntityOperationCalled => TicksOf(message.EntityOperationCalled.ScheduledTime),
        _ => 0,
    };

    private static long TicksOf(Timestamp? time) => time is null ? 0 : Happenings.Ticks(time);

    private static string? Text(JsonElement message, string property) =>
        message.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Timestamp? Due(JsonElement message) =>
        message.TryGetProperty("due", out var due) && due.ValueKind == JsonValueKind.String && due.TryGetDateTime(out var time)
            ? Timestamp.FromDateTime(time.ToUniversalTime())
            : null;
}
