using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>What the holder of a token does while the attempt goes on.</summary>
internal static class Holding
{
    public static IReadOnlyList<Hold> Renew(this TaskTransaction transaction, WorkerName worker, IReadOnlyList<Held> held)
    {
        transaction.SeeWorker(worker, held.Count);
        var holds = new Hold[held.Count];
        for (var i = 0; i < held.Count; i++)
            holds[i] = transaction.Current(held[i]) is { } row ? transaction.Renew(row) : Hold.Lost;
        return holds;
    }

    public static Reported Report(this TaskTransaction transaction, Held held, TaskProgress? progress, IReadOnlyList<TaskLogLine> lines)
    {
        if (transaction.Current(held) is not { } row) return new Reported(Hold.Lost, false);
        var hold = transaction.Renew(row);
        if (hold == Hold.Lost) return new Reported(Hold.Lost, false);

        if (progress is not null) transaction.Progressed(row, progress);
        if (lines.Count > 0) transaction.WriteLog(row, lines);
        return new Reported(hold, transaction.Ring());
    }

    public static bool SaveCheckpoint(this TaskTransaction transaction, Held held, string checkpoint)
    {
        var row = transaction.Holder(held);
        row.WriteBody(null, checkpoint);
        transaction.Touch(row);
        return true;
    }

    /// <summary>The slice is over: the token is spent, the slot stays for a grant's time.</summary>
    public static bool Continue(this TaskTransaction transaction, Held held, string? checkpoint)
    {
        var row = transaction.Holder(held);
        if (checkpoint is not null) row.WriteBody(null, checkpoint);
        (row.Worker, row.Epoch, row.LeaseEnded, row.Recoveries) = (null, null, false, 0);
        // A lapsed slot is not taken back here: the next start asks for one.
        transaction.Touch(row);
        if (row.SlotUntil is not null) transaction.Hold(row, transaction.GrantEnd);
        return true;
    }

    /// <summary>The slice is over, and the next one follows when all children have ended, or, where that is asked for, one has failed.</summary>
    public static Ended AwaitChildren(this TaskTransaction transaction, Held held, long total, bool toFailure)
    {
        var row = transaction.Holder(held);
        if (row.CancelRequested)
        {
            transaction.EndCancelled(row);
            return transaction.Ended(row);
        }
        var open = 0L;
        transaction.Session.Fetch(Reads.OpenLinks, statement => statement.Ints([row.Number]), rows => open = rows.Next() ? rows.Int(1) : 0);
        (row.Worker, row.Epoch, row.LeaseEnded, row.Recoveries) = (null, null, false, 0);
        transaction.Progressed(row, TaskProgress.Of(Math.Max(0, total - open), total));
        if (open == 0 || (toFailure && row.Links.HasFlag(LinkFlags.ChildFailed)))
        {
            transaction.Touch(row);
            if (row.SlotUntil is not null) transaction.Hold(row, transaction.GrantEnd);
        }
        else
        {
            transaction.Leave(row, toFailure ? TaskQueue.BlockedToFailure : TaskQueue.Blocked, 0);
        }
        return transaction.Ended(row);
    }

    /// <summary>Progress, with its event.</summary>
    public static void Progressed(this TaskTransaction transaction, TaskRow row, TaskProgress progress)
    {
        row.Progress = progress;
        transaction.Change(row, TaskEvents.Progress, TaskEventData.Progress(progress));
    }

    public static bool WriteFileChunk(this TaskTransaction transaction, Held held, int index, ReadOnlyMemory<byte> bytes)
    {
        transaction.WriteFile(transaction.Holder(held), index, bytes);
        return true;
    }

    /// <summary>The task, if the token is its latest and not spent. Refused: lease_lost.</summary>
    public static TaskRow Holder(this TaskTransaction transaction, Held held) => transaction.Current(held)
        ?? throw new TaskException(TaskErrors.LeaseLost, "The task has been taken over by another start, or has ended.");

    private static TaskRow? Current(this TaskTransaction transaction, Held held) =>
        transaction.Find(held.Id) is { IsRunning: true, Worker: not null } row && row.Fence == held.Fence ? row : null;

    /// <summary>A lease that has ended is renewed all the same while a slot is free for it.</summary>
    private static Hold Renew(this TaskTransaction transaction, TaskRow row)
    {
        if (!transaction.HasRoomFor(row)) return Hold.Lost;
        if (row.LeaseEnded)
        {
            row.LeaseEnded = false;
            transaction.Touch(row);
        }
        // As a rule nothing else of the task is written.
        transaction.Hold(row, transaction.LeaseEnd);
        return row.CancelRequested ? Hold.CancelRequested : Hold.Held;
    }
}
