using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Tasklane.Tasks;

namespace Tasklane.Pipeline;

/// <summary>
/// Carries one run of one task to its end. It decides nothing and knows nothing of the task: it asks the store what comes next, by an
/// activity that also does it (<see cref="RunTask"/>), and waits as it is told: until a time, or to be woken. To be woken is to ask again.
/// <para>
/// So it may ask too often, but never too seldom. Whatever it has asked stays open until it is answered, and every answer counts,
/// however late: one whose worker seemed dead may be the one that runs the task after all.
/// </para>
/// </summary>
public static class TaskOrchestrator
{
    /// <summary>Turns over before the history is dropped; a sliced task of hours would grow it without end.</summary>
    private const int StepsPerGeneration = 100;

    /// <summary>While another answer is still to come, this is how soon it asks again at the earliest.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

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
        var wake = context.WaitForExternalEvent<bool>(Instances.Wake);
        var asked = new List<Task<Verdict>>();
        using var alarm = new Alarm(context);
        if (work.NotBefore is { } start)
            alarm.Set(start);
        else
            Ask();

        // What was asked before a new generation would be answered to nobody.
        for (var step = 0; step < StepsPerGeneration || asked.Count > 0; step++)
        {
            var next = await Task.WhenAny([.. asked, wake, .. alarm.Ring]);
            if (next is not Task<Verdict> answer)
            {
                // One wait at a time, and a new one only for the next event: of several the newest takes it.
                if (next == wake)
                    wake = context.WaitForExternalEvent<bool>(Instances.Wake);
                Ask();
                continue;
            }

            asked.Remove(answer);
            var verdict = await answer;
            switch (verdict.Kind)
            {
                case VerdictKind.Ended:
                    return;
                case VerdictKind.Again:
                    Ask();
                    break;
                case VerdictKind.Waiting:
                    break;
                case VerdictKind.Later or VerdictKind.FormerBackoff:
                    var at = verdict.At!.Value;
                    var soonest = context.CurrentUtcDateTime + _patience;
                    alarm.Set(asked.Count > 0 && at < soonest ? soonest : at);
                    break;
                default:
                    throw new InvalidOperationException($"Unknown verdict {verdict.Kind}.");
            }
        }

        context.ContinueAsNew(work with { NotBefore = wake.IsCompleted ? null : alarm.At });

        void Ask()
        {
            alarm.Stop();
            asked.Add(context.CallActivityAsync<Verdict>(nameof(RunTask), work, _untilItSucceeds));
        }
    }

    /// <summary>A durable timer that can be set anew.</summary>
    private sealed class Alarm(TaskOrchestrationContext context) : IDisposable
    {
        private CancellationTokenSource? _stop;

        /// <summary>What ends when the time has come; empty while none is set.</summary>
        public Task[] Ring { get; private set; } = [];

        /// <summary>The time it is set to; null while none is.</summary>
        public DateTimeOffset? At { get; private set; }

        public void Set(DateTimeOffset at)
        {
            Stop();
            _stop = new CancellationTokenSource();
            (At, Ring) = (at, [context.CreateTimer(at.UtcDateTime, _stop.Token)]);
        }

        /// <summary>A timer left open would keep the instance running until it fires.</summary>
        public void Stop()
        {
            // Not CancelAsync: it goes on on another thread, and the orchestration never.
            _stop?.Cancel();
            _stop?.Dispose();
            (_stop, At, Ring) = (null, null, []);
        }

        public void Dispose() => Stop();
    }
}
