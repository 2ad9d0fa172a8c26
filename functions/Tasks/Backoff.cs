using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Tasklane.Tasks;

/// <summary>How the wait before another attempt grows.</summary>
public enum BackoffKind
{
    /// <summary>delay × factor^n: 1 s, 2 s, 4 s with the defaults.</summary>
    Exponential,

    /// <summary>delay × (n+1)²: 1, 4, 9 minutes with a delay of 60 s.</summary>
    Quadratic,

    /// <summary>Always the same delay.</summary>
    Fixed,
}

/// <summary>
/// The wait before attempt n+1. Jitter takes up to a tenth off, worked out from the task's id, so that a thousand tasks that
/// failed together do not come back together, and yet every replay of one task finds the same delay.
/// </summary>
/// <param name="DelaySeconds">First delay, in seconds; more than 0.</param>
/// <param name="Factor">Growth of the exponential kind; at least 1.</param>
/// <param name="MaxDelaySeconds">Cap, in seconds.</param>
public sealed record Backoff(BackoffKind Kind, double DelaySeconds, double Factor, double MaxDelaySeconds)
{
    /// <summary>1 s, 2 s, 4 s, ... at most an hour.</summary>
    public static Backoff Default { get; } = new(BackoffKind.Exponential, 1, 2, 3600);

    private const double Jitter = 0.1;

    /// <summary>The delay after the <paramref name="retry"/>-th failure (0 for the first) of task <paramref name="taskId"/>.</summary>
    public TimeSpan DelayFor(string taskId, int retry)
    {
        var seconds = Kind switch
        {
            BackoffKind.Exponential => DelaySeconds * Math.Pow(Factor, retry),
            BackoffKind.Quadratic => DelaySeconds * (retry + 1) * (retry + 1),
            BackoffKind.Fixed => DelaySeconds,
            _ => throw new ArgumentOutOfRangeException(nameof(retry), Kind, "Unknown kind of backoff."),
        };
        seconds = Math.Min(seconds, MaxDelaySeconds);
        return TimeSpan.FromSeconds(seconds * (1 - (Jitter * Fraction(taskId, retry))));
    }

    /// <summary>A number in [0, 1) that looks random and depends on nothing but the task and the retry.</summary>
    private static double Fraction(string taskId, int retry)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{taskId}/{retry}"), hash);
        return BinaryPrimitives.ReadUInt32LittleEndian(hash) / (uint.MaxValue + 1d);
    }
}
