using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Tasklane.Emulator.Durable.Engine;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Rpc;

/// <summary>
/// Workers of the portable Durable Task SDKs: each holds a stream of work items open and answers them by their completion tokens. What
/// a worker had when its stream ended is run again by another.
/// </summary>
internal sealed class PortableWorkers : IDurableExecutor
{
    private readonly ConcurrentDictionary<string, Item> _open = new();
    private readonly Channel<Item>[] _queues =
    [
        Channel.CreateUnbounded<Item>(), Channel.CreateUnbounded<Item>(), Channel.CreateUnbounded<Item>(),
    ];

    private readonly ConcurrentDictionary<Connection, byte> _connections = new();
    private long _tokens;
    private volatile bool _everConnected;

    /// <summary>Called when a worker has connected.</summary>
    public Action? Connected { get; set; }

    /// <summary>
    /// An orchestrator is known while a worker is there that takes it; activities and entities once there has been one, since their
    /// work can wait for the next.
    /// </summary>
    public bool Has(DurableKind kind, string name) => kind == DurableKind.Orchestrator
        ? _connections.Keys.Any(connection => connection.Takes(kind, name))
        : _everConnected && (_connections.IsEmpty || _connections.Keys.Any(connection => connection.Takes(kind, name)));

    public async ValueTask<P.OrchestratorResponse> RunTurnAsync(OrchestratorTurn turn, CancellationToken cancellation) =>
        (P.OrchestratorResponse)await RunAsync(
            DurableKind.Orchestrator, turn.Name, new P.WorkItem { OrchestratorRequest = turn.Parse() }, cancellation);

    public async ValueTask<P.ActivityResponse> RunActivityAsync(P.ActivityRequest request, CancellationToken cancellation) =>
        (P.ActivityResponse)await RunAsync(DurableKind.Activity, request.Name, new P.WorkItem { ActivityRequest = request }, cancellation);

    public async ValueTask<P.EntityBatchResult> RunEntityBatchAsync(P.EntityBatchRequest request, CancellationToken cancellation)
    {
        var name = request.InstanceId[1..request.InstanceId.IndexOf('@', 1)];
        return (P.EntityBatchResult)await RunAsync(DurableKind.Entity, name, new P.WorkItem { EntityRequestV2 = Second(request) }, cancellation);
    }

    /// <summary>Gives a worker work until its stream ends.</summary>
    public async Task ServeAsync(P.GetWorkItemsRequest request, IServerStreamWriter<P.WorkItem> responses, CancellationToken cancellation)
    {
        var connection = new Connection(request);
        _connections[connection] = 0;
        _everConnected = true;
        Connected?.Invoke();
        using var writing = new SemaphoreSlim(1, 1);
        try
        {
            await Task.WhenAll(
                PumpAsync(DurableKind.Orchestrator, Limit(request.MaxConcurrentOrchestrationWorkItems)),
                PumpAsync(DurableKind.Activity, Limit(request.MaxConcurrentActivityWorkItems)),
                PumpAsync(DurableKind.Entity, Limit(request.MaxConcurrentEntityWorkItems)));
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException)
        {
            // The worker has gone; what it had is given to another below.
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            connection.Close();
            foreach (var (token, item) in _open)
            {
                if (item.Owner == connection && _open.TryRemove(token, out _))
                    item.Answer.TrySetException(new WorkAbandonedException("The worker that had it has disconnected."));
            }
        }

        async Task PumpAsync(DurableKind kind, int limit)
        {
            using var slots = new SemaphoreSlim(limit, limit);
            while (true)
            {
                await slots.WaitAsync(cancellation);
                var item = await _queues[(int)kind].Reader.ReadAsync(cancellation);
                if (item.Answer.Task.IsCompleted)
                {
                    slots.Release();
                    continue;
                }

                if (!connection.Takes(kind, item.Name))
                {
                    // For another worker; it goes to the end of the queue, and this one lets somebody else look.
                    _queues[(int)kind].Writer.TryWrite(item);
                    slots.Release();
                    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellation);
                    continue;
                }

                item.Owner = connection;
                item.Work.CompletionToken = Interlocked.Increment(ref _tokens).ToString("x16", System.Globalization.CultureInfo.InvariantCulture);
                _open[item.Work.CompletionToken] = item;
                _ = item.Answer.Task.ContinueWith(
                    _ => connection.Release(slots), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
                await writing.WaitAsync(cancellation);
                try
                {
                    await responses.WriteAsync(item.Work, cancellation);
                }
                finally
                {
                    writing.Release();
                }
            }
        }
    }

