using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Tasklane.Emulator.Durable.Binding;
using Tasklane.Emulator.Durable.Client;
using Tasklane.Emulator.Durable.Engine;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Rpc;

/// <summary>The Durable Task protocol, for clients of function apps and for the portable SDKs.</summary>
internal sealed class SidecarService(Func<DurableHub> hub, PortableWorkers workers, CompositeExecutor? executor)
    : P.TaskHubSidecarService.TaskHubSidecarServiceBase
{
    /// <summary>Bytes in one chunk of a history, about; a gRPC client takes 4 MB at most.</summary>
    private const int ChunkSize = 512 * 1024;

    private DurableHub Hub => hub();

    public override Task<Empty> Hello(Empty request, ServerCallContext context) => Task.FromResult(new Empty());

    public override Task<P.CreateInstanceResponse> StartInstance(P.CreateInstanceRequest request, ServerCallContext context)
    {
        // The real extension refuses it at once.
        if (executor is not null && request.Name.Length > 0 && !executor.Expects(DurableKind.Orchestrator, request.Name))
        {
            throw Refusals.Invalid($"The function '{request.Name}' doesn't exist, is disabled, or is not an orchestrator function.");
        }

        return Hub.StartInstanceAsync(request, context.CancellationToken);
    }

    public override Task<P.GetInstanceResponse> GetInstance(P.GetInstanceRequest request, ServerCallContext context) =>
        Task.FromResult(Hub.GetInstance(request));

    public override Task<P.GetInstanceResponse> WaitForInstanceStart(P.GetInstanceRequest request, ServerCallContext context) =>
        Hub.WaitForStartAsync(request, context.CancellationToken);

    public override Task<P.GetInstanceResponse> WaitForInstanceCompletion(P.GetInstanceRequest request, ServerCallContext context) =>
        Hub.WaitForCompletionAsync(request, context.CancellationToken);

    public override async Task<P.RaiseEventResponse> RaiseEvent(P.RaiseEventRequest request, ServerCallContext context)
    {
        await Hub.RaiseEventAsync(request, context.CancellationToken);
        return new P.RaiseEventResponse();
    }

    public override async Task<P.TerminateResponse> TerminateInstance(P.TerminateRequest request, ServerCallContext context)
    {
        await Hub.TerminateAsync(request, context.CancellationToken);
        return new P.TerminateResponse();
    }

    public override async Task<P.SuspendResponse> SuspendInstance(P.SuspendRequest request, ServerCallContext context)
    {
        await Hub.SuspendAsync(request, context.CancellationToken);
        return new P.SuspendResponse();
    }

    public override async Task<P.ResumeResponse> ResumeInstance(P.ResumeRequest request, ServerCallContext context)
    {
        await Hub.ResumeAsync(request, context.CancellationToken);
        return new P.ResumeResponse();
    }

    public override async Task<P.RewindInstanceResponse> RewindInstance(P.RewindInstanceRequest request, ServerCallContext context)
    {
        await Hub.RewindAsync(request, context.CancellationToken);
        return new P.RewindInstanceResponse();
    }

    public override Task<P.RestartInstanceResponse> RestartInstance(P.RestartInstanceRequest request, ServerCallContext context) =>
        Hub.RestartAsync(request, context.CancellationToken);

    public override Task<P.QueryInstancesResponse> QueryInstances(P.QueryInstancesRequest request, ServerCallContext context) =>
        Task.FromResult(Hub.QueryInstances(request));

    public override Task<P.ListInstanceIdsResponse> ListInstanceIds(P.ListInstanceIdsRequest request, ServerCallContext context) =>
        Task.FromResult(Hub.ListInstanceIds(request));

    public override Task<P.PurgeInstancesResponse> PurgeInstances(P.PurgeInstancesRequest request, ServerCallContext context) =>
        Hub.PurgeAsync(request, context.CancellationToken);

    public override async Task StreamInstanceHistory(
        P.StreamInstanceHistoryRequest request, IServerStreamWriter<P.HistoryChunk> responseStream, ServerCallContext context)
    {
        // A worker asks for the past of the turn it has, which is not all there is by now.
        var history = request.ForWorkItemProcessing
            ? workers.HistoryOfTurn(request.InstanceId) ?? throw Refusals.NotFound(request.InstanceId)
            : Hub.History(request.InstanceId);
        var chunk = new P.HistoryChunk();
        var size = 0;
        foreach (var e in history)
        {
            chunk.Events.Add(e);
            size += e.CalculateSize();
            if (size < ChunkSize)
                continue;
            await responseStream.WriteAsync(chunk, context.CancellationToken);
            chunk = new P.HistoryChunk();
            size = 0;
        }

        if (chunk.Events.Count > 0)
            await responseStream.WriteAsync(chunk, context.CancellationToken);
    }

    public override async Task<P.SignalEntityResponse> SignalEntity(P.SignalEntityRequest request, ServerCallContext context)
    {
        await Hub.SignalEntityAsync(request, context.CancellationToken);
        return new P.SignalEntityResponse();
    }

    public override Task<P.GetEntityResponse> GetEntity(P.GetEntityRequest request, ServerCallContext context) =>
        Task.FromResult(Hub.GetEntity(request));

    public override Task<P.QueryEntitiesResponse> QueryEntities(P.QueryEntitiesRequest request, ServerCallContext context) =>
        Task.FromResult(Hub.QueryEntities(request));

    public override Task<P.CleanEntityStorageResponse> CleanEntityStorage(P.CleanEntityStorageRequest request, ServerCallContext context) =>
        Hub.CleanEntityStorageAsync(request, context.CancellationToken);

    // There is one hub, and it is there.
    public override async Task<P.CreateTaskHubResponse> CreateTaskHub(P.CreateTaskHubRequest request, ServerCallContext context)
    {
        if (request.RecreateIfExists)
            await HubDeletion.RunAsync(Hub, context.CancellationToken);
        return new P.CreateTaskHubResponse();
    }

    public override async Task<P.DeleteTaskHubResponse> DeleteTaskHub(P.DeleteTaskHubRequest request, ServerCallContext context)
    {
        await HubDeletion.RunAsync(Hub, context.CancellationToken);
        return new P.DeleteTaskHubResponse();
    }

    public override Task GetWorkItems(P.GetWorkItemsRequest request, IServerStreamWriter<P.WorkItem> responseStream, ServerCallContext context) =>
        workers.ServeAsync(request, responseStream, context.CancellationToken);

    public override Task<P.CompleteTaskResponse> CompleteOrchestratorTask(P.OrchestratorResponse request, ServerCallContext context)
    {
        workers.Complete(request);
        return Task.FromResult(new P.CompleteTaskResponse());
    }

    public override Task<P.CompleteTaskResponse> CompleteActivityTask(P.ActivityResponse request, ServerCallContext context)
    {
        workers.Complete(request.CompletionToken, request);
        return Task.FromResult(new P.CompleteTaskResponse());
    }

    public override Task<P.CompleteTaskResponse> CompleteEntityTask(P.EntityBatchResult request, ServerCallContext context)
    {
        workers.Complete(request.CompletionToken, request);
        return Task.FromResult(new P.CompleteTaskResponse());
    }

    public override Task<P.AbandonActivityTaskResponse> AbandonTaskActivityWorkItem(P.AbandonActivityTaskRequest request, ServerCallContext context)
    {
        workers.Abandon(request.CompletionToken);
        return Task.FromResult(new P.AbandonActivityTaskResponse());
    }

    public override Task<P.AbandonOrchestrationTaskResponse> AbandonTaskOrchestratorWorkItem(
        P.AbandonOrchestrationTaskRequest request, ServerCallContext context)
    {
        workers.Abandon(request.CompletionToken);
        return Task.FromResult(new P.AbandonOrchestrationTaskResponse());
    }

    public override Task<P.AbandonEntityTaskResponse> AbandonTaskEntityWorkItem(P.AbandonEntityTaskRequest request, ServerCallContext context)
    {
        workers.Abandon(request.CompletionToken);
        return Task.FromResult(new P.AbandonEntityTaskResponse());
    }

    /// <summary>Ends instances at once, without telling anybody but who waits.</summary>
    public override async Task<P.SkipGracefulOrchestrationTerminationsResponse> SkipGracefulOrchestrationTerminations(
        P.SkipGracefulOrchestrationTerminationsRequest request, ServerCallContext context)
    {
        var response = new P.SkipGracefulOrchestrationTerminationsResponse();
        foreach (var id in request.InstanceBatch?.InstanceIds ?? [])
        {
            try
            {
                await Hub.TerminateAsync(new P.TerminateRequest { InstanceId = id, Output = request.Reason }, context.CancellationToken);
            }
            catch (RpcException)
            {
                response.UnterminatedInstanceIds.Add(id);
            }
        }

        return response;
    }
}
