using DurableTask.Core.Exceptions;
using Grpc.Core;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>Something that waits for a commit.</summary>
internal interface IEffect
{
    void Run();

    void Refuse(Exception error);
}

/// <summary>A client's call that ends when what it caused is stored.</summary>
internal sealed class Reply(string result)
    : TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously), IEffect
{
    public void Run() => TrySetResult(result);

    public void Refuse(Exception error) => TrySetException(error);
}

/// <summary>A client that waits for an instance to start or to end.</summary>
internal sealed class Waiter(bool untilEnd, bool withPayloads)
    : TaskCompletionSource<OrchestrationMetadata>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public bool WithPayloads => withPayloads;

    public bool IsSatisfiedBy(OrchestrationRuntimeStatus status) =>
        untilEnd ? status.IsFinished() : status != OrchestrationRuntimeStatus.Pending;
}

internal static class Refusals
{
    public static bool IsFinished(this OrchestrationRuntimeStatus status) => status
        is OrchestrationRuntimeStatus.Completed or OrchestrationRuntimeStatus.Failed or OrchestrationRuntimeStatus.Terminated;

    public static RpcException NotFound(string id) =>
        new(new Status(StatusCode.NotFound, $"No instance with ID '{id}' was found."));

    public static RpcException Finished(string id, OrchestrationRuntimeStatus status) =>
        new(new Status(StatusCode.FailedPrecondition, $"The instance with ID '{id}' has ended: it is {status}."));

    public static OrchestrationAlreadyExistsException AlreadyExists(string id, OrchestrationRuntimeStatus status) =>
        new($"An Orchestration instance with the ID {id} already exists: it is {status}.");
}
