using Grpc.Core;
using Tasklane.Emulator.Durable.Client;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Rpc;

/// <summary>Empties the task hub: there is one, and it stays.</summary>
internal static class HubDeletion
{
    private const int PageSize = 500;

    /// <summary>Ends what runs, then purges all instances and entities.</summary>
    public static async Task RunAsync(DurableHub hub, CancellationToken cancellation)
    {
        var open = new P.InstanceQuery
        {
            MaxInstanceCount = PageSize,
            RuntimeStatus = { P.OrchestrationStatus.Pending, P.OrchestrationStatus.Running, P.OrchestrationStatus.Suspended },
        };
        while (hub.QueryInstances(new P.QueryInstancesRequest { Query = open }).OrchestrationState is { Count: > 0 } page)
        {
            foreach (var instance in page)
                await EndAsync(hub, instance.InstanceId, cancellation);
        }

        await hub.PurgeAsync(new P.PurgeInstancesRequest { PurgeInstanceFilter = new P.PurgeInstanceFilter() }, cancellation);

        var entities = new P.EntityQuery { PageSize = PageSize, IncludeTransient = true };
        do
        {
            var page = hub.QueryEntities(new P.QueryEntitiesRequest { Query = entities });
            foreach (var entity in page.Entities)
                await hub.PurgeAsync(new P.PurgeInstancesRequest { InstanceId = entity.InstanceId }, cancellation);
            entities.ContinuationToken = page.ContinuationToken;
        }
        while (entities.ContinuationToken is not null);
    }

    private static async Task EndAsync(DurableHub hub, string instanceId, CancellationToken cancellation)
    {
        try
        {
            await hub.TerminateAsync(new P.TerminateRequest { InstanceId = instanceId }, cancellation);
            await hub.WaitForCompletionAsync(new P.GetInstanceRequest { InstanceId = instanceId }, cancellation);
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.NotFound or StatusCode.FailedPrecondition)
        {
            // It has ended by itself meanwhile.
        }
    }
}
