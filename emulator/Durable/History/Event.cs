using Microsoft.DurableTask;

namespace Tasklane.Emulator.Durable.History;

/// <summary>A record of history, and the message that carries it to its instance. What a field means depends on the kind.</summary>
internal sealed class Event(EventKind kind)
{
    public EventKind Kind { get; } = kind;

    /// <summary>The action's number within its generation.</summary>
    public int Id { get; init; }

    /// <summary>Of the task, the orchestrator, the external event or the operation.</summary>
    public string? Name { get; init; }

    /// <summary>The instance or entity this goes to.</summary>
    public string? Target { get; init; }

    /// <summary>Serialized input, output or payload.</summary>
    public string? Text { get; init; }

    /// <summary>UTC ticks; 0 = none.</summary>
    public long Time { get; init; }

    public TaskFailureDetails? Failure { get; init; }

    public string? Version { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <summary>Who sent it: the parent's id at a start, the caller's in a message to an entity.</summary>
    public string? Sender { get; init; }

    /// <summary>At a start: the name of the parent orchestrator.</summary>
    public string? Parent { get; init; }

    /// <summary>
    /// Key of the instance meant; at starts and in messages to entities, of the one that waits for the answer. A message for
    /// an earlier instance of the same id is not for this one. 0 = whichever there is.
    /// </summary>
    public long Epoch { get; init; }

    /// <summary>At a start: the id was made for it, so that nobody has had it before.</summary>
    public bool IsNew { get; init; }

    /// <summary>The row in the inbox that this message came from; 0 = none.</summary>
    public long InboxKey { get; set; }

    /// <summary>Who waits for this to be committed or refused.</summary>
    public object? Reply { get; set; }

    /// <summary>The message posted before this one, in a mailbox; the one after it, once taken out.</summary>
    public Event? Next { get; set; }
}
