using Tasklane.Emulator.Durable.Engine;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Client;

/// <summary>Purging: one instance, several, or those that a filter takes.</summary>
internal sealed partial class DurableHub
{
    /// <summary>In slices, so that a large purge does not hold up everyone else's commits.</summary>
    private const int Slice = 256;

    /// <exception cref="Grpc.Core.RpcException">FailedPrecondition: the instance, named by its id, has not ended.</exception>
    public async Task<P.PurgeInstancesResponse> PurgeAsync(P.PurgeInstancesRequest request, CancellationToken cancellation)
    {
        RequireWritable();
        switch (request.RequestCase)
        {
            case P.PurgeInstancesRequest.RequestOneofCase.InstanceId:
                return Done(await PurgeOneAsync(request.InstanceId, request.Recursive, strict: true, cancellation));
            case P.PurgeInstancesRequest.RequestOneofCase.InstanceBatch:
                var purged = 0;
                foreach (var id in request.InstanceBatch.InstanceIds)
                    purged += await PurgeOneAsync(id, request.Recursive, strict: false, cancellation);
                return Done(purged);
            case P.PurgeInstancesRequest.RequestOneofCase.PurgeInstanceFilter:
                return await PurgeManyAsync(request.PurgeInstanceFilter, request.Recursive, cancellation);
            default:
                throw Refusals.Invalid("A purge names an instance, several, or a filter.");
        }
    }

    private async Task<int> PurgeOneAsync(string instanceId, bool recursive, bool strict, CancellationToken cancellation)
    {
        if (instanceId.StartsWith('@'))
            return await PurgeEntityAsync(InstanceNames.CheckedEntity(instanceId), cancellation);
        var id = InstanceNames.Checked(instanceId);

        // Children first: broken off in between, the parent is still there to find the rest by.
        var purged = 0;
        foreach (var child in recursive && HasEnded(id) ? ChildrenOf(id) : [])
            purged += await PurgeOneAsync(child, recursive: true, strict: false, cancellation);
        var request = new PurgeRequest(id);
        engine.Send(id, new Message(MessageKind.Purge) { Reply = request });
        await Written(request.Reply, cancellation);
        if (request.IsActive && strict)
        {
            throw new Grpc.Core.RpcException(new Grpc.Core.Status(
                Grpc.Core.StatusCode.FailedPrecondition, $"Only orchestrations in a terminal state can be purged; '{id}' has not ended."));
        }

        return purged + request.Purged;
    }

    private async Task<P.PurgeInstancesResponse> PurgeManyAsync(P.PurgeInstanceFilter filter, bool recursive, CancellationToken cancellation)
    {
        var begun = engine.Time.GetTimestamp();
        var purged = 0;
        for (var after = 0L; ;)
        {
            var found = engine.Queries.Purgeable(filter, after, Slice);
            if (found.Count == 0)
                return Done(purged);
            if (filter.Timeout is { } limit && engine.Time.GetElapsedTime(begun) >= limit.ToTimeSpan())
                return new P.PurgeInstancesResponse { DeletedInstanceCount = purged, IsComplete = false };

            // Children first here too.
            foreach (var child in recursive ? found.SelectMany(row => ChildrenOf(row.Id)).ToArray() : [])
                purged += await PurgeOneAsync(child, recursive: true, strict: false, cancellation);
            var slice = new PurgeCommit([.. found.Select(row => row.Key)]);
            engine.Writer.Enqueue(slice);
            purged += await slice.Task.WaitAsync(cancellation);
            after = found[^1].Key;
        }
    }

    private bool HasEnded(string id) => engine.Queries.Get(id, withPayloads: false) is { } state && state.OrchestrationStatus.IsFinished();

    private string[] ChildrenOf(string id) => engine.Queries.History(id) is { } history
        ? [.. history.Select(e => e.SubOrchestrationInstanceCreated?.InstanceId).OfType<string>()]
        : [];

    private static P.PurgeInstancesResponse Done(int purged) => new() { DeletedInstanceCount = purged, IsComplete = true };
}
