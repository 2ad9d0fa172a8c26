namespace Tasklane.Emulator.Durable.History;

/// <summary>What happened, was asked for, or is wanted. The numbers below 100 are on disk: never reuse one.</summary>
internal enum EventKind : byte
{
    /// <summary>A generation begins: name, version, input, tags, parent. Always the first record.</summary>
    Started = 1,

    /// <summary>A turn begins; its time is what the orchestrator sees as now.</summary>
    TurnStarted = 2,

    // What comes in.
    TaskCompleted = 3,
    TaskFailed = 4,
    TimerFired = 5,
    ChildCompleted = 6,
    ChildFailed = 7,
    EventRaised = 8,
    Suspended = 9,
    Resumed = 10,
    Terminated = 11,
    EntityAnswered = 12,
    EntityFailed = 13,
    LockGranted = 14,

    // What the orchestrator asks for; replay must ask for the same, in the same order.
    TaskScheduled = 20,
    TimerCreated = 21,
    ChildScheduled = 22,
    EventSent = 23,
    EntityCalled = 24,
    EntitySignaled = 25,
    LockRequested = 26,
    LockReleased = 27,

    // How a generation ends.
    Completed = 40,
    Failed = 41,
    ContinuedAsNew = 42,

    // Messages that are not history of an orchestration.
    Start = 60,
    EntityOperation = 61,
    EntityLock = 62,
    EntityUnlock = 63,

    // Wishes of this process: in memory only.
    Recover = 100,
    Kick = 101,
    Evict = 102,
    Wait = 103,
    Purge = 104,
    IllegalAsync = 105,
    Collect = 106,
}

internal static class EventKinds
{
    public static bool IsAction(this EventKind kind) => kind is >= EventKind.TaskScheduled and < EventKind.Completed;

    public static bool IsEnd(this EventKind kind) => kind is >= EventKind.Completed and < EventKind.Start;
}
