using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>
/// What clients ask of the engine, in the protocol's own terms. Calls end when what they cause is stored. Refusals are RpcExceptions
/// with the status the real extension answers.
/// </summary>
internal sealed partial class DurableHub(DurableEngine engine)
{
    /// <exception cref="Grpc.Core.RpcException">AlreadyExists: the id is active. InvalidArgument: the id or the name is not possible.</exception>
    public async Task<P.CreateInstanceResponse> StartInstanceAsync(P.CreateInstanceRequest request, CancellationToken cancellation)
    {
        RequireWritable();
        if (request.Name.Length == 0)
            throw Refusals.Invalid("The name of the orchestrator is missing.");
        var isNew = request.InstanceId.Length == 0;
        var id = isNew ? engine.NewId() : InstanceNames.Checked(request.InstanceId);
        var started = Happenings.New(engine.Now());
        started.ExecutionStarted = new P.ExecutionStartedEvent
        {
            Name = request.Name,
            Version = request.Version ?? engine.Options.DefaultVersion ?? "",
            Input = request.Input,
            ScheduledStartTimestamp = request.ScheduledStartTimestamp,
            ParentTraceContext = request.ParentTraceContext,
        };
        foreach (var (name, value) in request.Tags)
            started.ExecutionStarted.Tags[name] = value;
        var reply = new Reply(id);
        engine.Send(id, new Message(MessageKind.Start)
        {
            Target = id,
            IsNew = isNew,
            Event = started,
            Reply = new StartRequest(reply, request.OrchestrationIdReusePolicy?.ReplaceableStatus.ToHashSet()),
        });
        await Written(reply, cancellation);
        return new P.CreateInstanceResponse { InstanceId = id };
    }

    public P.GetInstanceResponse GetInstance(P.GetInstanceRequest request)
    {
        engine.RequireRunning();
        var state = engine.Queries.Get(InstanceNames.Checked(request.InstanceId), request.GetInputsAndOutputs);
        return new P.GetInstanceResponse { Exists = state is not null, OrchestrationState = state };
    }

    /// <summary>Ends when the instance has begun, also one that is only scheduled later.</summary>
    public Task<P.GetInstanceResponse> WaitForStartAsync(P.GetInstanceRequest request, CancellationToken cancellation) =>
        WaitAsync(request.InstanceId, new Waiter(untilEnd: false, request.GetInputsAndOutputs), cancellation);

    /// <summary>Ends when the instance has, also one that is only scheduled later.</summary>
    public Task<P.GetInstanceResponse> WaitForCompletionAsync(P.GetInstanceRequest request, CancellationToken cancellation) =>
        WaitAsync(request.InstanceId, new Waiter(untilEnd: true, request.GetInputsAndOutputs), cancellation);

    /// <exception cref="Grpc.Core.RpcException">NotFound: no such instance. FailedPrecondition: it has ended.</exception>
    public Task RaiseEventAsync(P.RaiseEventRequest request, CancellationToken cancellation)
    {
        if (request.Name.Length == 0)
            throw Refusals.Invalid("The name of the event is missing.");
        return TellAsync(request.InstanceId, MessageKind.Happened, Happenings.Raised(engine.Now(), request.Name, request.Input), cancellation);
    }

    /// <inheritdoc cref="RaiseEventAsync"/>
    public Task TerminateAsync(P.TerminateRequest request, CancellationToken cancellation)
    {
        var e = Happenings.New(engine.Now());
        e.ExecutionTerminated = new P.ExecutionTerminatedEvent { Input = request.Output, Recurse = request.Recursive };
        return TellAsync(request.InstanceId, MessageKind.Terminate, e, cancellation);
    }

    /// <inheritdoc cref="RaiseEventAsync"/>
    public Task SuspendAsync(P.SuspendRequest request, CancellationToken cancellation)
    {
        var e = Happenings.New(engine.Now());
        e.ExecutionSuspended = new P.ExecutionSuspendedEvent { Input = request.Reason };
        return TellAsync(request.InstanceId, MessageKind.Happened, e, cancellation);
    }

    /// <inheritdoc cref="RaiseEventAsync"/>
    public Task ResumeAsync(P.ResumeRequest request, CancellationToken cancellation)
    {
        var e = Happenings.New(engine.Now());
        e.ExecutionResumed = new P.ExecutionResumedEvent { Input = request.Reason };
        return TellAsync(request.InstanceId, MessageKind.Happened, e, cancellation);
    }

