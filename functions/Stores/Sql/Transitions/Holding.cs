using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>What the holder of a token does while the attempt goes on.</summary>
internal static class Holding
{
    public static IReadOnlyList<Hold> Renew(this Ledger ledger, WorkerName worker, IReadOnlyList<Held> held)
    {
        ledger.SeeWorker(worker, held.Count);
        var holds = new Hold[held.Count];
        for (var i = 0; i < held.Count; i++)
            holds[i] = ledger.Current(held[i]) is { } row ? ledger.Renew(row) : Hold.Lost;
        return holds;
    }

    public static Reported Report(this Ledger ledger, Held held, TaskProgress? progress, IReadOnlyList<TaskLogLine> lines)
    {
        if (ledger.Current(held) is not { } row) return new Reported(Hold.Lost, false);
        var hold = ledger.Renew(row);
        if (hold == Hold.Lost) return new Reported(Hold.Lost, false);

        if (progress is not null)
        {
            row.Progress = progress;
            ledger.Change(row, TaskEvents.Progress, TaskEventData.Progress(progress));
        }
        foreach (var line in lines)
        {
            ledger.Session.Write(Writes.NewLog)
                .Int(++ledger.Hub.LastLog).Text(row.Id).Text(LogLevels.Name(line.Level)).Text(line.Message).Time(line.At).Run();
        }
        return new Reported(hold, ledger.Ring());
    }

    public static bool SaveCheckpoint(this Ledger ledger, Held held, string checkpoint)
    {
        var row = ledger.Holder(held);
        row.WriteBody(null, checkpoint);
        ledger.Touch(row);
        return true;
    }

    /// <summary>The slice is over: the token is spent, the slot stays for a grant's time.</summary>
    public static bool Continue(this Ledger ledger, Held held, string? checkpoint)
    {
        var row = ledger.Holder(held);
        if (checkpoint is not null) row.WriteBody(null, checkpoint);
        (row.Worker, row.Epoch, row.LeaseEnded, row.Recoveries) = (null, null, false, 0);
        // A lapsed slot is not taken back here: the next start asks for one.
        if (row.SlotUntil is not null) ledger.Hold(row, ledger.GrantEnd);
        else ledger.Touch(row);
        return true;
    }

    public static bool WriteFileChunk(this Ledger ledger, Held held, int index, ReadOnlyMemory<byte> bytes)
    {
        ledger.WriteFile(ledger.Holder(held), index, bytes);
        return true;
    }

    /// <summary>The task, if the token is its latest and not spent. Refused: lease_lost.</summary>
    public static TaskRow Holder(this Ledger ledger, Held held) => ledger.Current(held)
        ?? throw new TaskException(TaskErrors.LeaseLost, "The task has been taken over by another start, or has ended.");

    private static TaskRow? Current(this Ledger ledger, Held held) =>
        ledger.Find(held.Id) is { IsRunning: true, Worker: not null } row && row.Fence == held.Fence ? row : null;

    /// <summary>A lease that has ended is renewed all the same while a slot is free for it.</summary>
    private static Hold Renew(this Ledger ledger, TaskRow row)
    {
        if (!ledger.HasRoomFor(row)) return Hold.Lost;
        row.LeaseEnded = false;
        ledger.Hold(row, ledger.LeaseEnd);
        return row.CancelRequested ? Hold.CancelRequested : Hold.Held;
    }
}

/// <summary>Levels as the log table writes them.</summary>
internal static class LogLevels
{
    private static readonly string[] Names = ["DEBUG", "INFO", "WARNING", "ERROR"];

    public static string Name(TaskLogLevel level) => Names[(int)level];

    public static TaskLogLevel Of(string name) => (TaskLogLevel)Array.IndexOf(Names, name);

    /// <summary>This level and all graver ones.</summary>
    public static IReadOnlyList<string> AtLeast(TaskLogLevel level) => Names[(int)level..];
}
