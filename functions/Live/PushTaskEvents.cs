using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Live;

/// <summary>
/// The activity that pushes a batch of events by the SignalR output binding: to the users who created the tasks, and to the
/// admins who watch all, if there are any. If the binding fails the activity fails, and the whole batch is pushed again.
/// </summary>
public sealed class PushTaskEvents(OutboxBatches batches, Watchers watchers, TasklaneOptions options)
{
    [Function(Instances.PushTaskEvents)]
    public async Task<Push> Run([ActivityTrigger] OutboxWork work, CancellationToken cancellation)
    {
        if (work.Hub.Length == 0)
            return new Push();
        options.MustBeOurs(work.Hub);
        var batch = await batches.GetAsync(work.Position!, cancellation);
        // Asked after the batch was read: who joins later fetches what is in it.
        var isWatched = batch.Events.Count > 0 && await watchers.AnyAsync(cancellation);
        return new Push { Messages = PushBatch.Of(batch.Events, isWatched) };
    }
}

/// <summary>
/// The messages of one push. A property, not the return value: that would also be the activity's result, and lie in the pump's history.
/// </summary>
public sealed class Push
{
    [SignalROutput(HubName = Hub.Name)]
    public IReadOnlyList<SignalRMessageAction>? Messages { get; init; }
}
