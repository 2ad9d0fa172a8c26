using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>
/// For servers, where many instances write at once: short transactions, of one transition or of those that wait at a moment. Only rows
/// are locked, and never one that all instances need. The task of a single transition is waited for; those of several are locked where
/// nobody else holds them, and the others left to a transaction of their own (<see cref="Lacks"/>), so that one that is held up holds
/// up no other. Seats and waiting tasks are claimed likewise, without waiting; rows that can be waited for at the commit come last and
/// in one order. So no two transactions wait for each other.
/// <para>
/// Two may pass each other: one leaves a task waiting, another a seat free, and neither sees what the other has not committed yet. So
/// each looks again after its commit (<see cref="AfterCommit"/>); whichever comes second finds what the first left.
/// </para>
/// </summary>
internal sealed class LockingTransaction(ServerSession session, TasklaneOptions options, Seats seats, TimeProvider? clock, int shard)
    : TaskTransaction(session, options, seats, shard)
{
    private const int LapsedAtOnce = 100;
    private const int HeadsRead = 4;
    private const int MaintenanceChunk = 64;

    private readonly List<long>[] heads = [[], [], []];
    private readonly bool[] taken = new bool[3];
    private readonly int[] passed = new int[3];
    private bool headsAreKnown;
    private bool lapsedAreEnded;
    private bool? decidesTurns;
    private bool turnsChanged;
    private PumpState? pump;
    private bool pumpChanged;
    private bool fellAsleep;
    private int givers = 1;
    private readonly Queue<long> numbers = [];
    private readonly HashSet<(string Type, string User)> freed = [];

    public override PumpState Pump => pump ??= ReadPump();

    public override void Begin(IReadOnlyList<Work> works)
    {
        ForgetRows();
        Restart();
        long now = 0;
        var lapsed = new List<TaskRow>();
        var fetches = Wanted(works);
        givers = works.Count(work => work.WantsSlots);
        var creates = works.Count(work => work.Creates);
        if (givers > 0)
        {
            fetches.Add(LapsedSlots(lapsed, LapsedAtOnce));
            fetches.Add(Heads());
        }
        if (creates > 0)
        {
            fetches.Add(session.NextNumbers(Sequence.Tasks, creates, numbers.Enqueue));
            fetches.AddRange(seats.Wanted(creates));
        }
        fetches.Add(new Fetch(Reads.Clock, _ => { }, rows =>
        {
            rows.Next();
            now = rows.Int(0);
        }));
        Session.Begin(fetches);
        SetTime(clock?.GetUtcNow().ToUnixTimeMilliseconds() ?? now);
        if (givers > 0)
        {
            lapsedAreEnded = true;
            End(lapsed);
        }
        Lapse([.. Rows.Where(row => row.SlotUntil <= NowMs)]);
    }

    /// <summary>Another transaction holds one of its tasks, or there is no such task.</summary>
    public bool Lacks(Work work) => work.Ids.Skip(work.Creates ? 1 : 0).Any(id => Find(id) is null);

    public override void Flush()
    {
        base.Flush();
        seats.Flush();
        if (turnsChanged)
            Session.Write(Writes.Turns).Int(1).Int(passed[(int)TaskPriority.Normal]).Int(passed[(int)TaskPriority.Low]).Run();
        if (pumpChanged)
            Session.Write(Writes.Pump).Int(1).Flag(Pump.IsAsleep).Time(Pump.DrainedAt).Run();
    }

    /// <summary>What is to be asked once the commit has happened.</summary>
    public IReadOnlyList<Fetch> AfterCommit(Missed missed)
    {
        if (fellAsleep) return [new Fetch(Reads.OutboxFilled, _ => { }, rows => missed.Events |= rows.Next() && rows.Int(0) != 0)];
        var fetches = new List<Fetch>();
        // A task left waiting, or a seat left free, which others may have missed.
        foreach (var (type, user) in MayBeMissed())
        {
            var lanes = Options.Lanes;
            if (lanes.MaxRunning == 0 && type.Length == 0 && user.Length == 0) continue;
            fetches.Add(new Fetch(
                Reads.Missed,
                statement => statement.Int(lanes.MaxRunning)
                    .Text(TaskQueue.OfType(type)).Int(lanes.LimitOf(type)).Text(TaskQueue.OfUser(user)).Int(lanes.MaxRunningPerUser),
                rows =>
                {
                    if (rows.Next() && rows.Int(0) != 0) missed.Slots.Add((type, user));
                }));
        }
        if (HasEvents) fetches.Add(new Fetch(Reads.Asleep, _ => { }, rows => missed.PumpSleeps |= rows.Next() && rows.Int(0) != 0));
        return fetches;
    }

    /// <summary>Whatever it finds: a seat that it had locked meanwhile, others could not see.</summary>
    public void LooksAgain(string type, string user) => freed.Add((type, user));

    public override void Forget()
    {
        base.Forget();
        Restart();
    }

    public override long NextNumber() => numbers.Dequeue();

    public override IReadOnlyList<long> NextLineNumbers(int count)
    {
        var lines = new List<long>(count);
        if (count > 0) Session.Fetch([session.NextNumbers(Sequence.Lines, count, lines.Add)]);
        return lines;
    }

    public override bool IsWaiting(TaskPriority lane, TaskRow? except = null)
    {
        if (QueueOf(TaskQueue.Of(lane)).Known.Any(number => number != except?.Number)) return true;
        if (taken[(int)lane]) return false;
        if (!headsAreKnown) Session.Fetch([Heads()]);
        if (StandsAside(lane, except)) return false;
        // All that were read have been moved since: look again, at what is behind them.
        if (heads[(int)lane].All(number => FindNumbered(number) is not null)) return QueueOf(TaskQueue.Of(lane)).First(this) is { } head && head != except;
        return true;
    }

    /// <summary>
    /// When lanes compete, one transaction at a time decides which of them has its turn, and counts. Others that come meanwhile serve the
    /// highest without being counted: they would have to wait for each other otherwise, all instances for one row.
    /// </summary>
    public override int[]? Passed(bool compete)
    {
        if (decidesTurns is null)
        {
            if (!compete) return null;
            decidesTurns = false;
            Session.Fetch(Reads.Turns, _ => { }, rows =>
            {
                if (!rows.Next()) return;
                (passed[(int)TaskPriority.Normal], passed[(int)TaskPriority.Low]) = ((int)rows.Int(0), (int)rows.Int(1));
                decidesTurns = turnsChanged = true;
            });
        }
        return decidesTurns == true ? passed : null;
    }

    public override void IsTakenByOthers(TaskPriority lane) => taken[(int)lane] = true;

    public override void EndLapsedSlots()
    {
        if (lapsedAreEnded) return;
        lapsedAreEnded = true;
        EndSome(LapsedAtOnce);
    }

    public override bool EndAllLapsedSlots(int limit)
    {
        lapsedAreEnded = true;
        return EndSome(limit) == limit;
    }

    public override long NextLog() => 0;

    public override void PumpChanged()
    {
        pumpChanged = true;
        fellAsleep = Pump.IsAsleep;
    }

    protected override SqlRead TasksOfSeveral => Reads.FreeTasks;

    protected override bool HasSlotsWithTasks => false;

    protected internal override void SlotEndsAt(long until)
    {
        // An index finds those that have ended.
    }

    /// <summary>The slot of a task comes free.</summary>
    protected internal override void SlotFreed(TaskRow row) => freed.Add(LimitsOf(row));

    protected override TaskQueue NewQueue(string name)
    {
        // Each of the works gives one slot away as a rule. One claimed in vain is hidden from others until the commit.
        var queue = new TaskQueue(name, TaskQueue.IsWaiting(name) ? Math.Max(1, givers) : MaintenanceChunk, isClaimed: true);
        if (headsAreKnown && TaskStates.TryParse(name, out TaskPriority lane) && heads[(int)lane].Count == 0) queue.IsReadToTheEnd();
        return queue;
    }

    protected override void CountWaiting(TaskRow row, string queue, int by)
    {
        if (queue == TaskQueue.Delayed) Counters.Shift(TaskQueue.Delayed, by);
        else if (TaskQueue.IsWaiting(queue)) Counters.Shift(row.Priority.Name(), by);
    }

    protected override bool WakePump() => false;

    protected override long NextEvent() => 0;

    protected override long AddFacet(Facet facet) => session.AddFacet(facet);

    private void Restart()
    {
        seats.Forget();
        foreach (var lane in heads)
            lane.Clear();
        Array.Clear(taken);
        Array.Clear(passed);
        (headsAreKnown, lapsedAreEnded, decidesTurns, turnsChanged) = (false, false, null, false);
        (pump, pumpChanged, fellAsleep) = (null, false, false);
        numbers.Clear();
        freed.Clear();
    }

    /// <summary>Types and users of tasks by whose change others may have missed each other, as far as limits count them; "" where none does.</summary>
    private HashSet<(string Type, string User)> MayBeMissed()
    {
        var pairs = new HashSet<(string, string)>(freed);
        foreach (var row in Rows)
        {
            if (TaskQueue.IsWaiting(row.Queue)) pairs.Add(LimitsOf(row));
        }
        if (pairs.Count == 0 && seats.LeavesOne && Rows.FirstOrDefault() is { } any) pairs.Add(LimitsOf(any));
        return pairs;
    }

    private (string Type, string User) LimitsOf(TaskRow row) =>
        (Slots.IsTypeLimited(row.Type) ? row.Type : "", Slots.IsUserLimited ? row.CreatedBy : "");

    /// <summary>Nobody in the lane but the one excepted and those that this transaction has moved elsewhere.</summary>
    private bool StandsAside(TaskPriority lane, TaskRow? except)
    {
        var name = TaskQueue.Of(lane);
        return heads[(int)lane].Count < HeadsRead
            && heads[(int)lane].All(number => number == except?.Number || (FindNumbered(number) is { } row && row.Queue != name));
    }

    private Fetch Heads() => new(Reads.Heads, _ => { }, rows =>
    {
        headsAreKnown = true;
        while (rows.Next())
            heads[rows.Int(0)].Add(rows.Int(1));
    });

    private Fetch LapsedSlots(List<TaskRow> lapsed, int most) => new(
        Reads.Lapsed,
        statement => statement.Int(clock?.GetUtcNow().ToUnixTimeMilliseconds()).Int(most),
        rows =>
        {
            while (rows.Next())
                lapsed.Add(Attach(TaskRowColumns.Read(rows)));
        });

    private int EndSome(int most)
    {
        var lapsed = new List<TaskRow>();
        Session.Fetch([LapsedSlots(lapsed, most)]);
        End(lapsed);
        return lapsed.Count;
    }

    /// <summary>Ends the slots of tasks that were found by them; what they hold is read once their rows are locked.</summary>
    private void End(List<TaskRow> lapsed)
    {
        if (lapsed.Count == 0) return;
        Session.Fetch(Reads.SlotsByNumber, statement => statement.Ints(lapsed.ConvertAll(row => row.Number)), TakeSlots);
        Lapse(lapsed.Where(row => row.SlotUntil <= NowMs));
    }

    private PumpState ReadPump()
    {
        var state = new PumpState();
        Session.Fetch(Reads.Pump, _ => { }, rows =>
        {
            if (!rows.Next()) throw new InvalidDataException("The pump's row is missing.");
            (state.IsAsleep, state.DrainedAt) = (rows.Flag(0), rows.Time(1));
        });
        return state;
    }
}

/// <summary>What a transaction of a server found after its commit.</summary>
internal sealed class Missed
{
    /// <summary>Somebody waits and a slot is free: for all, and for those of a type or user where a limit counts them.</summary>
    public List<(string Type, string User)> Slots { get; } = [];

    /// <summary>Events came while it was written that there are none.</summary>
    public bool Events { get; set; }

    public bool PumpSleeps { get; set; }
}
