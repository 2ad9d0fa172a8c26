namespace Tasklane.Pipeline;

/// <summary>What the orchestration does after an attempt or slice.</summary>
public enum VerdictKind
{
    /// <summary>The task has ended, or moved on without this orchestration.</summary>
    Ended,

    /// <summary>Another slice follows at once.</summary>
    Continue,

    /// <summary>The slot lapsed; the task waits in its lane.</summary>
    Waiting,

    /// <summary>Another worker's lease is alive until <see cref="Verdict.At"/>.</summary>
    Busy,

    /// <summary>Another attempt, not before <see cref="Verdict.At"/>.</summary>
    Retry,
}

/// <param name="At">See <see cref="VerdictKind.Busy"/> and <see cref="VerdictKind.Retry"/>.</param>
/// <param name="RetryCount">The task's retry count from now on, for <see cref="VerdictKind.Retry"/>.</param>
/// <param name="Gone">The task was not the caller's to run: ended, or at another run or retry.</param>
public sealed record Verdict(VerdictKind Kind, DateTimeOffset? At = null, int RetryCount = 0, bool Gone = false)
{
    public static Verdict Ended { get; } = new(VerdictKind.Ended);

    public static Verdict MovedOn { get; } = new(VerdictKind.Ended, Gone: true);
}
