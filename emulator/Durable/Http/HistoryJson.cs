using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>
/// A history as the real extension shows it: what was asked for is left out once its result is there, and the result
/// says what it is of and since when.
/// </summary>
internal sealed class HistoryJson
{
    private readonly List<Dictionary<string, object?>> _shown = [];
    private readonly Dictionary<int, Dictionary<string, object?>> _open = [];
    private readonly bool _withResults;
    private DateTime _now;

    private HistoryJson(bool withResults) => _withResults = withResults;

    /// <param name="withResults">Whether outputs of tasks and of the orchestrator are shown.</param>
    public static IReadOnlyList<object> Write(IEnumerable<P.HistoryEvent> history, bool withResults)
    {
        var json = new HistoryJson(withResults);
        foreach (var item in history)
            json.Add(item);
        return json._shown;
    }

    private void Add(P.HistoryEvent item)
    {
        _now = item.Timestamp.ToDateTime();
        switch (item.EventTypeCase)
        {
            case P.HistoryEvent.EventTypeOneofCase.ExecutionStarted:
                Show("ExecutionStarted", ("FunctionName", item.ExecutionStarted.Name));
                break;
            case P.HistoryEvent.EventTypeOneofCase.TaskScheduled:
                _open[item.EventId] = Show("TaskScheduled", ("Name", item.TaskScheduled.Name));
                break;
            case P.HistoryEvent.EventTypeOneofCase.TaskCompleted:
                ShowEnd("TaskCompleted", item.TaskCompleted.TaskScheduledId, ("Result", Result(item.TaskCompleted.Result)));
                break;
            case P.HistoryEvent.EventTypeOneofCase.TaskFailed:
                ShowFailure("TaskFailed", item.TaskFailed.TaskScheduledId, item.TaskFailed.FailureDetails);
                break;
            case P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCreated:
                var child = item.SubOrchestrationInstanceCreated;
                _open[item.EventId] = Show("SubOrchestrationInstanceCreated", ("InstanceId", child.InstanceId), ("Name", child.Name));
                break;
            case P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCompleted:
                var ended = item.SubOrchestrationInstanceCompleted;
                ShowEnd("SubOrchestrationInstanceCompleted", ended.TaskScheduledId, ("Result", Result(ended.Result)));
                break;
            case P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceFailed:
                var failed = item.SubOrchestrationInstanceFailed;
                ShowFailure("SubOrchestrationInstanceFailed", failed.TaskScheduledId, failed.FailureDetails);
                break;
            case P.HistoryEvent.EventTypeOneofCase.TimerCreated:
                Show("TimerCreated", ("FireAt", item.TimerCreated.FireAt.ToDateTime()));
                break;
            case P.HistoryEvent.EventTypeOneofCase.TimerFired:
                Show("TimerFired");
                break;
            case P.HistoryEvent.EventTypeOneofCase.EventRaised:
                Show("EventRaised", ("Name", item.EventRaised.Name));
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityOperationCompleted or P.HistoryEvent.EventTypeOneofCase.EntityOperationFailed
                or P.HistoryEvent.EventTypeOneofCase.EntityLockGranted:
                Show("EventRaised");
                break;
            case P.HistoryEvent.EventTypeOneofCase.EventSent:
                Show("EventSent", ("InstanceId", item.EventSent.InstanceId), ("Name", item.EventSent.Name));
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityOperationCalled:
                Show("EventSent", ("InstanceId", item.EntityOperationCalled.TargetInstanceId), ("Name", item.EntityOperationCalled.Operation));
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityOperationSignaled:
                Show("EventSent", ("InstanceId", item.EntityOperationSignaled.TargetInstanceId), ("Name", item.EntityOperationSignaled.Operation));
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionSuspended:
                Show("ExecutionSuspended", ("Reason", item.ExecutionSuspended.Input));
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionResumed:
                Show("ExecutionResumed", ("Reason", item.ExecutionResumed.Input));
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionTerminated:
                Show("ExecutionTerminated");
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionCompleted:
                var end = item.ExecutionCompleted;
                Show(
                    "ExecutionCompleted",
                    ("OrchestrationStatus", end.OrchestrationStatus.ToString()),
                    ("Result", _withResults ? end.FailureDetails?.ErrorMessage ?? Result(end.Result) : null));
                break;
        }
    }

    private object? Result(string? serialized) => _withResults ? ManagementJson.Payload(serialized) : null;

    private void ShowFailure(string type, int task, P.TaskFailureDetails? failure) => ShowEnd(
        type, task, ("Reason", failure?.ErrorMessage), ("FailureDetails", failure is null ? null : new { failure.ErrorType, failure.ErrorMessage }));

    private void ShowEnd(string type, int task, params ReadOnlySpan<(string Name, object? Value)> more)
    {
        if (!_open.Remove(task, out var scheduled))
        {
            Show(type, more);
            return;
        }

        _shown.Remove(scheduled);
        var end = Show(type, ("FunctionName", scheduled["Name"]), ("ScheduledTime", scheduled["Timestamp"]));
        Fill(end, more);
    }

    private Dictionary<string, object?> Show(string type, params ReadOnlySpan<(string Name, object? Value)> more)
    {
        var item = new Dictionary<string, object?> { ["EventType"] = type };
        Fill(item, more);
        item["Timestamp"] = _now;
        _shown.Add(item);
        return item;
    }

    private static void Fill(Dictionary<string, object?> item, ReadOnlySpan<(string Name, object? Value)> more)
    {
        foreach (var (name, value) in more)
        {
            if (value is not null)
                item[name] = value;
        }
    }
}