    /// <summary>Lets a failed instance go on; its failed sub-orchestrations too.</summary>
    /// <exception cref="Grpc.Core.RpcException">NotFound: no such instance. FailedPrecondition: it has not failed.</exception>
    public Task RewindAsync(P.RewindInstanceRequest request, CancellationToken cancellation)
    {
        var e = Happenings.New(engine.Now());
        e.GenericEvent = new P.GenericEvent { Data = request.Reason };
        return TellAsync(request.InstanceId, MessageKind.Rewind, e, cancellation);
    }

    /// <summary>Starts an instance with the name and input of another.</summary>
    /// <exception cref="Grpc.Core.RpcException">NotFound: no such instance. FailedPrecondition: it is active and its own id was to be used.</exception>
    public async Task<P.RestartInstanceResponse> RestartAsync(P.RestartInstanceRequest request, CancellationToken cancellation)
    {
        RequireWritable();
        var id = InstanceNames.Checked(request.InstanceId);
        var state = engine.Queries.Get(id, withPayloads: true) ?? throw Refusals.NotFound(id);
        if (!request.RestartWithNewInstanceId && !state.OrchestrationStatus.IsFinished())
        {
            throw new Grpc.Core.RpcException(new Grpc.Core.Status(
                Grpc.Core.StatusCode.FailedPrecondition, $"The instance with ID '{id}' is {state.OrchestrationStatus}; only an ended one can be restarted under its id."));
        }

        var again = new P.CreateInstanceRequest
        {
            InstanceId = request.RestartWithNewInstanceId ? "" : id,
            Name = state.Name,
            Input = state.Input,
            Version = state.Version,
        };
        again.Tags.Add(state.Tags);
        var started = await StartInstanceAsync(again, cancellation);
        return new P.RestartInstanceResponse { InstanceId = started.InstanceId };
    }

    public P.QueryInstancesResponse QueryInstances(P.QueryInstancesRequest request)
    {
        engine.RequireRunning();
        return engine.Queries.List(request.Query ?? new P.InstanceQuery());
    }

    public P.ListInstanceIdsResponse ListInstanceIds(P.ListInstanceIdsRequest request)
    {
        engine.RequireRunning();
        return engine.Queries.ListIds(request);
    }

    /// <summary>An instance's events, oldest first.</summary>
    /// <exception cref="Grpc.Core.RpcException">NotFound: no such instance.</exception>
    public IReadOnlyList<P.HistoryEvent> History(string instanceId)
    {
        engine.RequireRunning();
        return engine.Queries.History(InstanceNames.Checked(instanceId)) ?? throw Refusals.NotFound(instanceId);
    }

    private async Task TellAsync(string instanceId, MessageKind kind, P.HistoryEvent e, CancellationToken cancellation)
    {
        RequireWritable();
        var id = InstanceNames.Checked(instanceId);
        var reply = new Reply(id);
        engine.Send(id, new Message(kind) { Target = id, Event = e, Reply = reply });
        await Written(reply, cancellation);
    }

    private async Task<P.GetInstanceResponse> WaitAsync(string instanceId, Waiter waiter, CancellationToken cancellation)
    {
        engine.RequireRunning();
        var id = InstanceNames.Checked(instanceId);
        engine.Send(id, new Message(MessageKind.Wait) { Reply = waiter });
        await using var given = cancellation.UnsafeRegister(
            static state =>
            {
                // The instance must not keep somebody who has left.
                var (engine, id, waiter) = ((DurableEngine, string, Waiter))state!;
                if (waiter.TrySetCanceled())
                    engine.Send(id, new Message(MessageKind.Collect));
            },
            (engine, id, waiter));
        return new P.GetInstanceResponse { Exists = true, OrchestrationState = await waiter.Task };
    }

    private void RequireWritable()
    {
        engine.RequireRunning();
        if (engine.Trouble is { } trouble)
            throw Refusals.Unwritten(new IOException($"The durable database cannot be written: {trouble}"));
    }

    private static async Task Written(Reply reply, CancellationToken cancellation)
    {
        try
        {
            await reply.Task.WaitAsync(cancellation);
        }
        catch (Storage.StorageException error)
        {
            throw Refusals.Unwritten(error);
        }
    }
}
