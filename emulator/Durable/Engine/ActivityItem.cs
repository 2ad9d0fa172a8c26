using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Engine;

/// <summary>
/// One activity to run. It is in memory only: the stored fact is the scheduled task in the history, and an instance in the work
/// table whose task has no end is dispatched again by the next process.
/// </summary>
internal sealed class ActivityItem(DurableEngine engine, string instanceId, long epoch, int taskId, string name, string? input)
    : IThreadPoolWorkItem, IEffect
{
    /// <summary>Starts it, now that it is stored.</summary>
    public void Run() => engine.Activities.Enqueue(this);

    public void Refuse(Exception error)
    {
        // Never stored, so never run.
    }

    public void Execute() => _ = RunAsync();

    private async Task RunAsync()
    {
        Event result;
        try
        {
            if (engine.Registry.TryGetActivity(name, out var body))
            {
                var output = await body(new ActivityInvocation(instanceId, name, taskId, input, engine.Stopping));
                result = new Event(EventKind.TaskCompleted) { Id = taskId, Epoch = epoch, Text = output };
            }
            else
            {
                result = Failed(Failures.ActivityNotFound(name));
            }
        }
        catch (OperationCanceledException) when (engine.Stopping.IsCancellationRequested)
        {
            // Broken off by the stop, not failed: the next start runs it again.
            engine.Activities.Release();
            return;
        }
        catch (Exception error)
        {
            result = Failed(Failures.Of(error));
        }

        engine.Activities.Release();
        engine.Send(instanceId, result);
    }

    private Event Failed(Microsoft.DurableTask.TaskFailureDetails failure) =>
        new(EventKind.TaskFailed) { Id = taskId, Epoch = epoch, Failure = failure };
}
