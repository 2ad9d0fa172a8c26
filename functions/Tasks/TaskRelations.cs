using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tasklane.Tasks;

/// <summary>What becomes of a task when one that it waits for fails or is cancelled.</summary>
public enum AfterFailure
{
    /// <summary>It is cancelled.</summary>
    Cancel,

    /// <summary>It fails with <see cref="TaskErrors.PredecessorFailed"/>.</summary>
    Fail,

    /// <summary>It runs all the same.</summary>
    Run,
}

/// <summary>Whom a task waits for.</summary>
/// <param name="Tasks">Ids, 1 to <see cref="TaskLimits.MaxAfter"/>.</param>
/// <param name="Any">It goes on as soon as one of them has completed; else when all have.</param>
/// <param name="OnFailure">When all must complete and one does not, or when any would do and none does.</param>
public sealed record TaskAfter(IReadOnlyList<string> Tasks, bool Any = false, AfterFailure OnFailure = AfterFailure.Cancel);

/// <summary>What a request asks for when another task has its unique key.</summary>
public enum UniqueConflict
{
    /// <summary>That task is the answer.</summary>
    Reuse,

    /// <summary>That task is cancelled, and this one runs when it has stopped.</summary>
    Replace,

    /// <summary>The request is refused with <see cref="TaskErrors.NotUnique"/>.</summary>
    Reject,
}

/// <summary>A key that one of its user's tasks has at a time: until that has ended and, where it says so, for some time from its creation.</summary>
/// <param name="ForSeconds">0 to <see cref="TaskLimits.MaxDelaySeconds"/>.</param>
/// <param name="Replaces">Id of the task that may have it all the same, as this one takes its place.</param>
public sealed record TaskUnique(string Key, double ForSeconds = 0, UniqueConflict OnConflict = UniqueConflict.Reuse, string? Replaces = null)
{
    /// <summary>Kept where idempotency keys are; none of those has a control character.</summary>
    public RequestKey KeyOf(string user) => new(user, $"\u001funique:{Key}", "");
}

/// <summary>What a task has to do with other tasks. It never changes.</summary>
/// <param name="Parent">Id of the task that made it.</param>
/// <param name="Unique">Its unique key.</param>
public sealed record TaskRelations(string? Parent, TaskAfter? After, string? Unique = null)
{
    /// <summary>No tag has a control character.</summary>
    public const string ListPrefix = "\u001fparent:";

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>Those of a new task; null when it has none.</summary>
    public static TaskRelations? Of(NewTask task) =>
        task.Parent is null && task.After is null && task.Unique is null ? null : new TaskRelations(task.Parent, task.After, task.Unique?.Key);

    /// <summary>Under this name the tasks of a parent are listed among those of a tag.</summary>
    public static string ListOf(string parent) => ListPrefix + parent;

    /// <summary>As JSON text; null when there is nothing to say.</summary>
    public static string? Write(TaskRelations? relations) =>
        relations is null or { Parent: null, After: null, Unique: null } ? null : JsonSerializer.Serialize(relations, _json);

    /// <summary>The part that says whom a task waits for.</summary>
    public static TaskAfter? ReadAfter(string json) => JsonSerializer.Deserialize<TaskAfter>(json, _json);

    /// <summary>What <see cref="Write"/> wrote.</summary>
    public static TaskRelations? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<TaskRelations>(json, _json);
}
