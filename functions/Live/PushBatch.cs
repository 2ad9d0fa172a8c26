using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks;

namespace Tasklane.Live;

/// <summary>
/// The messages for a batch of events. Each costs a call of the service, so each receiver's progress goes into one message, an
/// argument per task; the other events have a message each, in their order.
/// </summary>
internal sealed class PushBatch
{
    private readonly List<SignalRMessageAction> _messages = [];

    /// <summary>Progress not sent yet, by receiver; <see cref="Watching"/> for those who watch all.</summary>
    private readonly Dictionary<string, List<(string TaskId, LiveMessage Message)>> _progress = new(StringComparer.Ordinal);

    /// <summary>No user's id: those have at least a character.</summary>
    private const string Watching = "";

    private PushBatch()
    {
    }

    public static IReadOnlyList<SignalRMessageAction> Of(IReadOnlyList<TaskEvent> events, bool isWatched)
    {
        var batch = new PushBatch();
        var latest = LatestProgress(events);
        foreach (var change in events)
        {
            // A progress that a later one of the batch has overtaken tells a client nothing.
            if (change.Name == TaskEvents.Progress && latest[change.TaskId] > change.Version)
                continue;
            var message = new LiveMessage(change);
            batch.Add(change.Owner, change, message);
            if (isWatched)
                batch.Add(Watching, change, message);
        }
        foreach (var receiver in batch._progress.Keys)
            batch.Flush(receiver);
        return batch._messages;
    }

    private void Add(string receiver, TaskEvent change, LiveMessage message)
    {
        var hasProgress = _progress.TryGetValue(receiver, out var waiting);
        if (change.Name == TaskEvents.Progress)
        {
            if (!hasProgress)
                _progress[receiver] = waiting = [];
            waiting!.Add((change.TaskId, message));
            return;
        }
        // A task's own events stay in their order.
        if (hasProgress && waiting!.Any(one => one.TaskId == change.TaskId))
            Flush(receiver);
        Send(receiver, change.Name, [message]);
    }

    private void Flush(string receiver)
    {
        var waiting = _progress[receiver];
        if (waiting.Count > 0)
            Send(receiver, TaskEvents.Progress, [.. waiting.Select(one => (object)one.Message)]);
        waiting.Clear();
    }

    private void Send(string receiver, string name, object[] arguments) => _messages.Add(receiver == Watching
        ? new SignalRMessageAction(name, arguments) { GroupName = Hub.Watchers }
        : new SignalRMessageAction(name, arguments) { UserId = receiver });

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
