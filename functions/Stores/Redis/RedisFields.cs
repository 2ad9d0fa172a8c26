using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;
using Tasklane.Tasks;

namespace Tasklane.Stores.Redis;

/// <summary>The fields of a task's hash. Scripts read them in this order, and name them by their place in it.</summary>
internal static class RedisFields
{
    /// <summary>What guards and transitions look at; <c>place</c> is explained in leave.lua. Times are milliseconds since 1970.</summary>
    public static readonly string[] Brief =
    [
        "type", "user", "priority", "segment", "bit", "status", "version", "run", "retry", "attempt", "fence", "place",
        "waiting", "stop", "slice", "due", "startedAt", "recoveries", "told",
    ];

    /// <summary>The whole task: <see cref="Brief"/>, then what only its reader needs.</summary>
    public static readonly string[] All =
    [
        .. Brief, "worker", "epoch", "payload", "source", "options", "tags", "created", "runAt", "completedAt", "cancelledAt",
        "progress", "error", "result", "checkpoint", "parent", "after", "children", "unique",
    ];

    private static readonly Dictionary<string, int> Place = All.Index().ToDictionary(field => field.Item, field => field.Index);

    public static readonly RedisValue[] AllValues = [.. All.Select(name => (RedisValue)name)];

    private static readonly int Type = Place["type"], User = Place["user"], Priority = Place["priority"], Segment = Place["segment"], Bit = Place["bit"], Status = Place["status"],
        Version = Place["version"], Run = Place["run"], Retry = Place["retry"], Attempt = Place["attempt"], Fence = Place["fence"],
        Stop = Place["stop"], StartedAt = Place["startedAt"], Worker = Place["worker"], Payload = Place["payload"],
        Source = Place["source"], Options = Place["options"], Tags = Place["tags"], Created = Place["created"], RunAt = Place["runAt"],
        CompletedAt = Place["completedAt"], CancelledAt = Place["cancelledAt"], Progress = Place["progress"], Error = Place["error"],
        Result = Place["result"], CheckpointPlace = Place["checkpoint"], Due = Place["due"], PlaceOf = Place["place"],
        Parent = Place["parent"], After = Place["after"], Children = Place["children"], Unique = Place["unique"];

    /// <summary>The record in fields read in the order of <see cref="All"/>; null when there is no such task.</summary>
    public static TaskRecord? Read(string id, RedisValue[] fields)
    {
        if (fields[Status].IsNull)
            return null;
        _ = TaskStates.TryParse(fields[Status], out TaskState status);
        _ = TaskStates.TryParse(fields[Priority], out TaskPriority priority);
        var (maxRetries, timeoutSeconds, backoff) = ReadOptions(fields[Options]!);
        var running = status == TaskState.Running;
        var blocked = (string?)fields[PlaceOf] is "B" or "F";
        return new TaskRecord
        {
            Id = id,
            Type = fields[Type]!,
            Status = status,
            Priority = priority,
            Payload = fields[Payload]!,
            Result = fields[Result],
            Error = fields[Error].IsNull ? null : ReadError(fields[Error]!),
            Progress = fields[Progress].IsNull ? null : ReadProgress(fields[Progress]!),
            CreatedAt = Time(fields[Created])!.Value,
            StartedAt = Time(fields[StartedAt]),
            CompletedAt = Time(fields[CompletedAt]),
            CancelledAt = Time(fields[CancelledAt]),
            CreatedBy = fields[User]!,
            Source = fields[Source]!,
            RetryCount = (int)fields[Retry],
            MaxRetries = maxRetries,
            TimeoutSeconds = timeoutSeconds,
            Backoff = backoff,
            RunAt = Time(fields[RunAt]),
            Tags = fields[Tags].IsNull ? [] : JsonSerializer.Deserialize<string[]>((string)fields[Tags]!)!,
            Version = (long)fields[Version],
            Run = (int)fields[Run],
            Attempt = fields[Attempt].IsNull ? 0 : (int)fields[Attempt],
            Fence = fields[Fence].IsNull ? 0 : (long)fields[Fence],
            // Left in the hash by the end of an attempt, as taking them out would cost another command.
            Worker = running && !blocked ? (string?)fields[Worker] : null,
            CancelRequested = running && !fields[Stop].IsNull,
            DueAt = Time(fields[Due])!.Value,
            Parent = fields[Parent],
            After = fields[After].IsNull ? null : TaskRelations.ReadAfter(fields[After]!),
            UniqueKey = fields[Unique],
            IsBlocked = blocked,
            HasChildren = !fields[Children].IsNull,
            Number = ((long)fields[Segment] * TaskBitmaps.SegmentSize) + (long)fields[Bit],
        };
    }

    /// <summary>What an earlier slice or attempt saved.</summary>
    public static string? Checkpoint(RedisValue[] fields) => fields[CheckpointPlace];

    public static DateTimeOffset? Time(RedisValue milliseconds) =>
        milliseconds.IsNull ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds);

    /// <summary>The numbers that say how a task may be tried again, as one field.</summary>
    public static string WriteOptions(NewTask task)
    {
        var backoff = task.Backoff;
        return string.Create(CultureInfo.InvariantCulture,
            $"{task.MaxRetries} {task.TimeoutSeconds} {(int)backoff.Kind} {backoff.DelaySeconds:R} {backoff.Factor:R} {backoff.MaxDelaySeconds:R}");
    }

    private static (int MaxRetries, int TimeoutSeconds, Backoff Backoff) ReadOptions(string options)
    {
        Span<Range> parts = stackalloc Range[6];
        var text = options.AsSpan();
        text.Split(parts, ' ');
        return (Whole(text[parts[0]]), Whole(text[parts[1]]),
            new Backoff((BackoffKind)Whole(text[parts[2]]), Number(text[parts[3]]), Number(text[parts[4]]), Number(text[parts[5]])));

        static int Whole(ReadOnlySpan<char> part) => int.Parse(part, CultureInfo.InvariantCulture);
        static double Number(ReadOnlySpan<char> part) => double.Parse(part, CultureInfo.InvariantCulture);
    }

    public static string WriteError(TaskError error) => JsonSerializer.Serialize(error);

    private static TaskError ReadError(string json) => JsonSerializer.Deserialize<TaskError>(json)!;

    /// <summary>Progress is kept as the data of its event.</summary>
    private static TaskProgress ReadProgress(string json)
    {
        using var document = JsonDocument.Parse(json);
        var progress = document.RootElement.GetProperty("progress");
        return new TaskProgress(
            progress.GetProperty("current").GetInt64(),
            progress.GetProperty("total").GetInt64(),
            progress.GetProperty("percent").GetDouble(),
            progress.GetProperty("message").GetString());
    }
}
