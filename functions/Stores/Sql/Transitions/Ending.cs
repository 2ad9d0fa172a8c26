using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>The ends of an attempt, by the holder of its token. Refused: lease_lost.</summary>
internal static class Ending
{
    public static Ended Complete(this TaskTransaction transaction, Held held, string result)
    {
        var row = transaction.Holder(held);
        transaction.CountRun(row);
        transaction.Counters.Count(Counters.Completed, transaction.Now);
        row.Error = null;
        row.WriteBody(result, null);
        row.CompletedAt = transaction.TimeFor(row);
        transaction.Finish(row, TaskState.Completed);
        transaction.Change(row, TaskEvents.Completed, TaskEventData.Completed(transaction.TimeFor(row), result));
        return transaction.Ended(row);
    }

    public static Ended Fail(this TaskTransaction transaction, Held held, TaskError error)
    {
        var row = transaction.Holder(held);
        transaction.CountRun(row);
        transaction.EndFailed(row, error);
        return transaction.Ended(row);
    }

    public static Ended BackOff(this TaskTransaction transaction, Held held, TaskError error, DateTimeOffset runAt)
    {
        var row = transaction.Holder(held);
        transaction.CountRun(row);
        if (row.CancelRequested)
        {
            transaction.EndCancelled(row);
            return transaction.Ended(row);
        }
        transaction.Counters.Count(Counters.Retried, transaction.Now);
        row.Error = error;
        row.RetryCount++;
        var due = DateTimeOffset.FromUnixTimeMilliseconds(runAt.ToUnixTimeMilliseconds());
        row.RunAt = due;
        transaction.Put(row, due);
        transaction.Change(row, TaskEvents.Retrying, TaskEventData.Retrying(row.RetryCount, error, due));
        return transaction.Ended(row);
    }

    public static Ended Stop(this TaskTransaction transaction, Held held)
    {
        var row = transaction.Holder(held);
        transaction.EndCancelled(row);
        return transaction.Ended(row);
    }

    public static Ended Release(this TaskTransaction transaction, Held held)
    {
        var row = transaction.Holder(held);
        if (row.CancelRequested)
        {
            transaction.EndCancelled(row);
            return transaction.Ended(row);
        }
        transaction.Put(row, transaction.TimeFor(row));
        transaction.Change(row, TaskEvents.Retrying, TaskEventData.Retrying(row.RetryCount, null, null));
        return transaction.Ended(row);
    }

    /// <summary>
    /// Cancel, by request from outside. Refused: task_not_found, task_running (unless it is to be stopped), task_not_cancellable.
    /// </summary>
    public static Cancelled Cancel(this TaskTransaction transaction, string id, string? owner, bool stopRunning)
    {
        var row = transaction.Owned(id, owner);
        if (row.Status == TaskState.Cancelled) return new Cancelled(transaction.Record(row), false, Wakes.None);
        if (row.Status.IsTerminal())
            throw new TaskException(TaskErrors.NotCancellable, $"The task is {row.Status.Name()}; it cannot be cancelled any more.");
        if (row.IsRunning && !stopRunning)
            throw new TaskException(TaskErrors.Running, "The task is running; it can only be asked to stop.");

        if (row.IsRunning && transaction.IsAlive(row))
        {
            row.CancelRequested = true;
            transaction.Touch(row);
            return new Cancelled(transaction.Record(row), true, transaction.Wakes(row));
        }
        transaction.EndCancelled(row);
        transaction.AssignSlots();
        return new Cancelled(transaction.Record(row), false, transaction.Wakes(row));
    }

    /// <summary>→ failed, for good.</summary>
    public static void EndFailed(this TaskTransaction transaction, TaskRow row, TaskError error)
    {
        transaction.Counters.Count(Counters.Failed, transaction.Now);
        row.Error = error;
        row.CompletedAt = transaction.TimeFor(row);
        transaction.Finish(row, TaskState.Failed);
        transaction.Change(row, TaskEvents.Failed, TaskEventData.Failed(transaction.TimeFor(row), error));
    }

    /// <summary>→ cancelled.</summary>
    public static void EndCancelled(this TaskTransaction transaction, TaskRow row)
    {
        transaction.Counters.Count(Counters.Cancelled, transaction.Now);
        row.CancelledAt = transaction.TimeFor(row);
        transaction.Finish(row, TaskState.Cancelled);
        transaction.Change(row, TaskEvents.Cancelled, TaskEventData.Cancelled(transaction.TimeFor(row)));
    }

    public static Ended Ended(this TaskTransaction transaction, TaskRow row)
    {
        transaction.AssignSlots();
        return new Ended(row.Version, row.Status, transaction.Wakes(row));
    }

    /// <summary>Into a terminal state; it waits there for its purge, once those who wait for it have been told.</summary>
    private static void Finish(this TaskTransaction transaction, TaskRow row, TaskState state)
    {
        row.Status = state;
        row.LetGo();
        if (row.Links.HasFlag(LinkFlags.Told)) transaction.Settles();
        transaction.Leave(row, row.Links.HasFlag(LinkFlags.Told) ? TaskQueue.Settling : TaskQueue.Ended, transaction.NowMs);
    }

    /// <summary>Back to pending, aside until its time.</summary>
    private static void Put(this TaskTransaction transaction, TaskRow row, DateTimeOffset due)
    {
        row.Status = TaskState.Pending;
        row.LetGo();
        row.DueAt = due;
        transaction.Leave(row, TaskQueue.Delayed, due.ToUnixTimeMilliseconds());
    }

    private static void LetGo(this TaskRow row) =>
        (row.Worker, row.Epoch, row.LeaseEnded, row.CancelRequested, row.Recoveries) = (null, null, false, false, 0);

    private static void CountRun(this TaskTransaction transaction, TaskRow row) => transaction.Counters.Ran(transaction.Now - row.StartedAt!.Value, transaction.Now);
}
