using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Live;

/// <summary>
/// What the push activity returns. A property, not the method's return value, is the output: so nothing goes back to the
/// orchestration, whose history would otherwise keep every message.
/// </summary>
public sealed record PushedEvents([property: SignalROutput(HubName = Hub.Name)] SignalRMessageAction[] Messages);

/// <summary>
/// The activity that pushes a batch of events by the SignalR output binding: to the user who created the task, and to the
/// admins who watch all. If the binding fails the activity fails, and the whole batch is pushed again.
/// </summary>
public sealed class PushTaskEvents(OutboxBatches batches)
{
    [Function(Instances.PushTaskEvents)]
    public async Task<PushedEvents> Run([ActivityTrigger] string position, CancellationToken cancellation)
    {
        var batch = await batches.GetAsync(position, cancellation);
        var latest = LatestProgress(batch.Events);
        var messages = new List<SignalRMessageAction>(batch.Events.Count * 2);
        foreach (var change in batch.Events)
        {
            // A progress that a later event of the batch has overtaken tells a client nothing.
            if (change.Name == TaskEvents.Progress && latest[change.TaskId] > change.Version)
                continue;
            object[] arguments = [new LiveMessage(change)];
            messages.Add(new SignalRMessageAction(change.Name, arguments) { UserId = change.Owner });
            messages.Add(new SignalRMessageAction(change.Name, arguments) { GroupName = Hub.Watchers });
        }
        return new PushedEvents([.. messages]);
    }

    private static Dictionary<string, long> LatestProgress(IReadOnlyList<TaskEvent> events)
    {
        var latest = new Dictionary<string, long>();
        foreach (var change in events)
        {
            if (change.Name == TaskEvents.Progress)
                latest[change.TaskId] = change.Version;
        }
        return latest;
    }
}
