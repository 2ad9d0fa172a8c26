namespace Tasklane.Pipeline;

/// <summary>What a task's orchestration is told to do next.</summary>
public enum VerdictKind
{
    /// <summary>The task has ended, or is at another run: nothing.</summary>
    Ended = 0,

    /// <summary>Ask at once: another slice follows, or the one that was asked does not know.</summary>
    Again = 1,

    /// <summary>Wait to be woken: the task stands in its lane.</summary>
    Waiting = 2,

    /// <summary>Ask when <see cref="Verdict.At"/> has come: a backoff, or another's lease.</summary>
    Later = 3,

    /// <summary><see cref="Later"/>, as former versions wrote a backoff: orchestrations that began under them still have it in their history.</summary>
    FormerBackoff = 4,
}

/// <param name="At">See <see cref="VerdictKind.Later"/>.</param>
public sealed record Verdict(VerdictKind Kind, DateTimeOffset? At = null)
{
    public static Verdict Ended { get; } = new(VerdictKind.Ended);

    public static Verdict Again { get; } = new(VerdictKind.Again);

    public static Verdict Waiting { get; } = new(VerdictKind.Waiting);

    public static Verdict Later(DateTimeOffset at) => new(VerdictKind.Later, at);
}
