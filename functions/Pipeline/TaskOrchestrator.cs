using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>
/// Carries one run of one task from its grant to its end: one activity per attempt (or slice), durable timers between them.
/// It decides nothing about the task's state, the store does; so whatever arrives late or twice is settled there.
/// </summary>
public static class TaskOrchestrator
{
    /// <summary>Turns over before the history is dropped; a sliced task of hours would grow it without end.</summary>
    private const int StepsPerGeneration = 100;

    // An activity fails only where the infrastructure does (store or host away): the task's own failures are verdicts. So it
    // is tried until it succeeds.
    private static readonly TaskOptions _untilItSucceeds = TaskOptions.FromRetryPolicy(new RetryPolicy(
        maxNumberOfAttempts: int.MaxValue, firstRetryInterval: TimeSpan.FromSeconds(1), backoffCoefficient: 2,
        maxRetryInterval: TimeSpan.FromSeconds(30)));

    [Function(Instances.TaskOrchestrator)]
    public static async Task Run([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        // An activity would be tried with it for ever; thrown here, it ends the orchestration, and a task that needs one gets another.
        if (context.GetInput<TaskWork>() is not { Run: >= 0 } work || !TaskIds.IsWellFormed(work.Id))
            throw new InvalidOperationException($"The input of orchestration {context.InstanceId} names no task.");
        var signals = new Signals(context);

        for (var step = 0; step < StepsPerGeneration; step++)
        {
            if (work.NotBefore is { } due)
            {
                if (!await signals.SleepUntil(due) || !await Admit(context, signals, work))
                    return;
                work = work with { NotBefore = null };
            }

            var verdict = await RunAttempt(context, signals, work);
            switch (verdict.Kind)
            {
                case VerdictKind.Ended:
                    return;
                case VerdictKind.Continue:
                    break;
                case VerdictKind.Waiting:
                    if (!await signals.Granted())
                        return;
                    break;
                case VerdictKind.Busy:
                    await signals.SleepUntil(verdict.At!.Value, evenWhenCancelled: true);
                    break;
                case VerdictKind.Retry:
                    work = work with { RetryCount = verdict.RetryCount, NotBefore = verdict.At };
                    break;
                default:
                    throw new InvalidOperationException($"Unknown verdict {verdict.Kind}.");
            }
        }

        context.ContinueAsNew(work);
    }

    /// <summary>Gets the slot, waiting in the lane if need be; false when the task has moved on.</summary>
    private static async Task<bool> Admit(TaskOrchestrationContext context, Signals signals, TaskWork work)
    {
        var admission = await context.CallActivityAsync<Admission>(nameof(AdmitTask), work, _untilItSucceeds);
        return admission switch
        {
            Admission.Granted => true,
            Admission.Waiting => await signals.Granted(),
            _ => false,
        };
    }

    /// <summary>
    /// Runs the activity. Told that its worker is dead, it runs another beside it: the host may take minutes to redeliver the
    /// first, and should that one be alive after all, the store lets only one of them start.
    /// </summary>
    private static async Task<Verdict> RunAttempt(TaskOrchestrationContext context, Signals signals, TaskWork work)
    {
        var first = context.CallActivityAsync<Verdict>(nameof(RunTask), work, _untilItSucceeds);
        if (await Task.WhenAny(first, signals.Lost) == first)
            return await first;

        signals.ForgetLost();
        var second = context.CallActivityAsync<Verdict>(nameof(RunTask), work, _untilItSucceeds);
        var done = await Task.WhenAny(first, second);
        var verdict = await done;
        // "Moved on" may only mean that the other one is at it, or has just ended it with a verdict of its own.
        return verdict.Kind == VerdictKind.Ended && verdict.Gone && !(done == first ? second : first).IsCompleted
            ? await (done == first ? second : first)
            : verdict;
    }
}
