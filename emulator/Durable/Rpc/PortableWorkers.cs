using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Tasklane.Emulator.Durable.Engine;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Rpc;

/// <summary>
/// Workers of the portable Durable Task SDKs: each holds a stream of work items open and answers them by their completion tokens.
/// Work goes to the worker that has least; what a worker had when its stream ended is run again by another.
/// </summary>
internal sealed class PortableWorkers(WorkerNames names) : IDurableExecutor
{
    /// <summary>A turn over this size goes without its past events where the worker can fetch them: a gRPC client takes 4 MB at most.</summary>
    internal const int LargeTurn = 1024 * 1024;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, PendingWork> _given = new();
    private readonly Dictionary<(DurableKind Kind, string Name, string Version), Queue<PendingWork>> _waiting = [];
    private readonly List<WorkerStream> _streams = [];
    private long _number;
    private bool _draining;
    private bool _closed;

    /// <summary>Called when a worker has connected.</summary>
    public Action? Connected { get; set; }

    /// <summary>Whether a worker is there that takes it.</summary>
    public bool Has(DurableKind kind, string name)
    {
        lock (_gate)
            return _streams.Exists(stream => stream.Takes(kind, name));
    }

    /// <summary>Whether a worker has ever taken it, so that one may come again that does.</summary>
    public bool Expects(DurableKind kind, string name) => names.Contains(kind, name);

    public async ValueTask<P.OrchestratorResponse> RunTurnAsync(OrchestratorTurn turn, CancellationToken cancellation)
    {
        var request = turn.Parse();

        // These workers keep nothing between turns.
        if (request.Properties.TryGetValue("IncludeState", out var state) && !state.BoolValue)
            return new P.OrchestratorResponse { InstanceId = turn.InstanceId, RequiresHistory = true };
        var version = request.PastEvents.Concat(request.NewEvents).FirstOrDefault(e => e.ExecutionStarted is not null)?.ExecutionStarted.Version;
        return (P.OrchestratorResponse)await RunAsync(
            DurableKind.Orchestrator, turn.Name, version, new P.WorkItem { OrchestratorRequest = request }, cancellation);
    }

    public async ValueTask<P.ActivityResponse> RunActivityAsync(P.ActivityRequest request, CancellationToken cancellation) =>
        (P.ActivityResponse)await RunAsync(
            DurableKind.Activity, request.Name, request.Version, new P.WorkItem { ActivityRequest = request.Clone() }, cancellation);

    public async ValueTask<P.EntityBatchResult> RunEntityBatchAsync(P.EntityBatchRequest request, CancellationToken cancellation)
    {
        var name = request.InstanceId[1..request.InstanceId.IndexOf('@', 1)];

        // In the second form of the request, the only one whose answer brings its completion token back. The engine knows who called.
        var entity = new P.EntityRequest { InstanceId = request.InstanceId, EntityState = request.EntityState };
        foreach (var operation in request.Operations)
        {
            entity.OperationRequests.Add(new P.HistoryEvent
            {
                EntityOperationSignaled = new P.EntityOperationSignaledEvent
                {
                    RequestId = operation.RequestId,
                    Operation = operation.Operation,
                    Input = operation.Input,
                },
            });
        }

        return (P.EntityBatchResult)await RunAsync(DurableKind.Entity, name, null, new P.WorkItem { EntityRequestV2 = entity }, cancellation);
    }

    /// <summary>Gives a worker work until its stream ends.</summary>
    public async Task ServeAsync(P.GetWorkItemsRequest request, IServerStreamWriter<P.WorkItem> responses, CancellationToken cancellation)
    {
        var stream = new WorkerStream(request);
        stream.AddTo(names);
        lock (_gate)
        {
            if (_closed)
                throw new RpcException(new Status(StatusCode.Unavailable, "The host stops."));
            _streams.Add(stream);
            Fill(stream);
        }

        try
        {
            Connected?.Invoke();
            await stream.WriteAsync(responses, cancellation);
        }
        finally
        {
            stream.Close();
            lock (_gate)
                _streams.Remove(stream);
            foreach (var (token, work) in _given)
            {
                if (work.Owner == stream && TryTake(token, out _))
                    work.Answer.TrySetException(new WorkAbandonedException("The worker that had it has disconnected."));
            }
        }
    }

    /// <summary>Workers get nothing more; what they have they may still answer.</summary>
    public void Drain()
    {
        lock (_gate)
        {
            _draining = true;
            foreach (var work in _waiting.Values.SelectMany(queue => queue))
                work.Answer.TrySetException(Stopping());
            _waiting.Clear();
        }
    }

