using System.Threading.Channels;
using Grpc.Core;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Rpc;

/// <summary>A connected portable worker: what it takes, how much it has, and the stream on which it gets it.</summary>
internal sealed class WorkerStream
{
    /// <summary>A worker that hears nothing for two minutes takes its stream for dead.</summary>
    private static readonly TimeSpan _pingEvery = TimeSpan.FromSeconds(30);

    private readonly Channel<P.WorkItem> _outgoing = Channel.CreateUnbounded<P.WorkItem>(new UnboundedChannelOptions { SingleReader = true });
    private readonly P.WorkItemFilters? _filters;
    private readonly int[] _limits;
    private readonly int[] _has = new int[3];
    private long _lastGiven;

    public WorkerStream(P.GetWorkItemsRequest request)
    {
        // A worker that names nothing takes everything; one that names orchestrations only takes no activities.
        _filters = request.WorkItemFilters is { } filters
            && filters.Orchestrations.Count + filters.Activities.Count + filters.Entities.Count > 0 ? filters : null;
        _limits =
        [
            Limit(request.MaxConcurrentOrchestrationWorkItems),
            Limit(request.MaxConcurrentActivityWorkItems),
            Limit(request.MaxConcurrentEntityWorkItems),
        ];
        StreamsHistory = request.Capabilities.Contains(P.WorkerCapability.HistoryStreaming);
    }

    public bool StreamsHistory { get; }

    /// <summary>How many items it works on, of all kinds.</summary>
    public int Load => _has[0] + _has[1] + _has[2];

    /// <summary>
    /// Whether work goes to this one and not to the other: to who has less, and among equals to who has waited longer, so that what a
    /// worker gives back, its version being another's, comes to the other in its turn.
    /// </summary>
    public bool IsBefore(WorkerStream other) => (Load, _lastGiven).CompareTo((other.Load, other._lastGiven)) < 0;

    public bool HasRoom(DurableKind kind) => _has[(int)kind] < _limits[(int)kind];

    public bool Takes(DurableKind kind, string name) => _filters is null || kind switch
    {
        DurableKind.Orchestrator => _filters.Orchestrations.Any(filter => Same(filter.Name, name)),
        DurableKind.Activity => _filters.Activities.Any(filter => Same(filter.Name, name)),
        _ => _filters.Entities.Any(filter => Same(filter.Name, name)),
    };

    /// <summary>A filter without versions takes all of them.</summary>
    public bool Takes(DurableKind kind, string name, string version) => _filters is null || kind switch
    {
        DurableKind.Orchestrator => _filters.Orchestrations.Any(filter => Same(filter.Name, name) && Takes(filter.Versions, version)),
        DurableKind.Activity => _filters.Activities.Any(filter => Same(filter.Name, name) && Takes(filter.Versions, version)),
        _ => Takes(kind, name),
    };

    public void AddTo(WorkerNames names)
    {
        if (_filters is null)
        {
            names.AddEverything();
            return;
        }

        names.Add(DurableKind.Orchestrator, _filters.Orchestrations.Select(filter => filter.Name));
        names.Add(DurableKind.Activity, _filters.Activities.Select(filter => filter.Name));
        names.Add(DurableKind.Entity, _filters.Entities.Select(filter => filter.Name));
    }

    public void Give(PendingWork work)
    {
        _has[(int)work.Kind]++;
        _lastGiven = work.Number;
        _outgoing.Writer.TryWrite(work.Item);
    }

    public void TakeBack(DurableKind kind) => _has[(int)kind]--;

    /// <summary>Ends the stream from this side, as when the host stops.</summary>
    public void Close() => _outgoing.Writer.TryComplete();

    /// <summary>Writes what the worker is given, until it goes or the stream is closed.</summary>
    public async Task WriteAsync(IServerStreamWriter<P.WorkItem> responses, CancellationToken cancellation)
    {
        await using var ping = TimeProvider.System.CreateTimer(
            _ => _outgoing.Writer.TryWrite(new P.WorkItem { HealthPing = new P.HealthPing() }), null, TimeSpan.Zero, _pingEvery);
        var buffered = new WriteOptions(WriteFlags.BufferHint);
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync(cancellation))
            {
                while (_outgoing.Reader.TryRead(out var item))
                {
                    // Flushed only when nothing more is waiting.
                    responses.WriteOptions = _outgoing.Reader.TryPeek(out _) ? buffered : null;
                    await responses.WriteAsync(item, cancellation);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or InvalidOperationException or RpcException)
        {
            // The worker has gone; what it had is given to another.
        }
    }

    private static int Limit(int asked) => asked > 0 ? asked : int.MaxValue;

    private static bool Takes(ICollection<string> versions, string version) => versions.Count == 0 || versions.Any(one => Same(one, version));

    private static bool Same(string one, string other) => one.Equals(other, StringComparison.OrdinalIgnoreCase);
}
