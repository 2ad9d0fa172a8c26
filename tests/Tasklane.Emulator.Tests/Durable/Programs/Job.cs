namespace Tasklane.Emulator.Tests.Durable.Programs;

internal enum Op
{
    /// <summary>An activity.</summary>
    Activity,

    /// <summary>An activity that fails <see cref="Step.Value"/> times, tried <see cref="Step.Times"/> times.</summary>
    Retry,

    /// <summary>A timer of <see cref="Step.Seconds"/>.</summary>
    Timer,

    /// <summary>A sub-orchestration.</summary>
    Child,

    /// <summary>An event that the client raises at some moment.</summary>
    Event,

    /// <summary>An event that the orchestration sends itself.</summary>
    ToSelf,

    /// <summary>Signals the entity that all share.</summary>
    Signal,

    /// <summary>The same, to be delivered after <see cref="Step.Seconds"/>.</summary>
    SignalLater,

    /// <summary>Calls an entity of its own twice.</summary>
    Call,

    /// <summary>Locks two entities that all share, and adds to each by reading and writing it.</summary>
    Lock,

    /// <summary>Branches side by side.</summary>
    All,

    /// <summary>As an end: an exception.</summary>
    Fail,

    /// <summary>As an end: an activity that fails until the client has it mended, and rewinds.</summary>
    Fragile,

    /// <summary>As an end: waits until the client terminates it.</summary>
    Forever,
}

/// <summary>One step of a program.</summary>
internal sealed record Step(Op Op, int Id)
{
    public int Value { get; init; }

    public int Times { get; init; }

    public int Seconds { get; init; }

    /// <summary>What a sub-orchestration runs.</summary>
    public Job? Child { get; init; }

    public Step[][] Branches { get; init; } = [];
}

/// <summary>What one orchestration does: its steps, as often as it has rounds, continuing as new between two; then its end.</summary>
internal sealed record Job(Step[] Steps, Step? End, int Rounds)
{
    public int Round { get; init; }

    /// <summary>What former rounds came to.</summary>
    public string[] Results { get; init; } = [];

    /// <summary>Names it: the path of the parent, and the step. Its instance id too, where it has one of its own choosing.</summary>
    public string Path { get; init; } = "";

    public bool IsNamed { get; init; } = true;

    public string Root => Path.IndexOf(':', StringComparison.Ordinal) is var colon and > 0 ? Path[..colon] : Path;

    public string KeyOf(Step step) => $"{Path}/{Round}.{step.Id}";

    public string EventOf(Step step) => $"e{Round}.{step.Id}";

    public Job ChildOf(Step step) => step.Child! with { Path = $"{Path}:{Round}.{step.Id}" };
}

/// <summary>A program, and what its client does besides starting it and raising events.</summary>
internal sealed record RandomProgram(int Seed, Job Root)
{
    public int Suspends { get; init; }

    public bool Purges { get; init; }

    /// <summary>Chance in a hundred that something fails at one point of a transaction.</summary>
    public int FaultPercent { get; init; }

    public int Crashes { get; init; }

    public Mode Mode { get; init; }
}