    /// <summary>Ends every stream.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = _draining = true;
            foreach (var stream in _streams)
                stream.Close();
        }
    }

    /// <summary>A worker's answer to a turn; one that comes in parts is put together.</summary>
    public void Complete(P.OrchestratorResponse response)
    {
        if (!_given.TryGetValue(response.CompletionToken, out var work))
            throw Unknown(response.CompletionToken);
        if (work.Put(response) is { } whole)
            Complete(response.CompletionToken, whole);
    }

    /// <exception cref="RpcException">InvalidArgument: nothing waits for it, or not for this.</exception>
    public void Complete(string token, IMessage answer)
    {
        if (!_given.TryGetValue(token, out var work) || !Fits(work.Kind, answer) || !TryTake(token, out _))
            throw Unknown(token);
        work.Answer.TrySetResult(answer);
    }

    /// <summary>The worker gives an item back unanswered.</summary>
    public void Abandon(string token)
    {
        if (TryTake(token, out var work))
            work.Answer.TrySetException(new WorkAbandonedException("The worker gave it back."));
    }

    /// <summary>The past events of a turn that a worker has; null when it has none of that instance, or all of it was in the message.</summary>
    public IReadOnlyList<P.HistoryEvent>? HistoryOfTurn(string instanceId) =>
        _given.Values.FirstOrDefault(work => work.Item.OrchestratorRequest?.InstanceId == instanceId)?.History;

    private async Task<IMessage> RunAsync(DurableKind kind, string name, string? version, P.WorkItem item, CancellationToken cancellation)
    {
        var work = new PendingWork(kind, name, version ?? "", item) { Number = Interlocked.Increment(ref _number) };
        item.CompletionToken = work.Number.ToString("x16", CultureInfo.InvariantCulture);
        lock (_gate)
        {
            if (_draining)
                throw Stopping();
            WorkerStream? best = null;
            foreach (var stream in _streams)
            {
                if (stream.HasRoom(kind) && stream.Takes(kind, name, work.Version) && (best is null || stream.IsBefore(best)))
                    best = stream;
            }

            if (best is not null)
                Give(work, best);
            else
                Wait(work);
        }

        await using var stop = cancellation.UnsafeRegister(
            static state =>
            {
                var (workers, work) = ((PortableWorkers, PendingWork))state!;
                workers.TryTake(work.Item.CompletionToken, out _);
                work.Answer.TrySetException(Stopping());
            },
            (this, work));
        return await work.Answered;
    }

    private void Give(PendingWork work, WorkerStream stream)
    {
        if (work.Kind == DurableKind.Orchestrator && stream.StreamsHistory && work.Item.CalculateSize() > LargeTurn)
            work.SplitHistory();
        work.Owner = stream;
        _given[work.Item.CompletionToken] = work;
        stream.Give(work);
    }

    private void Wait(PendingWork work)
    {
        var key = (work.Kind, work.Name.ToUpperInvariant(), work.Version.ToUpperInvariant());
        if (!_waiting.TryGetValue(key, out var queue))
            _waiting[key] = queue = new Queue<PendingWork>();
        queue.Enqueue(work);
    }

    /// <summary>Takes an item from its worker, which then has room for another.</summary>
    private bool TryTake(string token, out PendingWork work)
    {
        if (!_given.TryRemove(token, out work!))
            return false;
        lock (_gate)
        {
            work.Owner!.TakeBack(work.Kind);
            if (_streams.Contains(work.Owner))
                Fill(work.Owner);
        }

        return true;
    }

    private void Fill(WorkerStream stream)
    {
        if (_waiting.Count == 0)
            return;
        while (NextFor(stream) is { } work)
            Give(work, stream);
    }

    // The oldest of what the worker takes and has room for.
    private PendingWork? NextFor(WorkerStream stream)
    {
        Queue<PendingWork>? best = null;
        foreach (var (key, queue) in _waiting)
        {
            while (queue.TryPeek(out var left) && left.Answered.IsCompleted)
                queue.Dequeue();
            if (queue.Count == 0)
                _waiting.Remove(key);
            else if (stream.HasRoom(key.Kind) && stream.Takes(key.Kind, key.Name, key.Version)
                && (best is null || queue.Peek().Number < best.Peek().Number))
                best = queue;
        }

        return best?.Dequeue();
    }

    private static bool Fits(DurableKind kind, IMessage answer) => kind switch
    {
        DurableKind.Orchestrator => answer is P.OrchestratorResponse,
        DurableKind.Activity => answer is P.ActivityResponse,
        _ => answer is P.EntityBatchResult,
    };

    private static WorkAbandonedException Stopping() => new("The host stops.");

    private static RpcException Unknown(string token) => Refusals.Invalid($"'{token}' is no work item that waits for an answer.");
}
