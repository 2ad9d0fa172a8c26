using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

/// <summary>What scripts answer, turned into what the contract says: guards into errors, and tails into wakes.</summary>
internal static class RedisReplies
{
    /// <summary>The reply's parts. Its first is a code; a guard's becomes an error here and nowhere else.</summary>
    /// <exception cref="TaskException">The script refused.</exception>
    public static RedisResult[] Checked(RedisResult reply)
    {
        var parts = (RedisResult[])reply!;
        return Code(parts) switch
        {
            >= 0 => parts,
            ScriptCode.NotFound => throw new TaskException(TaskErrors.NotFound, "There is no such task."),
            ScriptCode.Running => throw new TaskException(TaskErrors.Running, "The task is running; it can only be asked to stop."),
            ScriptCode.NotCancellable => throw new TaskException(TaskErrors.NotCancellable, "The task has ended and cannot be cancelled."),
            ScriptCode.NotRetryable => throw new TaskException(TaskErrors.NotRetryable, "Only a failed or cancelled task can be retried."),
            ScriptCode.LeaseLost => throw new TaskException(TaskErrors.LeaseLost, "The task is not this worker's any more."),
            ScriptCode.Conflict => throw new TaskException(TaskErrors.IdempotencyConflict, "The idempotency key was used with another request."),
            ScriptCode.KeyGone => throw new TaskException(TaskErrors.IdempotencyGone, "The task of the idempotency key has been purged."),
            ScriptCode.ParentEnded => throw new TaskException(TaskErrors.ParentEnded, "The task that makes this one has ended."),
            ScriptCode.AfterNotFound => throw new TaskException(TaskErrors.AfterNotFound, $"There is no task {(string?)parts[1]} to wait for."),
            ScriptCode.Exists => throw new TaskException(TaskErrors.Exists, "A task with this id exists already."),
            var unknown => throw new InvalidOperationException($"A script answered {unknown}."),
        };
    }

    public static ScriptCode Code(RedisResult[] parts) => (ScriptCode)(int)parts[0];

    /// <summary>Whether the pump sleeps, and whether others wait for a task that has ended: the number in which event.lua and close.lua say both.</summary>
    public static (bool Ring, bool Settle) Ring(RedisResult number) => (((int)number & 1) != 0, ((int)number & 2) != 0);

    /// <summary>Reads a flat list of id, run and waiting.</summary>
    public static IReadOnlyList<Grant> Grants(RedisResult list)
    {
        var values = (RedisValue[])list!;
        if (values.Length == 0)
            return [];
        var grants = new Grant[values.Length / 3];
        for (var i = 0; i < grants.Length; i++)
            grants[i] = new Grant(values[3 * i]!, (int)values[(3 * i) + 1], values[(3 * i) + 2] == "1");
        return grants;
    }

    /// <summary>An entry of the outbox or of a task's events: a head in one line, then owner and data; see event.lua.</summary>
    public static TaskEvent Event(byte[] entry)
    {
        var text = entry.AsSpan();
        var head = text[..text.IndexOf((byte)'\n')];
        Span<Range> parts = stackalloc Range[5];
        head.Split((byte)' ').CopyTo(parts);
        var body = text[(head.Length + 1)..];
        var ownerLength = Number(head[parts[4]]);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(Number(head[parts[3]]));
        return new TaskEvent(
            Text(head[parts[0]]),
            Text(body[..(int)ownerLength]),
            Name(head[parts[2]]),
            Number(head[parts[1]]),
            at,
            RedisClock.Read(Text(body[(int)ownerLength..]), at));

        static string Text(ReadOnlySpan<byte> bytes) => System.Text.Encoding.UTF8.GetString(bytes);
        static long Number(ReadOnlySpan<byte> bytes) => long.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture);
        static string Name(ReadOnlySpan<byte> bytes)
        {
            foreach (var name in Names)
            {
                if (System.Text.Ascii.Equals(bytes, name)) return name;
            }
            return Text(bytes);
        }
    }

    private static readonly string[] Names =
    [
        TaskEvents.Progress, TaskEvents.Created, TaskEvents.Started, TaskEvents.Completed, TaskEvents.Retrying, TaskEvents.Failed,
        TaskEvents.Cancelled,
    ];

    private static void CopyTo(this MemoryExtensions.SpanSplitEnumerator<byte> split, Span<Range> ranges)
    {
        var i = 0;
        foreach (var range in split) ranges[i++] = range;
    }
}
