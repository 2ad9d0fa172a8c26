using Grpc.Core;
using P = Microsoft.DurableTask.Protobuf;

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
    : TaskCompletionSource<P.OrchestrationState>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public bool WithPayloads => withPayloads;

    public bool IsSatisfiedBy(P.OrchestrationStatus status) =>
        untilEnd ? status.IsFinished() : status != P.OrchestrationStatus.Pending;
}

/// <summary>What comes with a start from a client.</summary>
/// <param name="Reply">Ends when the instance is stored.</param>
/// <param name="Replaceable">The states in which an existing instance may be replaced; null = the ended ones.</param>
internal sealed record StartRequest(Reply Reply, IReadOnlySet<P.OrchestrationStatus>? Replaceable);

/// <summary>What comes with a purge.</summary>
internal sealed class PurgeRequest(string id)
{
    public Reply Reply { get; } = new(id);

    public int Purged { get; set; }

    /// <summary>The instance is there and has not ended.</summary>
    public bool IsActive { get; set; }
}

internal static class Refusals
{
    public static bool IsFinished(this P.OrchestrationStatus status) => status
        is P.OrchestrationStatus.Completed or P.OrchestrationStatus.Failed or P.OrchestrationStatus.Terminated
        or P.OrchestrationStatus.Canceled;

    public static RpcException NotFound(string id) =>
        new(new Status(StatusCode.NotFound, $"No instance with ID '{id}' was found."));

    public static RpcException Finished(string id, P.OrchestrationStatus status) =>
        new(new Status(StatusCode.FailedPrecondition, $"The instance with ID '{id}' has ended: it is {status}."));

    public static RpcException AlreadyExists(string id, P.OrchestrationStatus status) =>
        new(new Status(StatusCode.AlreadyExists, $"An Orchestration instance with the ID {id} already exists: it is {status}."));

    public static RpcException NotFailed(string id, P.OrchestrationStatus status) =>
        new(new Status(StatusCode.FailedPrecondition, $"Only failed orchestrations can be rewound; the instance with ID '{id}' is {status}."));

    public static RpcException Invalid(string sentence) => new(new Status(StatusCode.InvalidArgument, sentence));

    /// <summary>Nothing was written, or it is not known whether it was.</summary>
    public static RpcException Unwritten(Exception error) => new(new Status(StatusCode.Unavailable, error.Message));
}
