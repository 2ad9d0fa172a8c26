using System.Reflection;

namespace Microsoft.DurableTask;

/// <summary>A failure as history keeps it: texts, no exception objects. <c>ErrorType</c> is the full name of the type.</summary>
public record TaskFailureDetails(
    string ErrorType,
    string ErrorMessage,
    string? StackTrace,
    TaskFailureDetails? InnerFailure,
    IDictionary<string, object?>? Properties)
{
    public static TaskFailureDetails FromException(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        return new TaskFailureDetails(
            exception.GetType().ToString(),
            exception.Message,
            exception.StackTrace,
            exception.InnerException is { } inner ? FromException(inner) : null,
            null);
    }

    /// <summary>Whether the failure is a <typeparamref name="T"/> or derives from it. Inner failures do not count.</summary>
    public bool IsCausedBy<T>()
        where T : Exception => IsCausedBy(typeof(T));

    /// <inheritdoc cref="IsCausedBy{T}"/>
    /// <exception cref="ArgumentException">Not an exception type.</exception>
    /// <exception cref="AmbiguousMatchException">Several loaded assemblies have a type of this name.</exception>
    public bool IsCausedBy(Type targetBaseExceptionType)
    {
        ArgumentNullException.ThrowIfNull(targetBaseExceptionType);
        if (!typeof(Exception).IsAssignableFrom(targetBaseExceptionType))
            throw new ArgumentException($"{targetBaseExceptionType} is not an exception type.", nameof(targetBaseExceptionType));
        return !string.IsNullOrEmpty(ErrorType)
            && FindErrorType(targetBaseExceptionType) is { } type
            && targetBaseExceptionType.IsAssignableFrom(type);
    }

    public override string ToString() => $"{ErrorType}: {ErrorMessage}";

    private Type? FindErrorType(Type target)
    {
        var near = Type.GetType(ErrorType, throwOnError: false) ?? target.Assembly.GetType(ErrorType, throwOnError: false);
        if (near is not null)
            return near;

        var loaded = AppDomain.CurrentDomain.GetAssemblies()
            .Select(assembly => assembly.GetType(ErrorType, throwOnError: false))
            .OfType<Type>()
            .Distinct()
            .ToArray();
        return loaded.Length > 1
            ? throw new AmbiguousMatchException($"Several types named '{ErrorType}' are loaded.")
            : loaded.FirstOrDefault();
    }
}

/// <summary>An activity or sub-orchestration failed; thrown where the orchestrator awaits it.</summary>
public sealed class TaskFailedException : Exception
{
    public TaskFailedException(string taskName, int taskId, Exception innerException)
        : base(Describe(taskName, taskId, innerException.Message), innerException)
    {
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = TaskFailureDetails.FromException(innerException);
    }

    public TaskFailedException(string taskName, int taskId, TaskFailureDetails failureDetails)
        : base(Describe(taskName, taskId, failureDetails.ErrorMessage))
    {
        TaskName = taskName;
        TaskId = taskId;
        FailureDetails = failureDetails;
    }

    public string TaskName { get; }

    public int TaskId { get; }

    public TaskFailureDetails FailureDetails { get; }

    [Obsolete("Use the FailureDetails property and its IsCausedBy<T>() method")]
    public bool IsCausedByException<T>()
        where T : Exception => FailureDetails.IsCausedBy<T>();

    private static string Describe(string taskName, int taskId, string message) =>
        $"Task '{taskName}' (#{taskId}) failed with an unhandled exception: {message}";
}
