using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>Lets a failed instance go on, as if what made it fail had not been tried.</summary>
internal sealed partial class Instance
{
    private void Rewind(Message request)
    {
        if (_row is null || _status != P.OrchestrationStatus.Failed)
        {
            (request.Reply as Reply)?.Refuse(_row is null ? Refusals.NotFound(Id) : Refusals.NotFailed(Id, _status));
            if (request.InboxKey != 0)
                Engine.Writer.Enqueue(new MailCommit(Engine) { Done = request.InboxKey });
            return;
        }

        // The end may not be on disk yet; then it is in a commit that the writer takes before this one's reader runs.
        if (!AllCommitted)
        {
            Post(request);
            return;
        }

        LoadHistory();
        var commit = Commit();
        var children = Unfail(HistoryBuffer.Parse(_history!.Written.ToArray()).ToArray());
        foreach (var child in children)
            commit.Send(new Message(MessageKind.Rewind) { Target = child, Event = request.Event });
        commit.Truncate = true;
        commit.InboxDone(request.InboxKey);
        if (request.Reply is IEffect effect)
            commit.After(effect);
        _end = null;
        _status = P.OrchestrationStatus.Running;
        _inWork = false;
        NoteWork(commit, _openActivities.Count > 0);
        Publish(commit);
        _incoming.Add(new Message(MessageKind.Happened) { Event = request.Event });
    }

    /// <summary>
    /// Writes the history anew without its end and without the failures that led to it: those after which the orchestrator asked for
    /// nothing any more. Their activities are then scheduled again; their sub-orchestrations are open again.
    /// </summary>
    /// <returns>The sub-orchestrations that must be rewound as well.</returns>
    private List<string> Unfail(P.HistoryEvent[] events)
    {
        var lastAction = Array.FindLastIndex(events, e => e.EventTypeCase
            is P.HistoryEvent.EventTypeOneofCase.TaskScheduled or P.HistoryEvent.EventTypeOneofCase.TimerCreated
            or P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCreated or P.HistoryEvent.EventTypeOneofCase.EventSent
            or P.HistoryEvent.EventTypeOneofCase.EntityOperationCalled or P.HistoryEvent.EventTypeOneofCase.EntityOperationSignaled);
        var failedTasks = new HashSet<int>();
        var failedChildren = new HashSet<int>();
        for (var i = lastAction + 1; i < events.Length; i++)
        {
            if (events[i].TaskFailed is { } task)
                failedTasks.Add(task.TaskScheduledId);
            else if (events[i].SubOrchestrationInstanceFailed is { } child)
                failedChildren.Add(child.TaskScheduledId);
        }

        _history!.Clear();
        var children = new List<string>();
        foreach (var e in events)
        {
            if (e.ExecutionCompleted is not null
                || (e.TaskScheduled is not null && failedTasks.Contains(e.EventId))
                || (e.TaskFailed is { } failed && failedTasks.Contains(failed.TaskScheduledId))
                || (e.SubOrchestrationInstanceFailed is { } failedChild && failedChildren.Contains(failedChild.TaskScheduledId)))
            {
                continue;
            }

            if (e.SubOrchestrationInstanceCreated is { } created && failedChildren.Contains(e.EventId))
                children.Add(created.InstanceId);
            _history.Add(e);
        }

        var open = OpenWork.Of(_history.Memory);
        _openActivities.Clear();
        _openActivities.AddRange(open.Activities.Keys);
        _processed = _history.Length;
        _begun = true;
        _begins = false;
        return children;
    }
}
