using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>
/// One activity to run. It is in memory only: the stored fact is the scheduled task in the history, and an instance in the work
/// table whose task has no end is dispatched again by the next process.
/// </summary>
internal sealed class ActivityItem(DurableEngine engine, string instanceId, ExecutionKey execution, int taskId, P.TaskScheduledEvent task)
    : IThreadPoolWorkItem, IEffect
{
    private static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(200);

    /// <summary>Starts it, now that it is stored.</summary>
    public void Run() => engine.Activities.Enqueue(this);

    public void Refuse(Exception error)
    {
        // Never stored, so never run.
    }

    public void Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        var result = Happenings.New(0);
        var withoutSlot = engine.Executor.LimitsItself(DurableKind.Activity, task.Name);
        if (withoutSlot)
            engine.Activities.GiveUpSlot();
        try
        {
            if (engine.Executor.Has(DurableKind.Activity, task.Name))
            {
                var answer = await engine.Executor.RunActivityAsync(Request(), engine.Stopping);
                if (answer.FailureDetails is { } failure)
                    result.TaskFailed = new P.TaskFailedEvent { TaskScheduledId = taskId, FailureDetails = failure };
                else
                    result.TaskCompleted = new P.TaskCompletedEvent { TaskScheduledId = taskId, Result = answer.Result };
            }
            else
            {
                result.TaskFailed = new P.TaskFailedEvent
                {
                    TaskScheduledId = taskId,
                    FailureDetails = Happenings.NotFound(DurableKind.Activity, task.Name),
                };
            }
        }
        catch (Exception error) when (error is WorkAbandonedException or OperationCanceledException)
        {
            Release(withoutSlot);

            // Broken off, not failed: by a stop, and the next start runs it again; or by a worker that went, and the next one does.
            if (!engine.Stopping.IsCancellationRequested)
                _ = RunLaterAsync();
            return;
        }
        catch (Exception error)
        {
            result.TaskFailed = new P.TaskFailedEvent { TaskScheduledId = taskId, FailureDetails = Happenings.Of(error) };
        }

        // Handed over before the slot goes back: a stop waits for slots, and must not pass between the two.
        result.Timestamp = Happenings.Time(engine.Now());
        engine.Send(instanceId, new Message(MessageKind.Happened) { Event = result, Execution = execution });
        Release(withoutSlot);
    }

    private void Release(bool withoutSlot)
    {
        if (withoutSlot)
            engine.Activities.EndWithoutSlot();
        else
            engine.Activities.Release();
    }

    private async Task RunLaterAsync()
    {
        await Task.Delay(_retryAfter, TimeProvider.System, engine.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!engine.Stopping.IsCancellationRequested)
            engine.Activities.Enqueue(this);
    }

    private P.ActivityRequest Request()
    {
        var request = new P.ActivityRequest
        {
            Name = task.Name,
            Version = task.Version,
            Input = task.Input,
            TaskId = taskId,
            OrchestrationInstance = new P.OrchestrationInstance { InstanceId = instanceId, ExecutionId = execution.ToString() },
            ParentTraceContext = task.ParentTraceContext,
        };
        if (task.Tags.Count > 0)
            request.Tags.Add(task.Tags);
        return request;
    }
}
