using System.Net;

namespace Tasklane.Client;

/// <summary>Tasklane refused a request, or could not be reached.</summary>
public sealed class TasklaneException : Exception
{
    /// <summary>The <see cref="Code"/> of a request that got no answer.</summary>
    public const string Unreachable = "unreachable";

    internal TasklaneException(string code, HttpStatusCode? status, string title, string detail, Exception? inner = null)
        : base(detail.Length == 0 ? title : $"{title}: {detail}", inner)
    {
        Code = code;
        Status = status;
        Title = title;
        Detail = detail;
    }

    /// <summary>Stable, for programs: <c>invalid_field</c>, <c>not_found</c>, ...; <see cref="Unreachable"/> without an answer, <c>http_502</c> when it was none of Tasklane's.</summary>
    public string Code { get; }

    /// <summary>It was none of Tasklane's own answers: a gateway's, a host's that is starting, or of quite another service.</summary>
    public bool IsForeign => Code.StartsWith("http_", StringComparison.Ordinal);

    /// <summary>Null without an answer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>What is wrong, in a few words.</summary>
    public string Title { get; }

    /// <summary>What exactly, and the way out.</summary>
    public string Detail { get; }

    /// <summary>What is wrong with each field.</summary>
    public IReadOnlyList<FieldProblem> Errors { get; internal init; } = [];

    /// <summary>When asking again may help, as the service said.</summary>
    public TimeSpan? RetryAfter { get; internal init; }
}

/// <param name="Field">JSON pointer into the body, or the name of a parameter or header.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Message">For people.</param>
public sealed record FieldProblem(string Field, string Code, string Message);

/// <summary>A task whose result was asked for failed, or was cancelled.</summary>
public sealed class TaskNotCompletedException : Exception
{
    internal TaskNotCompletedException(TaskInfo task)
        : base(task.Error is { } error ? $"Task {task.Id} {task.Status.Name()}: {error.Message} ({error.Code})" : $"Task {task.Id} was {task.Status.Name()}.")
    {
        Task = task;
    }

    /// <summary>As it ended; its error says why.</summary>
    public TaskInfo Task { get; }
}
