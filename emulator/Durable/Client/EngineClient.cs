using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Orchestration;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>The client that talks to the engine in its own process. Calls end when what they cause is stored.</summary>
internal sealed class EngineClient(DurableEngine engine) : DurableTaskClient("tasklane")
{
    private readonly EngineEntityClient entities = new(engine);

    private DataConverter Converter => engine.Options.DataConverter;

    public override DurableEntityClient Entities => entities;

    /// <exception cref="global::DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException">The id is active.</exception>
    public override Task<string> ScheduleNewOrchestrationInstanceAsync(
        TaskName orchestratorName,
        object? input = null,
        StartOrchestrationOptions? options = null,
        CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(orchestratorName.Name, nameof(orchestratorName));
        cancellation.ThrowIfCancellationRequested();
        return Start(new Event(EventKind.Start)
        {
            Target = options?.InstanceId is { Length: > 0 } given ? Checked(given) : engine.NewId(),
            IsNew = options?.InstanceId is not { Length: > 0 },
            Name = orchestratorName.Name,
            Text = Converter.Serialize(input),
            Version = options?.Version?.Version,
            Tags = options?.Tags is { Count: > 0 } tags ? tags : null,
            Time = options?.StartAt?.UtcTicks ?? 0,
        }, options?.DedupeStatuses).WaitAsync(cancellation);
    }

    /// <exception cref="Grpc.Core.RpcException">NotFound: no such instance. FailedPrecondition: it has ended.</exception>
    public override Task RaiseEventAsync(
        string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(eventName);
        return Tell(instanceId, reply => new Event(EventKind.EventRaised)
        {
            Name = eventName,
            Text = Converter.Serialize(eventPayload),
            Reply = reply,
        }, cancellation);
    }

    /// <inheritdoc cref="RaiseEventAsync"/>
    public override Task TerminateInstanceAsync(
        string instanceId, TerminateInstanceOptions? options = null, CancellationToken cancellation = default) =>
        Tell(instanceId, reply => new Event(EventKind.Terminated)
        {
            Text = Converter.Serialize(options?.Output),
            Reply = reply,
        }, cancellation);

    /// <inheritdoc cref="RaiseEventAsync"/>
    public override Task SuspendInstanceAsync(
        string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        Tell(instanceId, reply => new Event(EventKind.Suspended) { Text = reason, Reply = reply }, cancellation);

    /// <inheritdoc cref="RaiseEventAsync"/>
    public override Task ResumeInstanceAsync(
        string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        Tell(instanceId, reply => new Event(EventKind.Resumed) { Text = reason, Reply = reply }, cancellation);

    /// <summary>Ends when the instance has begun, also one that is only scheduled later.</summary>
    public override Task<OrchestrationMetadata> WaitForInstanceStartAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, new Waiter(untilEnd: false, getInputsAndOutputs), cancellation);

    /// <summary>Ends when the instance has, also one that is only scheduled later.</summary>
    public override Task<OrchestrationMetadata> WaitForInstanceCompletionAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default) =>
        WaitAsync(instanceId, new Waiter(untilEnd: true, getInputsAndOutputs), cancellation);

    public override Task<OrchestrationMetadata?> GetInstancesAsync(
        string instanceId, bool getInputsAndOutputs = false, CancellationToken cancellation = default)
    {
        Checked(instanceId);
        engine.RequireRunning();
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(engine.Queries.Get(instanceId, getInputsAndOutputs));
    }

    public override AsyncPageable<OrchestrationMetadata> GetAllInstancesAsync(OrchestrationQuery? filter = null)
    {
        filter ??= new OrchestrationQuery();
        return Pageable.Create((token, size, cancellation) =>
        {
            engine.RequireRunning();
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Max(1, size ?? filter.PageSize);
            return Task.FromResult(engine.Queries.List(filter, token ?? filter.ContinuationToken, count));
        });
    }

    public override Task<Page<string>> ListInstanceIdsAsync(
        IEnumerable<OrchestrationRuntimeStatus>? runtimeStatus = null,
        DateTimeOffset? completedTimeFrom = null,
        DateTimeOffset? completedTimeTo = null,
        int pageSize = OrchestrationQuery.DefaultPageSize,
        string? lastInstanceKey = null,
        CancellationToken cancellation = default)
    {
        engine.RequireRunning();
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(engine.Queries.ListIds(
            runtimeStatus, completedTimeFrom, completedTimeTo, Math.Max(1, pageSize), lastInstanceKey));
    }

