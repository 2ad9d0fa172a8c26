using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>An invocation failed: what the function threw, as the worker tells it, or what the host found.</summary>
internal sealed class FunctionFailedException(string type, string message, string? stack = null, bool cancelled = false)
    : Exception(message)
{
    /// <summary>Full name of the exception's type in the worker.</summary>
    public string Type => type;

    /// <summary>The worker's message as it came: for orchestrations and activities it is more than a sentence.</summary>
    public string WorkerMessage => Message;

    public string? WorkerStack => stack;

    /// <summary>The function stopped because it was asked to.</summary>
    public bool IsCancelled => cancelled;

    public static FunctionFailedException Of(HostFunction function, StatusResult result) => result.Exception is { } error
        ? new(
            error.Type.Length == 0 ? typeof(Exception).FullName! : error.Type,
            error.Message,
            error.StackTrace.Length == 0 ? null : error.StackTrace,
            result.Status == StatusResult.Types.Status.Cancelled)
        : new(typeof(Exception).FullName!, $"'{function.Name}' failed and gave no reason.", null,
            result.Status == StatusResult.Types.Status.Cancelled);
}
