using System.Text;
using System.Text.Json;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;

namespace Tasklane.Pipeline;

/// <summary>How an attempt, or a slice of it, ended.</summary>
internal enum AttemptEndKind
{
    Completed,
    Continue,
    AwaitChildren,
    Failed,
    Cancelled,
    Released,
    Lost,
}

/// <summary>What to write into the store at the end of an attempt.</summary>
internal sealed record AttemptEnd(AttemptEndKind Kind, string? Result = null, TaskError? Error = null, bool Retry = false, Awaiting? Awaited = null)
{
    /// <summary>Longest error message kept, in characters.</summary>
    private const int MaxMessage = 4096;

    /// <summary>A handler's own outcome; a result over 256 KiB is a failure that says so.</summary>
    public static AttemptEnd From(Outcome outcome)
    {
        if (outcome.Awaited is { } awaited)
            return new(AttemptEndKind.AwaitChildren, Awaited: awaited);
        if (outcome.IsContinue)
            return new(AttemptEndKind.Continue);
        var result = outcome.Result is null ? "null" : JsonSerializer.Serialize(outcome.Result, HandlerJson.Results);
        var bytes = Encoding.UTF8.GetByteCount(result);
        return bytes <= TaskLimits.MaxPayloadBytes
            ? new(AttemptEndKind.Completed, result)
            : Failed(new TaskError(TaskErrors.ResultTooLarge,
                $"The result has {bytes} bytes, more than the {TaskLimits.MaxPayloadBytes} a task may carry. Write it to the task's file and return a summary."), retry: false);
    }

    public static AttemptEnd Failed(TaskError error, bool retry) =>
        new(AttemptEndKind.Failed, Error: error with { Message = Characters.Cut(error.Message, MaxMessage) }, Retry: retry);

    public static AttemptEnd Failed(TaskFailedException failure) => Failed(
        new TaskError(failure.Code, failure.Message, failure.Details is null ? null : JsonSerializer.Serialize(failure.Details, HandlerJson.Results)),
        failure.Retry);

    /// <summary>The handler stopped, or was abandoned, because it was told to.</summary>
    /// <param name="gotOn">Whether another attempt would begin at a later checkpoint.</param>
    public static AttemptEnd Stopped(StopReason reason, bool gotOn) => reason switch
    {
        StopReason.Cancelled => new(AttemptEndKind.Cancelled),
        StopReason.Shutdown => new(AttemptEndKind.Released),
        StopReason.Lost => new(AttemptEndKind.Lost),
        StopReason.Timeout => Failed(new TaskError(TaskErrors.Timeout, "The attempt took longer than its timeout."), retry: true),
        StopReason.Overrun => Failed(
            new TaskError(TaskErrors.SliceOverrun,
                "The handler did not end before the host's functionTimeout. One that takes longer saves checkpoints and returns Outcome.Continue when its slice is over."),
            retry: gotOn),
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Nobody asked the handler to stop."),
    };
}
