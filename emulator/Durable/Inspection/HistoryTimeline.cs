using Tasklane.Emulator.Inspector;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Inspection;

/// <summary>A history as a line of time: what was asked for and its answer are one thing with a beginning and an end.</summary>
internal sealed class HistoryTimeline
{
    private readonly List<InspectorMoment> _moments = [];
    private readonly Dictionary<int, int> _open = [];

    // The page asks for it every two seconds while somebody looks.
    private const int Most = 500;

    private HistoryTimeline()
    {
    }

    public static IReadOnlyList<InspectorMoment> Of(IEnumerable<P.HistoryEvent> history)
    {
        var timeline = new HistoryTimeline();
        foreach (var item in history)
            timeline.Add(item);
        return Latest(timeline._moments);
    }

    private static List<InspectorMoment> Latest(List<InspectorMoment> all)
    {
        if (all.Count <= Most)
            return all;
        var left = all.Count - Most;
        return [new InspectorMoment(all[0].At, null, $"{left} more", "Only what happened last is shown."), .. all[left..]];
    }

    private void Add(P.HistoryEvent item)
    {
        var at = item.Timestamp.ToDateTimeOffset();
        switch (item.EventTypeCase)
        {
            case P.HistoryEvent.EventTypeOneofCase.ExecutionStarted:
                Show(at, "Started", item.ExecutionStarted.Input);
                break;
            case P.HistoryEvent.EventTypeOneofCase.TaskScheduled:
                Open(item.EventId, at, item.TaskScheduled.Name, item.TaskScheduled.Input);
                break;
            case P.HistoryEvent.EventTypeOneofCase.TaskCompleted:
                Close(item.TaskCompleted.TaskScheduledId, at, item.TaskCompleted.Result, InspectorTone.Good);
                break;
            case P.HistoryEvent.EventTypeOneofCase.TaskFailed:
                Close(item.TaskFailed.TaskScheduledId, at, Reason(item.TaskFailed.FailureDetails), InspectorTone.Bad);
                break;
            case P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCreated:
                var child = item.SubOrchestrationInstanceCreated;
                Open(item.EventId, at, $"{child.Name} ({child.InstanceId})", child.Input, InstanceSection.Item(child.InstanceId));
                break;
            case P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCompleted:
                var ended = item.SubOrchestrationInstanceCompleted;
                Close(ended.TaskScheduledId, at, ended.Result, InspectorTone.Good);
                break;
            case P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceFailed:
                var failed = item.SubOrchestrationInstanceFailed;
                Close(failed.TaskScheduledId, at, Reason(failed.FailureDetails), InspectorTone.Bad);
                break;
            case P.HistoryEvent.EventTypeOneofCase.TimerCreated:
                Open(item.EventId, at, "Timer", $"due {item.TimerCreated.FireAt.ToDateTimeOffset():u}");
                break;
            case P.HistoryEvent.EventTypeOneofCase.TimerFired:
                Close(item.TimerFired.TimerId, at, null, InspectorTone.Good);
                break;
            case P.HistoryEvent.EventTypeOneofCase.EventRaised:
                Show(at, $"Event {item.EventRaised.Name}", item.EventRaised.Input);
                break;
            case P.HistoryEvent.EventTypeOneofCase.EventSent:
                Show(at, $"Event {item.EventSent.Name} to {item.EventSent.InstanceId}", item.EventSent.Input);
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityOperationCalled:
                Show(at, $"Call of {item.EntityOperationCalled.TargetInstanceId} {item.EntityOperationCalled.Operation}", item.EntityOperationCalled.Input);
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityOperationSignaled:
                Show(at, $"Signal to {item.EntityOperationSignaled.TargetInstanceId} {item.EntityOperationSignaled.Operation}", item.EntityOperationSignaled.Input);
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityOperationCompleted:
                Show(at, "Answer of an entity", item.EntityOperationCompleted.Output, InspectorTone.Good);
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityOperationFailed:
                Show(at, "Answer of an entity", Reason(item.EntityOperationFailed.FailureDetails), InspectorTone.Bad);
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityLockGranted:
                Show(at, "Lock granted", null, InspectorTone.Good);
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionSuspended:
                Show(at, "Suspended", item.ExecutionSuspended.Input);
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionResumed:
                Show(at, "Resumed", item.ExecutionResumed.Input);
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionTerminated:
                Show(at, "Terminated", item.ExecutionTerminated.Input, InspectorTone.Bad);
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionCompleted:
                var end = item.ExecutionCompleted;
                Show(
                    at, end.OrchestrationStatus.ToString(), end.FailureDetails is null ? end.Result : Reason(end.FailureDetails),
                    InstanceSection.StateOf(end.OrchestrationStatus).Tone);
                break;
        }
    }

    private void Show(DateTimeOffset at, string title, string? text, InspectorTone tone = InspectorTone.Idle) =>
        _moments.Add(new InspectorMoment(at, null, title, text, tone));

    private void Open(int id, DateTimeOffset at, string title, string? text, InspectorItem? item = null)
    {
        _open[id] = _moments.Count;
        _moments.Add(new InspectorMoment(at, null, title, text, InspectorTone.Busy, item));
    }

    private void Close(int id, DateTimeOffset at, string? text, InspectorTone tone)
    {
        if (_open.Remove(id, out var index))
            _moments[index] = _moments[index] with { Until = at, Text = text ?? _moments[index].Text, Tone = tone };
    }

    private static string? Reason(P.TaskFailureDetails? failure) => failure is null ? null : $"{failure.ErrorType}: {failure.ErrorMessage}";
}
