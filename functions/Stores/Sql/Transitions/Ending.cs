using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>The ends of an attempt, by the holder of its token. Refused: lease_lost.</summary>
internal static class Ending
{
    public static Ended Complete(this Ledger ledger, Held held, string result)
    {
        var row = ledger.Holder(held);
        ledger.CountRun(row);
        ledger.Tally.Count(Tally.Completed, ledger.Now);
        row.Error = null;
        row.WriteBody(result, null);
        row.CompletedAt = ledger.Now;
        ledger.Finish(row, TaskState.Completed);
        ledger.Change(row, TaskEvents.Completed, TaskEventData.Completed(ledger.Now, result));
        return ledger.Ended(row);
    }

    public static Ended Fail(this Ledger ledger, Held held, TaskError error)
    {
        var row = ledger.Holder(held);
        ledger.CountRun(row);
        ledger.EndFailed(row, error);
        return ledger.Ended(row);
    }

    public static Ended BackOff(this Ledger ledger, Held held, TaskError error, DateTimeOffset runAt)
    {
        var row = ledger.Holder(held);
        ledger.CountRun(row);
        if (row.CancelRequested)
        {
            ledger.EndCancelled(row);
            return ledger.Ended(row);
        }
        ledger.Tally.Count(Tally.Retried, ledger.Now);
        row.Error = error;
        row.RetryCount++;
        var due = DateTimeOffset.FromUnixTimeMilliseconds(runAt.ToUnixTimeMilliseconds());
        row.RunAt = due;
        ledger.Put(row, due);
        ledger.Change(row, TaskEvents.Retrying, TaskEventData.Retrying(row.RetryCount, error, due));
        return ledger.Ended(row);
    }

    public static Ended Stop(this Ledger ledger, Held held)
    {
        var row = ledger.Holder(held);
        ledger.EndCancelled(row);
        return ledger.Ended(row);
    }

    public static Ended Release(this Ledger ledger, Held held)
    {
        var row = ledger.Holder(held);
        if (row.CancelRequested)
        {
            ledger.EndCancelled(row);
            return ledger.Ended(row);
        }
        ledger.Put(row, ledger.Now);
        ledger.Change(row, TaskEvents.Retrying, TaskEventData.Retrying(row.RetryCount, null, null));
        return ledger.Ended(row);
    }

    /// <summary>
    /// Cancel, by request from outside. Refused: task_not_found, task_running (unless it is to be stopped), task_not_cancellable.
    /// </summary>
    public static Cancelled Cancel(this Ledger ledger, string id, string? owner, bool stopRunning)
    {
        var row = ledger.Owned(id, owner);
        if (row.Status == TaskState.Cancelled) return new Cancelled(ledger.Record(row), false, Wakes.None);
        if (row.Status.IsTerminal())
            throw new TaskException(TaskErrors.NotCancellable, $"The task is {row.Status.Name()}; it cannot be cancelled any more.");
        if (row.IsRunning && !stopRunning)
            throw new TaskException(TaskErrors.Running, "The task is running; it can only be asked to stop.");

        if (row.IsRunning && ledger.IsAlive(row))
        {
            row.CancelRequested = true;
            ledger.Touch(row);
            return new Cancelled(ledger.Record(row), true, ledger.Wakes(row));
        }
        ledger.EndCancelled(row);
        ledger.GiveAway();
        return new Cancelled(ledger.Record(row), false, ledger.Wakes(row));
    }

    /// <summary>→ failed, for good.</summary>
    public static void EndFailed(this Ledger ledger, TaskRow row, TaskError error)
    {
        ledger.Tally.Count(Tally.Failed, ledger.Now);
        row.Error = error;
        row.CompletedAt = ledger.Now;
        ledger.Finish(row, TaskState.Failed);
        ledger.Change(row, TaskEvents.Failed, TaskEventData.Failed(ledger.Now, error));
    }

    private static void EndCancelled(this Ledger ledger, TaskRow row)
    {
        ledger.Tally.Count(Tally.Cancelled, ledger.Now);
        row.CancelledAt = ledger.Now;
        ledger.Finish(row, TaskState.Cancelled);
        ledger.Change(row, TaskEvents.Cancelled, TaskEventData.Cancelled(ledger.Now));
    }

    private static Ended Ended(this Ledger ledger, TaskRow row)
    {
        ledger.GiveAway();
        return new Ended(row.Version, ledger.Wakes(row));
    }

    /// <summary>Into a terminal state; it waits there for its purge.</summary>
    private static void Finish(this Ledger ledger, TaskRow row, TaskState state)
    {
        row.Status = state;
        row.LetGo();
        ledger.Leave(row, Line.Ended, ledger.NowMs);
    }

    /// <summary>Back to pending, until its caller admits it again.</summary>
    private static void Put(this Ledger ledger, TaskRow row, DateTimeOffset due)
    {
        row.Status = TaskState.Pending;
        row.LetGo();
        row.DueAt = due;
        ledger.Leave(row, Line.Delayed, due.ToUnixTimeMilliseconds());
    }

    private static void LetGo(this TaskRow row) =>
        (row.Worker, row.Epoch, row.LeaseEnded, row.CancelRequested, row.Recoveries) = (null, null, false, false, 0);

    private static void CountRun(this Ledger ledger, TaskRow row) => ledger.Tally.Ran(ledger.Now - row.StartedAt!.Value, ledger.Now);
}
