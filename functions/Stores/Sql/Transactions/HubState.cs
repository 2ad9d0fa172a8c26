using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>Whether the event pump sleeps.</summary>
internal sealed class PumpState
{
    public bool IsAsleep { get; set; }

    /// <summary>When the outbox was last drained, or the pump rung for by a sweep.</summary>
    public DateTimeOffset DrainedAt { get; set; }
}

/// <summary>What all transitions in an SQLite file share; one row, written once per batch. Servers have no such row: it would be a lock that all instances wait for.</summary>
internal sealed class HubState
{
    /// <summary>Grows with every commit; another number than the last one seen means that another process has written.</summary>
    public long Writes { get; set; }
    public long LastTask { get; set; }
    public long LastEvent { get; set; }
    public long LastFacet { get; set; }
    public long LastLog { get; set; }
    public long LastLine { get; set; }
    public PumpState Pump { get; } = new();

    /// <summary>No slot ends before this time: until then nobody looks for one that has.</summary>
    public long NextLapse { get; set; }

    /// <summary>Waiting in each lane, those held back by a limit included.</summary>
    public long[] Waiting { get; } = new long[3];
    public long Delayed { get; set; }

    /// <summary>Grants that the head of a lane has seen go to others, per lane.</summary>
    public int[] Passed { get; } = new int[3];

    public static HubState Read(IRow row)
    {
        var hub = new HubState
        {
            Writes = row.Int(0),
            LastTask = row.Int(1),
            LastEvent = row.Int(2),
            LastFacet = row.Int(3),
            LastLog = row.Int(4),
            LastLine = row.Int(5),
            NextLapse = row.Int(8),
            Delayed = row.Int(12),
        };
        (hub.Pump.IsAsleep, hub.Pump.DrainedAt) = (row.Flag(6), row.Time(7));
        for (var lane = 0; lane < 3; lane++)
            hub.Waiting[lane] = row.Int(9 + lane);
        hub.Passed[(int)TaskPriority.Normal] = (int)row.Int(13);
        hub.Passed[(int)TaskPriority.Low] = (int)row.Int(14);
        return hub;
    }

    public void Write(IStatement statement) => statement
        .Int(1).Int(Writes).Int(LastTask).Int(LastEvent).Int(LastFacet).Int(LastLog).Int(LastLine)
        .Flag(Pump.IsAsleep).Time(Pump.DrainedAt).Int(NextLapse).Int(Waiting[0]).Int(Waiting[1]).Int(Waiting[2]).Int(Delayed)
        .Int(Passed[(int)TaskPriority.Normal]).Int(Passed[(int)TaskPriority.Low]).Run();
}
