using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace Tasklane.Emulator.Durable.History;

/// <summary>Exceptions as history keeps them.</summary>
internal static class Failures
{
    public const string IllegalAwait =
        "An invalid asynchronous invocation was detected. This can be caused by awaiting non-durable tasks in an "
        + "orchestrator function's implementation or by middleware that invokes asynchronous code.";

    /// <summary>A failed task's own failure becomes the inner one, as if it had been thrown here.</summary>
    public static TaskFailureDetails Of(Exception error) => error switch
    {
        TaskFailedException task => Of(task, task.FailureDetails),
        EntityOperationFailedException operation => Of(operation, operation.FailureDetails),
        AggregateException { InnerExceptions.Count: 1 } one => Of(one.InnerException!),
        _ => Of(error, error.InnerException is { } inner ? Of(inner) : null),
    };

    public static TaskFailureDetails OrchestratorNotFound(string name) =>
        new("OrchestratorTaskNotFound", $"No orchestrator task named '{name}' was found.", null, null, null);

    public static TaskFailureDetails ActivityNotFound(string name) =>
        new("ActivityTaskNotFound", $"No activity task named '{name}' was found.", null, null, null);

    public static TaskFailureDetails EntityNotFound(string name) =>
        new("EntityTaskNotFound", $"No entity task named '{name}' was found.", null, null, null);

    public static TaskFailureDetails NonDeterministic(string message) =>
        new("DurableTask.Core.Exceptions.NonDeterministicOrchestrationException", message, null, null, null);

    private static TaskFailureDetails Of(Exception error, TaskFailureDetails? inner) =>
        new(error.GetType().ToString(), error.Message, error.StackTrace, inner, null);
}

/// <summary>Properties of a failure are kept as one JSON text.</summary>
internal static class FailureProperties
{
    public static string? Write(IDictionary<string, object?>? properties) =>
        properties is null ? null : JsonSerializer.Serialize(properties);

    public static IDictionary<string, object?>? Read(string? properties) =>
        properties is null ? null : JsonSerializer.Deserialize<Dictionary<string, object?>>(properties);
}
