using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Tasklane.Live;
using Tasklane.Tasks;

namespace Tasklane.Pipeline;

/// <summary>
/// Delivers the outbox, for ever: drains it batch by batch, then sleeps until the transition that finds it asleep rings.
/// Delivery is at least once and in order: a batch is acknowledged by the read after its push, and a push that fails is
/// tried again whole. Each hub has its own pump. One that a former version left behind under a name without a hub is told that there is
/// nothing, and ends.
/// </summary>
public static class EventPump
{
    /// <summary>Batches before the history is dropped although the outbox is not empty yet.</summary>
    private const int BatchesPerGeneration = 50;

    private static readonly TaskOptions _untilItSucceeds = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: int.MaxValue, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromSeconds(15)));

    [Function(Instances.EventPump)]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var pushed = context.GetInput<string?>();
        var hub = Instances.HubOfPump(context.InstanceId);
        for (var batch = 0; batch < BatchesPerGeneration; batch++)
        {
            var next = await context.CallActivityAsync<string?>(nameof(ReadOutbox), new OutboxWork(hub, pushed), _untilItSucceeds);
            pushed = next;
            if (next is null)
            {
                if (hub.Length == 0)
                    return;
                // The outbox is empty and the store knows that the pump sleeps. One wait per generation, opened after the
                // drain: one held open across continue-as-new would swallow a ring.
                await context.WaitForExternalEvent<bool>(Instances.Ring);
                break;
            }

            // What it returns goes out by SignalR; nothing of it comes back here, or into the history.
            await context.CallActivityAsync<Push?>(Instances.PushTaskEvents, new OutboxWork(hub, next), _untilItSucceeds);
        }

        context.ContinueAsNew(pushed, preserveUnprocessedEvents: true);
    }
}
