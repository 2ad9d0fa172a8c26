using Google.Protobuf;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Rpc;

/// <summary>A turn, an activity or a batch of an entity that waits for a portable worker, or for its answer.</summary>
internal sealed class PendingWork(DurableKind kind, string name, string version, P.WorkItem item)
{
    private SortedDictionary<int, P.OrchestratorResponse>? _parts;

    public DurableKind Kind => kind;

    public string Name => name;

    public string Version => version;

    public P.WorkItem Item => item;

    /// <summary>Rises; what is older goes first.</summary>
    public long Number { get; init; }

    /// <summary>The worker that has it.</summary>
    public WorkerStream? Owner { get; set; }

    /// <summary>Past events of a turn that the worker fetches by `StreamInstanceHistory`, as they are too many for one message.</summary>
    public IReadOnlyList<P.HistoryEvent>? History { get; private set; }

    public Task<IMessage> Answered => Answer.Task;

    public TaskCompletionSource<IMessage> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the past events out of a turn's message.</summary>
    public void SplitHistory()
    {
        var turn = item.OrchestratorRequest;
        History = [.. turn.PastEvents];
        turn.PastEvents.Clear();
        turn.RequiresHistoryStreaming = true;
    }

    /// <summary>Takes a part of a turn's answer. A part that is sent again replaces itself.</summary>
    /// <returns>The whole answer with the last part; null before.</returns>
    public P.OrchestratorResponse? Put(P.OrchestratorResponse part)
    {
#pragma warning disable CS0612 // Obsolete in the newest protocol; the SDKs of today send large answers in parts.
        lock (Answer)
        {
            if (!part.IsPartial && _parts is null)
                return part;
            _parts ??= [];
            _parts[part.ChunkIndex ?? _parts.Count] = part;
            if (part.IsPartial)
                return null;

            // The last part says what there is one of.
            var whole = part.Clone();
            whole.Actions.Clear();
            whole.ChunkIndex = null;
            foreach (var one in _parts.Values)
            {
                whole.Actions.Add(one.Actions);
                whole.NumEventsProcessed ??= one.NumEventsProcessed;
                whole.OrchestrationTraceContext ??= one.OrchestrationTraceContext;
            }

            return whole;
        }
#pragma warning restore CS0612
    }
}
