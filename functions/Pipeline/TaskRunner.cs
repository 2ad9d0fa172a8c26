using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Pipeline;

/// <summary>Starts a task in the store, runs its handler, and ends it in the store: three round trips on the happy path.</summary>
public sealed class TaskRunner(
    ITaskStore store,
    TaskTypes types,
    TaskWaker waker,
    Heartbeat heartbeat,
    WorkerIdentity worker,
    IServiceProvider services,
    IHostApplicationLifetime lifetime,
    IOptions<TasklaneOptions> options,
    HostTimeout host,
    TimeProvider time,
    ILogger<TaskRunner> logger)
{
    // A stopping process takes nothing up: what it has just given back would come round to it until it is gone.
    private static readonly TimeSpan _elsewhere = TimeSpan.FromSeconds(1);

    // Where the clock by which timers fire runs ahead of the store's, a task is asked for before its time; this is how often at most.
    private static readonly TimeSpan _soonest = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs one attempt or slice of <paramref name="work"/>. Throws only where the store cannot be reached.</summary>
    public async Task<Verdict> RunAsync(TaskWork work, DurableTaskClient client)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return Verdict.Later(time.GetUtcNow() + _elsewhere);

        var started = await store.StartAsync(work.Id, work.Run, worker.Name, CancellationToken.None);
        await waker.WakeAsync(client, started.Wakes);
        switch (started.Kind)
        {
            case StartKind.Later:
                var soonest = time.GetUtcNow() + _soonest;
                return Verdict.Later(started.Until > soonest ? started.Until.Value : soonest);
            case StartKind.Waiting:
                return Verdict.Waiting;
            case StartKind.Gone:
                return Verdict.Ended;
        }

        var task = started.Task!;
        await using var run = new TaskRun(task, started.Checkpoint, store, options.Value, host.LongestSlice(options.Value), time,
            () => _ = waker.RingAsync(client), lifetime.ApplicationStopping);
        using (heartbeat.Keep(run))
        {
            using var span = TaskTelemetry.Run(task);
            var begin = time.GetTimestamp();
            var end = await AttemptAsync(task, run);
            var verdict = await EndAsync(task, run, end, client);
            TaskTelemetry.Ended(span, task, OutcomeOf(end, task), end.Error, time.GetElapsedTime(begin));
            return verdict;
        }
    }

    private static string OutcomeOf(AttemptEnd end, TaskRecord task) => end.Kind switch
    {
        AttemptEndKind.Continue => "continued",
        AttemptEndKind.AwaitChildren => "blocked",
        AttemptEndKind.Completed => "completed",
        AttemptEndKind.Cancelled => "cancelled",
        AttemptEndKind.Released => "released",
        AttemptEndKind.Lost => "lost",
        _ => end.Retry && task.RetryCount < task.MaxRetries ? "retried" : "failed",
    };

    /// <summary>Runs the handler to its end, or to the end of its grace once it has been told to stop.</summary>
    private async Task<AttemptEnd> AttemptAsync(TaskRecord task, TaskRun run)
    {
        if (!types.TryGet(task.Type, out var type))
        {
            return AttemptEnd.Failed(new TaskError(TaskErrors.UnknownType,
                $"No handler is registered for type '{task.Type}'."), retry: false);
        }

        var handler = InvokeAsync(type, task, run);
        if (!handler.IsCompleted)
        {
            await Task.WhenAny(handler, run.StopAsked);
            if (!handler.IsCompleted)
                await Task.WhenAny(handler, Task.Delay(TimeSpan.FromSeconds(options.Value.GraceSeconds), time));
            if (!handler.IsCompleted)
            {
                logger.LogWarning("Task {TaskId} ({Type}) did not stop within {Grace} s and is abandoned.", task.Id, task.Type, options.Value.GraceSeconds);
                run.Abandon();
                return AttemptEnd.Stopped(run.StopReason, run.HasGotOn);
            }
        }

        return await handler;
    }

    private async Task<AttemptEnd> InvokeAsync(TaskTypeInfo type, TaskRecord task, TaskRun run)
    {
        try
        {
            // A handler that blocks must not block the dispatcher.
            await Task.Yield();
            return AttemptEnd.From(await type.RunAsync(services, task.Payload, run));
        }
        catch (Exception) when (run.StopReason != StopReason.None)
        {
            return AttemptEnd.Stopped(run.StopReason, run.HasGotOn);
        }
        catch (TaskFailedException failure)
        {
            return AttemptEnd.Failed(failure);
        }
        catch (Exception unexpected)
        {
            logger.LogWarning(unexpected, "Task {TaskId} ({Type}) failed in attempt {Attempt}.", task.Id, task.Type, task.Attempt);
            return AttemptEnd.Failed(new TaskError(TaskErrors.HandlerFailed, unexpected.Message), retry: true);
        }
    }

    /// <summary>
    /// Writes the attempt's end, trying again while the store is away: the work is done and must not be lost with it. An end that is refused
    /// comes too late, or a second time because the answer to the first got lost: then the store is asked what comes next.
    /// </summary>
    private async Task<Verdict> EndAsync(TaskRecord task, TaskRun run, AttemptEnd end, DurableTaskClient client)
    {
        await run.FlushAsync();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await WriteEndAsync(task, run.Held, end, client);
            }
            catch (TaskException late) when (late.Code is TaskErrors.LeaseLost or TaskErrors.NotFound)
            {
                return Verdict.Again;
            }
            catch (TaskException away) when (away.IsOutage && attempt < 30)
            {
                await Task.Delay(TimeSpan.FromSeconds(Math.Min(2, 0.05 * Math.Pow(2, attempt))), time);
            }
        }
    }

    private async Task<Verdict> WriteEndAsync(TaskRecord task, Held held, AttemptEnd end, DurableTaskClient client)
    {
        Ended ended;
        var next = Verdict.Again;
        switch (end.Kind)
        {
            case AttemptEndKind.Lost:
                return next;

            case AttemptEndKind.Continue:
                await store.ContinueAsync(held, null, CancellationToken.None);
                return next;

            case AttemptEndKind.AwaitChildren:
                ended = await store.AwaitChildrenAsync(held, end.Awaited!.Total, end.Awaited.ToFailure, CancellationToken.None);
                break;

            case AttemptEndKind.Completed:
                ended = await store.CompleteAsync(held, end.Result!, CancellationToken.None);
                break;

            case AttemptEndKind.Cancelled:
                ended = await store.StopAsync(held, CancellationToken.None);
                break;

            case AttemptEndKind.Released:
                ended = await store.ReleaseAsync(held, CancellationToken.None);
                break;

            case AttemptEndKind.Failed when end.Retry && task.RetryCount < task.MaxRetries:
                var runAt = time.GetUtcNow() + task.Backoff.DelayFor(task.Id, task.RetryCount);
                ended = await store.BackOffAsync(held, end.Error!, runAt, CancellationToken.None);
                next = Verdict.Later(runAt);
                break;

            default:
                ended = await store.FailAsync(held, end.Error!, CancellationToken.None);
                break;
        }
        await waker.WakeAsync(client, ended.Wakes);
        return ended.Status.IsTerminal() ? Verdict.Ended : next;
    }
}