    /// <summary>Purges an ended instance; a running one is left alone, and none counts as purged.</summary>
    public override async Task<PurgeResult> PurgeInstanceAsync(
        string instanceId, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        engine.RequireRunning();
        var request = new PurgeRequest(Checked(instanceId));
        engine.Send(instanceId, new Event(EventKind.Purge) { Reply = request });
        await request.Reply.Task.WaitAsync(cancellation);
        return new PurgeResult(request.Purged, true);
    }

    public override async Task<PurgeResult> PurgeAllInstancesAsync(
        PurgeInstancesFilter filter, PurgeInstanceOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(filter);
        engine.RequireRunning();
        const int Slice = 256;
        var begun = engine.Time.GetTimestamp();
        var purged = 0;
        for (var after = 0L; ;)
        {
            var keys = engine.Queries.Purgeable(filter, after, Slice);
            if (keys.Count == 0)
                return new PurgeResult(purged, true);
            if (filter.Timeout is { } limit && engine.Time.GetElapsedTime(begun) >= limit)
                return new PurgeResult(purged, false);

            // In slices, so that a large purge does not hold up everyone else's commits.
            var slice = new PurgeCommit(keys);
            engine.Writer.Enqueue(slice);
            purged += await slice.Task.WaitAsync(cancellation);
            after = keys[^1];
        }
    }

    /// <exception cref="ArgumentException">No such instance.</exception>
    /// <exception cref="InvalidOperationException">It has not ended, and its own id was to be used again.</exception>
    public override async Task<string> RestartAsync(
        string instanceId, bool restartWithNewInstanceId = false, CancellationToken cancellation = default)
    {
        engine.RequireRunning();
        if (engine.Queries.History(Checked(instanceId)) is not { } history)
            throw new ArgumentException($"An orchestration with the instanceId {instanceId} was not found.", nameof(instanceId));
        var first = history[0];
        return await Start(new Event(EventKind.Start)
        {
            Target = restartWithNewInstanceId ? engine.NewId() : instanceId,
            Name = first.Name,
            Text = first.Text,
            Version = first.Version,
            Tags = first.Tags,
        }, null).WaitAsync(cancellation);
    }

    // The engine ends with its host, not with one of its clients.
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static string Checked(string instanceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        Execution.RefuseEntityId(instanceId);
        return instanceId;
    }

    private Task<string> Start(Event start, IReadOnlyList<string>? dedupe)
    {
        engine.RequireRunning();
        var reply = new Reply(start.Target!);
        var states = dedupe?.Select(name => Enum.TryParse<OrchestrationRuntimeStatus>(name, ignoreCase: true, out var status)
            ? status
            : throw new ArgumentException($"Invalid orchestration runtime status: '{name}' for deduplication.")).ToHashSet();
        start.Reply = new StartRequest(reply, states);
        engine.Send(start.Target!, start);
        return reply.Task;
    }

    private Task Tell(string instanceId, Func<Reply, Event> message, CancellationToken cancellation)
    {
        Checked(instanceId);
        engine.RequireRunning();
        cancellation.ThrowIfCancellationRequested();
        var reply = new Reply(instanceId);
        engine.Send(instanceId, message(reply));
        return reply.Task.WaitAsync(cancellation);
    }

    private Task<OrchestrationMetadata> WaitAsync(string instanceId, Waiter waiter, CancellationToken cancellation)
    {
        Checked(instanceId);
        engine.RequireRunning();
        engine.Send(instanceId, new Event(EventKind.Wait) { Reply = waiter });
        return cancellation.CanBeCanceled ? UnlessCancelledAsync() : waiter.Task;

        async Task<OrchestrationMetadata> UnlessCancelledAsync()
        {
            await using var given = cancellation.Register(() =>
            {
                // The instance must not keep somebody who has left.
                if (waiter.TrySetCanceled(cancellation))
                    engine.Send(instanceId, new Event(EventKind.Collect));
            });
            return await waiter.Task;
        }
    }
}
