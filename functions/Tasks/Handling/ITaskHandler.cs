namespace Tasklane.Tasks.Handling;

/// <summary>
/// Runs tasks of one type. One class, marked with <see cref="TaskTypeAttribute"/>, created for each slice in a service scope of
/// its own; its payload is a record whose JSON Schema is published and checked before a task is created.
/// </summary>
/// <typeparam name="TPayload">Plain record; property attributes of System.ComponentModel.DataAnnotations become schema keywords.</typeparam>
public interface ITaskHandler<TPayload>
{
    /// <summary>
    /// Does the work. Return <see cref="Outcome.Completed"/> with a result (serialized as JSON, camelCase, at most 256 KiB), or
    /// <see cref="Outcome.Continue"/> when <see cref="ITaskRun.SliceIsOver"/> and a checkpoint says where to go on. Throw
    /// <see cref="TaskFailedException"/> for a failure with a code of its own; anything else thrown fails the attempt with
    /// <see cref="TaskErrors.HandlerFailed"/>. Must be safe to run again from its last checkpoint.
    /// </summary>
    Task<Outcome> RunAsync(TPayload payload, ITaskRun run);
}

/// <summary>Marks a handler with the name of its task type and what people read about it.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class TaskTypeAttribute(string name) : Attribute
{
    /// <summary>Lower case letters, digits and '_'.</summary>
    public string Name { get; } = name;

    public string Description { get; init; } = "";

    /// <summary>Registered only where the environment is Development.</summary>
    public bool DevelopmentOnly { get; init; }

    /// <summary>Made by the service itself only: requests cannot name it, and the list of types leaves it out.</summary>
    public bool IsInternal { get; init; }

    /// <summary>Role that a creator must have; empty = everybody.</summary>
    public string RequiredRole { get; init; } = "";
}

/// <summary>What a task waits for before its next slice; see <see cref="Outcome.AwaitChildren"/>.</summary>
public sealed record Awaiting(long Total, bool ToFailure);

/// <summary>How a handler's slice ended.</summary>
public sealed class Outcome
{
    private Outcome(bool isContinue, object? result) => (IsContinue, Result) = (isContinue, result);

    /// <summary>Not done: the next slice starts from the checkpoint.</summary>
    public bool IsContinue { get; }

    public object? Result { get; }

    /// <summary>The next slice starts when the task's children have ended; null = at once.</summary>
    public Awaiting? Awaited { get; private init; }

    /// <summary>Go on in another slice, from the last saved checkpoint.</summary>
    public static Outcome Continue { get; } = new(true, null);

    /// <summary>
    /// Not done: goes on in another slice, from the last saved checkpoint, when all the children that this task has made have ended (see
    /// <see cref="ChildTasks"/>). Until then it needs neither a slot nor a worker, and its progress counts the children that have ended; that
    /// time does not count for its timeout.
    /// </summary>
    /// <param name="total">How many it has made.</param>
    /// <param name="toFailure">Go on also when the first of them has failed or been cancelled.</param>
    public static Outcome AwaitChildren(long total, bool toFailure = false) => new(true, null) { Awaited = new Awaiting(total, toFailure) };

    /// <summary>Done.</summary>
    public static Outcome Completed(object? result = null) => new(false, result);
}

/// <summary>A failure that the handler explains.</summary>
public sealed class TaskFailedException : Exception
{
    /// <param name="retry">False: another attempt would fail the same way, so the task fails for good at once.</param>
    public TaskFailedException(string code, string message, bool retry = true, object? details = null, Exception? inner = null)
        : base(message, inner) => (Code, Retry, Details) = (code, retry, details);

    /// <summary>Stable, lower case with '_'.</summary>
    public string Code { get; }
    public bool Retry { get; }

    /// <summary>Serialized as JSON into the error's details.</summary>
    public object? Details { get; }
}
