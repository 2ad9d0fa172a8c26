using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Tasklane.Tasks;

/// <summary>A task as the store keeps it. Payload and result are JSON text, kept as they came.</summary>
public sealed record TaskRecord
{
    /// <summary>32 hex digits, time-ordered and unguessable (see <see cref="TaskIds"/>).</summary>
    public required string Id { get; init; }

    /// <summary>Name of the handler that runs it.</summary>
    public required string Type { get; init; }

    public required TaskState Status { get; init; }

    public required TaskPriority Priority { get; init; }

    /// <summary>JSON text, at most <see cref="TaskLimits.MaxPayloadBytes"/> in UTF-8.</summary>
    public required string Payload { get; init; }

    /// <summary>JSON text, set when completed.</summary>
    public string? Result { get; init; }

    /// <summary>Why the last attempt failed; kept while a retry waits, cleared when a later attempt completes.</summary>
    public TaskError? Error { get; init; }

    public TaskProgress? Progress { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Start of the latest attempt.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it completed or failed for good.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    public DateTimeOffset? CancelledAt { get; init; }

    /// <summary>User id of the creator, from the verified principal; only they and admins see the task.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>Where it came from: "http", "queue", "timer", ...</summary>
    public required string Source { get; init; }

    /// <summary>Failed attempts so far that led to another attempt; a manual retry sets it to 0.</summary>
    public int RetryCount { get; init; }

    /// <summary>How many attempts may follow the first.</summary>
    public required int MaxRetries { get; init; }

    /// <summary>Longest time one attempt may take, in seconds.</summary>
    public required int TimeoutSeconds { get; init; }

    public required Backoff Backoff { get; init; }

    /// <summary>Not before this time: asked for at creation, or set by a backoff.</summary>
    public DateTimeOffset? RunAt { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Grows by one with every change; clients drop what is older than what they have.</summary>
    public required long Version { get; init; }

    /// <summary>Manual retries so far; the orchestration's instance id is <c>{Id}-{Run}</c>.</summary>
    public int Run { get; init; }

    /// <summary>Attempts begun so far, over all runs; slices of one attempt share its number.</summary>
    public int Attempt { get; init; }

    /// <summary>Token of the latest start; writes with an older one are refused.</summary>
    public long Fence { get; init; }

    /// <summary>Who runs it, while it runs.</summary>
    public string? Worker { get; init; }

    /// <summary>Somebody asked to stop it while it runs.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>Since when it could run, or go on: creation, run time, retry, or the end of those it waited for.</summary>
    public DateTimeOffset DueAt { get; init; }

    /// <summary>Id of the task that made it.</summary>
    public string? Parent { get; init; }

    /// <summary>The tasks it waits for, or has waited for.</summary>
    public TaskAfter? After { get; init; }

    /// <summary>Its unique key.</summary>
    public string? UniqueKey { get; init; }

    /// <summary>It waits for other tasks: pending for its predecessors, running for its children.</summary>
    public bool IsBlocked { get; init; }

    /// <summary>It has made other tasks: <see cref="TaskQuery.Parent"/> lists them.</summary>
    public bool HasChildren { get; init; }

    /// <summary>Its place in the order of creation, which is the order of lists; no two tasks share one. Ids tell it only roughly.</summary>
    public long Number { get; init; }

    /// <summary>Instance id of the orchestration that carries the current run.</summary>
    public string InstanceId => TaskIds.InstanceOf(Id, Run);
}

/// <summary>How far a task is. Percent is 0 to 100, derived where a total is known.</summary>
public sealed record TaskProgress(long Current, long Total, double Percent, string? Message)
{
    /// <summary>Progress with the percentage worked out: 0 when the total is not known.</summary>
    public static TaskProgress Of(long current, long total, string? message = null) =>
        new(current, total, total <= 0 ? 0 : Math.Clamp(Math.Round(100d * current / total, 1), 0, 100), message);
}

/// <summary>Why an attempt failed. <paramref name="Code"/> is stable and for programs; <paramref name="Details"/> is JSON text or null.</summary>
public sealed record TaskError(string Code, string Message, string? Details = null);

/// <summary>Ids of tasks and of what belongs to them.</summary>
public static class TaskIds
{
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    /// <summary>A clock set back by more than ten seconds is believed.</summary>
    private const long MostAhead = 10_000L << 12;

    /// <summary>Milliseconds and the number within one, of the newest id: 48 and 12 bits.</summary>
    private static long _newest;

    /// <summary>
    /// A new id: UUID version 7 with 48 bits of time, 12 bits that count within a millisecond, and 62 bits of chance; 32 hex digits. Ids
    /// of one process grow.
    /// </summary>
    public static string New(DateTimeOffset now)
    {
        var earliest = now.ToUnixTimeMilliseconds() << 12;
        long before, mine;
        do
        {
            before = Volatile.Read(ref _newest);
            mine = before - earliest > MostAhead ? earliest : Math.Max(earliest, before + 1);
        }
        while (Interlocked.CompareExchange(ref _newest, mine, before) != before);

        Span<byte> id = stackalloc byte[16];
        RandomNumberGenerator.Fill(id[8..]);
        BinaryPrimitives.WriteInt64BigEndian(id, (mine >> 12 << 16) | 0x7000 | (mine & 0xFFF));
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return Convert.ToHexStringLower(id);
    }

    /// <summary>The id of the child that a task makes at a place: always the same, and as hard to guess as its parent's.</summary>
    public static string ChildOf(string parent, int place)
    {
        Span<byte> id = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(null, stackalloc char[64], $"{parent}-{place}")), id);
        // The parent's time, the place as far as it fits, and chance.
        Convert.FromHexString(parent.AsSpan(0, 12), id, out _, out _);
        BinaryPrimitives.WriteUInt16BigEndian(id[6..], (ushort)(0x7000 | (place & 0xFFF)));
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return Convert.ToHexStringLower(id[..16]);
    }

    /// <summary>Whether a text can be a task's id at all; keeps rubbish out of keys and queries.</summary>
    public static bool IsWellFormed(string? id) => id is { Length: 32 } && id.AsSpan().IndexOfAnyExcept(HexDigits) < 0;

    /// <summary>Instance id of the orchestration of a task's run.</summary>
    public static string InstanceOf(string id, int run) => string.Create(null, stackalloc char[48], $"{id}-{run}");

    /// <summary>The task's id and run in an instance id; false when it is of another shape.</summary>
    public static bool TryParseInstance(string instanceId, out string id, out int run)
    {
        id = instanceId.Length > 33 && instanceId[32] == '-' ? instanceId[..32] : "";
        run = 0;
        return IsWellFormed(id) && int.TryParse(instanceId.AsSpan(33), out run);
    }
}

/// <summary>Limits on what a task may carry.</summary>
public static class TaskLimits
{
    /// <summary>256 KiB, for payload and result each.</summary>
    public const int MaxPayloadBytes = 256 * 1024;

    public const int MaxTags = 20;

    public const int MaxTagLength = 64;

    public const int MaxPageSize = 200;

    /// <summary>Most tasks that one may wait for.</summary>
    public const int MaxAfter = 100;

    /// <summary>Longest delay or backoff: 30 days, in seconds.</summary>
    public const int MaxDelaySeconds = 30 * 24 * 3600;
}