    /// <summary>A worker's answer; one that comes in parts is put together.</summary>
    public void Complete(P.OrchestratorResponse response)
    {
        if (!_open.TryGetValue(response.CompletionToken, out var item))
            throw Unknown(response.CompletionToken);
#pragma warning disable CS0612 // Obsolete in the newest protocol; workers of earlier versions answer in parts.
        if (response.IsPartial || item.Parts is not null)
        {
            (item.Parts ??= new P.OrchestratorResponse()).MergeFrom(response);
            if (response.IsPartial)
                return;
            response = item.Parts;
        }
#pragma warning restore CS0612

        Complete(response.CompletionToken, response);
    }

    public void Complete(string token, object answer)
    {
        if (!_open.TryRemove(token, out var item))
            throw Unknown(token);
        item.Answer.TrySetResult(answer);
    }

    /// <summary>The worker gives an item back unanswered.</summary>
    public void Abandon(string token)
    {
        if (_open.TryRemove(token, out var item))
            item.Answer.TrySetException(new WorkAbandonedException("The worker gave it back."));
    }

    private async Task<object> RunAsync(DurableKind kind, string name, P.WorkItem work, CancellationToken cancellation)
    {
        var item = new Item(name, work);
        _queues[(int)kind].Writer.TryWrite(item);
        await using var stop = cancellation.UnsafeRegister(
            static state => ((Item)state!).Answer.TrySetException(new WorkAbandonedException("The host stops.")), item);
        return await item.Answer.Task;
    }

    // The SDK's worker answers a batch of the protocol's first form without its completion token, so all get the second form. That one
    // also tells calls from signals, for answers that name where they go; the engine knows that itself, so all go as signals.
    private static P.EntityRequest Second(P.EntityBatchRequest request)
    {
        var second = new P.EntityRequest { InstanceId = request.InstanceId, EntityState = request.EntityState };
        foreach (var operation in request.Operations)
        {
            second.OperationRequests.Add(new P.HistoryEvent
            {
                EntityOperationSignaled = new P.EntityOperationSignaledEvent
                {
                    RequestId = operation.RequestId,
                    Operation = operation.Operation,
                    Input = operation.Input,
                    TargetInstanceId = request.InstanceId,
                },
            });
        }

        return second;
    }

    private static int Limit(int asked) => asked > 0 ? asked : 100;

    private static RpcException Unknown(string token) => Refusals.Invalid($"'{token}' is no work item that waits for an answer.");

    private sealed class Item(string name, P.WorkItem work)
    {
        public string Name => name;

        public P.WorkItem Work => work;

        public Connection? Owner { get; set; }

        public P.OrchestratorResponse? Parts { get; set; }

        public TaskCompletionSource<object> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>One worker's stream: what it takes.</summary>
    private sealed class Connection(P.GetWorkItemsRequest request)
    {
        private readonly Lock _gate = new();
        private bool _closed;

        // A worker that names nothing takes everything; one that names orchestrations only takes no activities.
        public bool Takes(DurableKind kind, string name)
        {
            if (request.WorkItemFilters is not { } filters
                || filters.Orchestrations.Count + filters.Activities.Count + filters.Entities.Count == 0)
            {
                return true;
            }

            return kind switch
            {
                DurableKind.Orchestrator => filters.Orchestrations.Any(filter => Same(filter.Name, name)),
                DurableKind.Activity => filters.Activities.Any(filter => Same(filter.Name, name)),
                _ => filters.Entities.Any(filter => Same(filter.Name, name)),
            };
        }

        public void Release(SemaphoreSlim slots)
        {
            lock (_gate)
            {
                if (!_closed)
                    slots.Release();
            }
        }

        public void Close()
        {
            lock (_gate)
                _closed = true;
        }

        private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
    }
}
