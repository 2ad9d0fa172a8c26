using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>What comes next for a task: an attempt, the next slice of one, the takeover of one whose worker is dead, or a wait.</summary>
internal static class Starting
{
    public static Started Start(this TaskTransaction transaction, string id, int run, WorkerName worker)
    {
        if (transaction.Find(id) is not { } row) return new Started(StartKind.Gone, null, null, null, Wakes.None);
        if (row.Status.IsTerminal() || row.Run != run)
            return new Started(StartKind.Gone, transaction.Record(row), null, null, Wakes.None);
        if (row.IsRunning && transaction.IsAlive(row) && !(row.Worker == worker.Name && row.Epoch != worker.Epoch))
            return new Started(StartKind.Later, null, null, DateTimeOffset.FromUnixTimeMilliseconds(row.SlotUntil!.Value), Wakes.None);
        if (row.Queue == TaskQueue.Delayed && row.DueAt > transaction.Now)
            return new Started(StartKind.Later, null, null, row.DueAt, Wakes.None);

        if (TaskQueue.IsBlocked(row.Queue))
        {
            row.HasOrchestration = true;
            transaction.Touch(row);
            return new Started(StartKind.Waiting, null, null, null, Wakes.None);
        }

        var isTakeover = row is { IsRunning: true, Worker: not null };
        if (isTakeover && row.Recoveries >= transaction.Options.MaxRecoveries)
        {
            transaction.EndFailed(row, new TaskError(TaskErrors.WorkerLost, $"{row.Recoveries + 1} workers in a row were lost while they ran it."));
            transaction.AssignSlots();
            return new Started(StartKind.Gone, transaction.Record(row), null, null, transaction.Wakes(row));
        }

        row.HasOrchestration = true;
        transaction.Touch(row);
        transaction.EndLapsedSlots();
        // One whose slot has lapsed takes another without standing in line again; all others have their turn in their lane.
        if (row.Queue == TaskQueue.Delayed || TaskQueue.IsWaiting(row.Queue) || !transaction.HasRoomFor(row))
        {
            if (!TaskQueue.IsWaiting(row.Queue)) transaction.JoinLane(row);
            transaction.AssignSlots();
            if (row.SlotUntil is null) return new Started(StartKind.Waiting, null, null, null, transaction.Wakes(row));
        }
        transaction.Hold(row, transaction.LeaseEnd);
        transaction.Begin(row, worker, isTakeover);
        transaction.AssignSlots();
        return new Started(StartKind.Started, transaction.Record(row), row.Checkpoint, null, transaction.Wakes(row));
    }

    /// <summary>A worker runs it and its lease has not ended.</summary>
    public static bool IsAlive(this TaskTransaction transaction, TaskRow row) => row is { Worker: not null, LeaseEnded: false } && row.SlotUntil > transaction.NowMs;

    private static void Begin(this TaskTransaction transaction, TaskRow row, WorkerName worker, bool isTakeover)
    {
        var isSlice = row.IsRunning && !isTakeover;
        row.Fence++;
        (row.Worker, row.Epoch, row.LeaseEnded) = (worker.Name, worker.Epoch, false);
        if (isSlice) return;

        if (isTakeover) row.Recoveries++;
        else transaction.Counters.Waited(transaction.Now - row.DueAt, transaction.Now);
        row.Status = TaskState.Running;
        row.Attempt++;
        row.StartedAt = transaction.TimeFor(row);
        transaction.Change(row, TaskEvents.Started, TaskEventData.Started(transaction.TimeFor(row), row.Attempt, worker.Name));
    }
}
