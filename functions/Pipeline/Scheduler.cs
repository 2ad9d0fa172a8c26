using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Tasklane.Tasks;
using Tasklane.Tasks.Schedules;

namespace Tasklane.Pipeline;

/// <summary>
/// Makes the tasks of schedules, for ever: goes through what is due, then sleeps until the next is, or until one is made or changed. The one of
/// a hub is begun with its first schedule. Each generation looks before it waits, so that a wake which comes in between is
/// never lost.
/// </summary>
public static class Scheduler
{
    /// <summary>Passes before the history is dropped although more is due.</summary>
    private const int PassesPerGeneration = 20;

    /// <summary>Where the clock by which timers fire runs ahead of the store's, it looks before anything is due; this is how often at most.</summary>
    private static readonly TimeSpan _soonest = TimeSpan.FromMilliseconds(50);

    /// <summary>Durable timers reach no further on some providers; it looks again then.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromDays(1);

    private static readonly TaskOptions _untilItSucceeds = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: int.MaxValue, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromSeconds(15)));

    [Function(Instances.Scheduler)]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var hub = Instances.HubOfScheduler(context.InstanceId);
        for (var pass = 0; pass < PassesPerGeneration; pass++)
        {
            var next = await context.CallActivityAsync<DateTimeOffset?>(nameof(FireSchedules), hub, _untilItSucceeds);
            if (next == ScheduleFirer.AtOnce)
                continue;
            var woken = context.WaitForExternalEvent<bool>(Instances.Wake);
            using var over = new CancellationTokenSource();
            var (earliest, latest) = (context.CurrentUtcDateTime + _soonest, context.CurrentUtcDateTime + _longest);
            var due = next?.UtcDateTime ?? latest;
            var timer = context.CreateTimer(due < earliest ? earliest : due > latest ? latest : due, over.Token);
            await Task.WhenAny(woken, timer);
#pragma warning disable CA1849 // Not CancelAsync: it goes on on another thread, and the orchestration never.
            over.Cancel();
#pragma warning restore CA1849
            break;
        }

        context.ContinueAsNew(null, preserveUnprocessedEvents: true);
    }
}

/// <summary>One pass over the schedules that are due.</summary>
public sealed class FireSchedules(ScheduleFirer firer, TasklaneOptions options)
{
    /// <summary>Answers as <see cref="ScheduleFirer.FireAsync"/> does.</summary>
    [Function(nameof(FireSchedules))]
    public Task<DateTimeOffset?> Run([ActivityTrigger] string hub, [DurableClient] DurableTaskClient client, CancellationToken cancellation)
    {
        options.MustBeOurs(hub);
        return firer.FireAsync(client, cancellation);
    }
}
