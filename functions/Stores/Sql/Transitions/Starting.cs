using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>Start: the beginning of an attempt, of the next slice of one, or the takeover of one whose worker is dead.</summary>
internal static class Starting
{
    public static Started Start(this Ledger ledger, string id, int run, int retryCount, WorkerName worker)
    {
        if (ledger.Find(id) is not { } row) return new Started(StartKind.Gone, null, null, null, Wakes.None);
        if (row.Status.IsTerminal() || row.Run != run || row.RetryCount != retryCount)
            return new Started(StartKind.Gone, ledger.Record(row), null, null, Wakes.None);
        if (row.IsRunning && ledger.IsAlive(row) && !(row.Worker == worker.Name && row.Epoch != worker.Epoch))
            return new Started(StartKind.Busy, null, null, DateTimeOffset.FromUnixTimeMilliseconds(row.SlotUntil!.Value), Wakes.None);

        var isTakeover = row is { IsRunning: true, Worker: not null };
        if (isTakeover && row.Recoveries >= ledger.Options.MaxRecoveries)
        {
            ledger.EndFailed(row, new TaskError(TaskErrors.WorkerLost, $"{row.Recoveries + 1} workers in a row were lost while they ran it."));
            ledger.GiveAway();
            return new Started(StartKind.Gone, ledger.Record(row), null, null, ledger.Wakes(row));
        }

        row.HasOrchestration = true;
        ledger.Touch(row);
        if (!ledger.HasRoomFor(row))
        {
            if (!Line.IsWaiting(row.Line)) ledger.JoinLane(row);
            return new Started(StartKind.Waiting, null, null, null, ledger.Wakes(row));
        }
        ledger.Hold(row, ledger.LeaseEnd);
        ledger.Begin(row, worker, isTakeover);
        ledger.GiveAway();
        return new Started(StartKind.Started, ledger.Record(row), row.Checkpoint, null, ledger.Wakes(row));
    }

    /// <summary>A worker runs it and its lease has not ended.</summary>
    public static bool IsAlive(this Ledger ledger, TaskRow row) => row is { Worker: not null, LeaseEnded: false } && row.SlotUntil > ledger.NowMs;

    private static void Begin(this Ledger ledger, TaskRow row, WorkerName worker, bool isTakeover)
    {
        var isSlice = row.IsRunning && !isTakeover;
        row.Fence++;
        (row.Worker, row.Epoch, row.LeaseEnded) = (worker.Name, worker.Epoch, false);
        if (isSlice) return;

        if (isTakeover) row.Recoveries++;
        else ledger.Tally.Waited(ledger.Now - row.DueAt, ledger.Now);
        row.Status = TaskState.Running;
        row.Attempt++;
        row.StartedAt = ledger.Now;
        ledger.Change(row, TaskEvents.Started, TaskEventData.Started(ledger.Now, row.Attempt));
    }
}
