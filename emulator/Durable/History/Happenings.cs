using Google.Protobuf.WellKnownTypes;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.History;

/// <summary>Events of history, and failures, as the real host words them.</summary>
internal static class Happenings
{
    /// <summary>An event that is no action of the orchestrator.</summary>
    public static P.HistoryEvent New(long ticks) => new() { EventId = -1, Timestamp = Time(ticks) };

    public static P.HistoryEvent Raised(long ticks, string name, string? input)
    {
        var e = New(ticks);
        e.EventRaised = new P.EventRaisedEvent { Name = name, Input = input };
        return e;
    }

    public static P.HistoryEvent Completed(long ticks, int id, P.OrchestrationStatus status, string? result, P.TaskFailureDetails? failure) => new()
    {
        EventId = id,
        Timestamp = Time(ticks),
        ExecutionCompleted = new P.ExecutionCompletedEvent { OrchestrationStatus = status, Result = result, FailureDetails = failure },
    };

    public static Timestamp Time(long ticks)
    {
        var since = ticks - DateTime.UnixEpoch.Ticks;
        return new Timestamp { Seconds = since / TimeSpan.TicksPerSecond, Nanos = (int)(since % TimeSpan.TicksPerSecond * 100) };
    }

    public static long Ticks(Timestamp time) =>
        DateTime.UnixEpoch.Ticks + (time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanos / 100);

    public static P.TaskFailureDetails NotFound(DurableKind kind, string name) => kind switch
    {
        DurableKind.Orchestrator => Failure("OrchestratorTaskNotFound", $"No orchestrator task named '{name}' was found.", final: true),
        DurableKind.Activity => Failure("ActivityTaskNotFound", $"No activity task named '{name}' was found.", final: true),
        _ => Failure("EntityTaskNotFound", $"No entity task named '{name}' was found.", final: true),
    };

    public static P.TaskFailureDetails Of(Exception error) => new()
    {
        ErrorType = error.GetType().ToString(),
        ErrorMessage = error.Message,
        StackTrace = error.StackTrace,
        InnerFailure = error.InnerException is { } inner ? Of(inner) : null,
    };

    /// <param name="final">No retry policy may try again.</param>
    public static P.TaskFailureDetails Failure(string type, string message, bool final = false) =>
        new() { ErrorType = type, ErrorMessage = message, IsNonRetriable = final };
}
