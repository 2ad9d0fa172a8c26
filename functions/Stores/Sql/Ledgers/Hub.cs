using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Ledgers;

/// <summary>What all transitions of a hub share; one row, written once per batch.</summary>
internal sealed class Hub
{
    /// <summary>Grows with every commit; another number than the last one seen means that another process has written.</summary>
    public long Writes { get; set; }
    public long LastTask { get; set; }
    public long LastEvent { get; set; }
    public long LastFacet { get; set; }
    public long LastLog { get; set; }
    public long LastLine { get; set; }
    public long EventsAcked { get; set; }
    public bool PumpAsleep { get; set; }

    /// <summary>When the outbox was last drained, or the pump rung for by a sweep.</summary>
    public DateTimeOffset DrainedAt { get; set; }

    /// <summary>No slot ends before this time: until then nobody looks for one that has.</summary>
    public long NextLapse { get; set; }

    /// <summary>Waiting in each lane, those held back by a limit included.</summary>
    public long[] Waiting { get; } = new long[3];
    public long Delayed { get; set; }

    /// <summary>Grants that the head of a lane has seen go to others, per lane.</summary>
    public int[] Passed { get; } = new int[3];

    public static Hub Read(IRow row)
    {
        var hub = new Hub
        {
            Writes = row.Int(0),
            LastTask = row.Int(1),
            LastEvent = row.Int(2),
            LastFacet = row.Int(3),
            LastLog = row.Int(4),
            LastLine = row.Int(5),
            EventsAcked = row.Int(6),
            PumpAsleep = row.Flag(7),
            DrainedAt = row.Time(8),
            NextLapse = row.Int(9),
            Delayed = row.Int(13),
        };
        for (var lane = 0; lane < 3; lane++)
            hub.Waiting[lane] = row.Int(10 + lane);
        hub.Passed[(int)TaskPriority.Normal] = (int)row.Int(14);
        hub.Passed[(int)TaskPriority.Low] = (int)row.Int(15);
        return hub;
    }

    public void Write(IStatement statement) => statement
        .Int(1).Int(Writes).Int(LastTask).Int(LastEvent).Int(LastFacet).Int(LastLog).Int(LastLine).Int(EventsAcked)
        .Flag(PumpAsleep).Time(DrainedAt).Int(NextLapse).Int(Waiting[0]).Int(Waiting[1]).Int(Waiting[2]).Int(Delayed)
        .Int(Passed[(int)TaskPriority.Normal]).Int(Passed[(int)TaskPriority.Low]).Run();
}
