using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>
/// For SQLite. The transitions of a batch run one after the other, on the writer's thread, and one commit makes all of them true: a
/// hundred of them cost little more than one. Rows, queues and slots stay in memory after the commit: as long as nobody else has
/// written (see <see cref="HubState.Writes"/>) they need not be read again.
/// </summary>
internal sealed class GatheredTransaction(WriteSession session, TasklaneOptions options, CountedSlots slots, TimeProvider time)
    : TaskTransaction(session, options, slots, shard: 0)
{
    // Enough for the tasks on their way; when passed, everything is forgotten and read again when needed.
    private const int MostRows = 20_000;
    private const int MostQueues = 2_000;
    private const int LargestBodyKept = 4_096;
    private const int LapsedAtOnce = 2_000;
    private const int QueueChunk = 32;

    private HubState? hub;
    private bool hubChanged;

    public override PumpState Pump => Hub.Pump;

    private HubState Hub => hub!;

    public override void Begin(IReadOnlyList<Work> works)
    {
        var stale = false;
        Session.Begin(
        [
            new Fetch(Reads.Hub, _ => { }, rows =>
            {
                if (!rows.Next()) throw new InvalidDataException("The hub's row is missing.");
                // Only now is the lock ours, for which another process may have made us wait.
                SetTime(time.GetUtcNow().ToUnixTimeMilliseconds());
                var stored = HubState.Read(rows);
                stale = hub is not null && hub.Writes != stored.Writes;
                if (stale)
                {
                    ForgetRows();
                    slots.Forget();
                }
                hub = stored;
            }),
            .. WantedHere(works),
        ]);
        if (stale) Session.Fetch(WantedHere(works));
        if (Hub.NextLapse <= NowMs) EndSlots();
    }

    public override void Flush()
    {
        var changed = Touched.Count > 0 || hubChanged;
        base.Flush();
        if (!changed) return;
        Hub.Writes++;
        Hub.Write(Session.Write(Writes.Hub));
    }

    public override void Committed()
    {
        foreach (var row in Touched)
            row.ForgetLargeBody(LargestBodyKept);
        base.Committed();
        hubChanged = false;
        if (Rows.Count() > MostRows || Queues.Count() > MostQueues)
        {
            ForgetRows();
            return;
        }
        foreach (var queue in Queues)
            queue.Trim();
    }

    public override void Forget()
    {
        base.Forget();
        hub = null;
        hubChanged = false;
    }

    public override long NextNumber() => ++Hub.LastTask;

    public override IReadOnlyList<long> NextLineNumbers(int count)
    {
        hubChanged = true;
        var first = Hub.LastLine + 1;
        Hub.LastLine += count;
        return [.. Enumerable.Range(0, count).Select(i => first + i)];
    }

    public override bool IsWaiting(TaskPriority lane, TaskRow? except = null) =>
        Hub.Waiting[(int)lane] > 0 && QueueOf(TaskQueue.Of(lane)).First(this) is { } head && head != except;

    public override int[] Passed(bool compete) => Hub.Passed;

    public override void IsTakenByOthers(TaskPriority lane) => throw new InvalidOperationException("Nobody else writes.");

    public override void EndLapsedSlots()
    {
        // The batch began with it.
    }

    public override bool EndAllLapsedSlots(int limit) => false;

    public override long NextLog() => ++Hub.LastLog;

    public override void PumpChanged() => hubChanged = true;

    protected internal override void SlotEndsAt(long until) => Hub.NextLapse = Math.Min(Hub.NextLapse, until);

    protected override TaskQueue NewQueue(string name) => new(name, QueueChunk, isClaimed: false);

    protected override void CountWaiting(TaskRow row, string queue, int by)
    {
        if (queue == TaskQueue.Delayed) Hub.Delayed += by;
        else if (TaskQueue.IsWaiting(queue)) Hub.Waiting[(int)row.Priority] += by;
    }

    protected override bool WakePump()
    {
        if (!Hub.Pump.IsAsleep) return false;
        Hub.Pump.IsAsleep = false;
        return true;
    }

    protected override long NextEvent() => ++Hub.LastEvent;

    protected override long AddFacet(Facet facet)
    {
        facet.Bind(Session.Write(Writes.NewFacet).Int(++Hub.LastFacet)).Run();
        return Hub.LastFacet;
    }

    private List<Fetch> WantedHere(IReadOnlyList<Work> works)
    {
        var fetches = Wanted(works);
        if (!slots.AreKnown) fetches.Add(new Fetch(Reads.Slots, _ => { }, slots.Read));
        return fetches;
    }

    /// <summary>Takes the slots back whose time is over, and finds out when to look again. Renewals meanwhile only make it later.</summary>
    private void EndSlots()
    {
        var lapsed = new List<TaskRow>();
        Session.Fetch(
        [
            new Fetch(Reads.Lapsed, statement => statement.Int(NowMs).Int(LapsedAtOnce), rows =>
            {
                while (rows.Next())
                    lapsed.Add(Attach(TaskRowColumns.Read(rows)));
            }),
            new Fetch(Reads.NextLapse, statement => statement.Int(NowMs), rows =>
            {
                rows.Next();
                if (lapsed.Count < LapsedAtOnce) Hub.NextLapse = rows.IntOrNull(0) ?? long.MaxValue;
            }),
        ]);
        hubChanged = true;
        Lapse(lapsed);
    }
}
