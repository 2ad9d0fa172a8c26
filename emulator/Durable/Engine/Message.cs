using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>What a message asks of its receiver. The numbers below 100 are on disk: never reuse one.</summary>
internal enum MessageKind : byte
{
    /// <summary>Start an instance: <see cref="Message.Event"/> is its `ExecutionStarted`.</summary>
    Start = 1,

    /// <summary>Something that happened to an instance, for its history.</summary>
    Happened = 2,

    /// <summary>End an instance: `ExecutionTerminated`.</summary>
    Terminate = 3,

    /// <summary>An operation, a lock or an unlock, for an entity.</summary>
    Entity = 4,

    /// <summary>Let a failed instance go on: a `GenericEvent` with the reason.</summary>
    Rewind = 5,

    // Wishes of this process: in memory only.
    Recover = 100,
    Kick = 101,
    Evict = 102,
    Wait = 103,
    Purge = 104,
    Collect = 105,
    ReleaseLock = 106,
    StartIsDue = 107,
}

/// <summary>A message to an instance or an entity.</summary>
internal sealed class Message(MessageKind kind)
{
    public MessageKind Kind => kind;

    /// <summary>The instance or entity it goes to.</summary>
    public string? Target { get; init; }

    /// <summary>What it carries; null for wishes.</summary>
    public P.HistoryEvent? Event { get; init; }

    /// <summary>
    /// The execution meant, when it answers something; in messages to entities, the one that waits for the answer. A message for
    /// another execution of the same id is not for this one.
    /// </summary>
    public ExecutionKey Execution { get; init; }

    /// <summary>When it is due, UTC ticks; 0 = at once.</summary>
    public long Due { get; init; }

    /// <summary>At a start: the id was made for it, so that nobody has had it before.</summary>
    public bool IsNew { get; init; }

    /// <summary>The name of an owner whose lock is to be released.</summary>
    public string? Owner { get; init; }

    /// <summary>The row in the inbox it came from; 0 = none.</summary>
    public long InboxKey { get; set; }

    /// <summary>Who waits for this to be committed or refused.</summary>
    public object? Reply { get; set; }

    /// <summary>The message posted before this one, in a mailbox; the one after it, once taken out.</summary>
    public Message? Next { get; set; }

    /// <summary>Whether <see cref="Event"/> is a timer that has fired, and for which execution.</summary>
    public long TimerDue { get; init; }
}

/// <summary>
/// One execution of an instance: the instance's key, which no other has had, and the generation, which grows when it continues as new.
/// Its text is the execution id: 32 hex digits.
/// </summary>
internal readonly record struct ExecutionKey(long Instance, int Generation)
{
    public bool IsNone => Instance == 0;

    public static ExecutionKey Parse(string? executionId) =>
        executionId is { Length: 32 }
        && long.TryParse(executionId.AsSpan(0, 16), System.Globalization.NumberStyles.HexNumber, null, out var instance)
        && int.TryParse(executionId.AsSpan(16), System.Globalization.NumberStyles.HexNumber, null, out var generation)
            ? new ExecutionKey(instance, generation)
            : default;

    public override string ToString() =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Instance:x16}{Generation:x16}");
}
