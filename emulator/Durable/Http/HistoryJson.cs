using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Http;

/// <summary>
/// A history as the real extension shows it: what was asked for is left out once its result is there, and the result
/// says what it is of and since when.
/// </summary>
internal sealed class HistoryJson
{
    private readonly List<Dictionary<string, object?>> shown = [];
    private readonly Dictionary<int, Dictionary<string, object?>> open = [];
    private readonly bool withResults;
    private DateTime now;

    private HistoryJson(bool withResults) => this.withResults = withResults;

    /// <param name="withResults">Whether outputs of tasks and of the orchestrator are shown.</param>
    public static IReadOnlyList<object> Write(IEnumerable<Event> history, bool withResults)
    {
        var json = new HistoryJson(withResults);
        foreach (var item in history)
            json.Add(item);
        return json.shown;
    }

    private void Add(Event item)
    {
        switch (item.Kind)
        {
            case EventKind.Started:
                now = Utc(item.Time);
                Show("ExecutionStarted", ("FunctionName", item.Name));
                break;
            case EventKind.TurnStarted:
                now = Utc(item.Time);
                break;
            case EventKind.TaskScheduled:
                open[item.Id] = Show("TaskScheduled", ("Name", item.Name));
                break;
            case EventKind.TaskCompleted:
                ShowEnd("TaskCompleted", item, ("Result", Result(item)));
                break;
            case EventKind.TaskFailed:
                ShowFailure("TaskFailed", item);
                break;
            case EventKind.ChildScheduled:
                open[item.Id] = Show("SubOrchestrationInstanceCreated", ("InstanceId", item.Target), ("Name", item.Name));
                break;
            case EventKind.ChildCompleted:
                ShowEnd("SubOrchestrationInstanceCompleted", item, ("Result", Result(item)));
                break;
            case EventKind.ChildFailed:
                ShowFailure("SubOrchestrationInstanceFailed", item);
                break;
            case EventKind.TimerCreated:
                Show("TimerCreated", ("FireAt", Utc(item.Time)));
                break;
            case EventKind.TimerFired:
                Show("TimerFired");
                break;
            case EventKind.EventRaised or EventKind.EntityAnswered or EventKind.EntityFailed or EventKind.LockGranted:
                Show("EventRaised", ("Name", item.Name));
                break;
            case EventKind.EventSent or EventKind.EntityCalled or EventKind.EntitySignaled
                or EventKind.LockRequested or EventKind.LockReleased:
                Show("EventSent", ("InstanceId", item.Target), ("Name", item.Name));
                break;
            case EventKind.Suspended:
                Show("ExecutionSuspended", ("Reason", item.Text));
                break;
            case EventKind.Resumed:
                Show("ExecutionResumed", ("Reason", item.Text));
                break;
            case EventKind.Terminated:
                Show("ExecutionTerminated");
                break;
            case EventKind.Completed:
                ShowCompleted(OrchestrationRuntimeStatus.Completed, Result(item));
                break;
            case EventKind.Failed:
                ShowCompleted(OrchestrationRuntimeStatus.Failed, withResults ? item.Failure?.ErrorMessage : null);
                break;
            case EventKind.ContinuedAsNew:
#pragma warning disable CS0618 // Obsolete as a status of instances; in histories it still says how a generation ended.
                ShowCompleted(OrchestrationRuntimeStatus.ContinuedAsNew, Result(item));
#pragma warning restore CS0618
                break;
        }
    }

    private static DateTime Utc(long ticks) => new(ticks, DateTimeKind.Utc);

    private object? Result(Event item) => withResults ? ManagementJson.Payload(item.Text) : null;

    private void ShowCompleted(OrchestrationRuntimeStatus status, object? result) =>
        Show("ExecutionCompleted", ("OrchestrationStatus", status.ToString()), ("Result", result));

    private void ShowFailure(string type, Event item) =>
        ShowEnd(type, item, ("Reason", item.Failure?.ErrorMessage), ("FailureDetails", item.Failure));

    private void ShowEnd(string type, Event item, params ReadOnlySpan<(string Name, object? Value)> more)
    {
        if (!open.Remove(item.Id, out var scheduled))
        {
            Show(type, more);
            return;
        }

        shown.Remove(scheduled);
        var end = Show(type, ("FunctionName", scheduled["Name"]), ("ScheduledTime", scheduled["Timestamp"]));
        Fill(end, more);
    }

    private Dictionary<string, object?> Show(string type, params ReadOnlySpan<(string Name, object? Value)> more)
    {
        var item = new Dictionary<string, object?> { ["EventType"] = type };
        Fill(item, more);
        item["Timestamp"] = now;
        shown.Add(item);
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
