using System.Globalization;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>
/// Slots on a server: a limit of n is a pool of n seats, each a row, and a task's slot is a seat in each pool it counts under. A
/// transaction takes a free seat that no other has locked, so that no two wait for each other and no limit is ever passed; a counter
/// would be one row for which all instances stand in line. Where there is no limit there is no seat.
/// <para>A seat that this transaction has found or freed is its own until it commits.</para>
/// </summary>
internal sealed class Seats(ServerSession session, LaneOptions limits) : Slots(limits)
{
    private const string All = "";

    private readonly Dictionary<string, Pool> pools = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Pool, long No), long?> changes = [];

    public override bool IsFull => Lanes.MaxRunning > 0 && !HasFree(All, Lanes.MaxRunning);

    /// <summary>A seat stays free that was this transaction's, and so hidden from others.</summary>
    public bool LeavesOne => pools.Values.Any(pool => pool.Free.Count > 0);

    public override bool IsTypeFull(string type) => Lanes.LimitOf(type) is > 0 and var limit && !HasFree(TaskQueue.OfType(type), limit);

    public override bool IsUserFull(string user) => Lanes.MaxRunningPerUser is > 0 and var limit && !HasFree(TaskQueue.OfUser(user), limit);

    public override int RoomUnder(string queue)
    {
        if (LimitOf(queue) is not (> 0 and var limit)) return int.MaxValue;
        var free = 0;
        session.EnsureSeats(queue, limit);
        session.Fetch(Reads.FreeSeats, statement => statement.Text(queue).Int(limit), rows =>
        {
            rows.Next();
            free = (int)rows.Int(0);
        });
        return free + changes.Count(change => change.Key.Pool == queue && change.Value is null) - changes.Count(change => change.Key.Pool == queue && change.Value is not null);
    }

    public override void Take(TaskRow row)
    {
        var seats = PoolsOf(row).Select(pool => (Pool: pool, No: Occupy(pool, row.Number))).ToArray();
        row.Seats = seats.Length == 0 ? null : string.Join(' ', seats.Select(seat => $"{Letter(seat.Pool)}{seat.No.ToString(CultureInfo.InvariantCulture)}"));
    }

    public override void Return(TaskRow row)
    {
        foreach (var seat in (row.Seats ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = seat[0] switch
            {
                'a' => All,
                't' => TaskQueue.OfType(row.Type),
                _ => TaskQueue.OfUser(row.CreatedBy),
            };
            var no = long.Parse(seat.AsSpan(1), CultureInfo.InvariantCulture);
            changes[(name, no)] = null;
            // One above a limit that has been lowered is not given to anybody else.
            if (no <= LimitOfPool(name)) PoolOf(name).Free.Push(no);
        }
        row.Seats = null;
    }

    /// <summary>A query that looks for seats in the pool of all, for transitions that are about to want them.</summary>
    public IEnumerable<Fetch> Wanted(int most)
    {
        if (Lanes.MaxRunning > 0) yield return Search(All, Lanes.MaxRunning, most);
    }

    public void Flush()
    {
        foreach (var ((pool, no), holder) in changes.OrderBy(change => change.Key.Pool, StringComparer.Ordinal).ThenBy(change => change.Key.No))
            session.Write(Writes.Seat).Text(pool).Int(no).Int(holder).Run();
        changes.Clear();
    }

    public override void Forget()
    {
        pools.Clear();
        changes.Clear();
    }

    private static char Letter(string pool) => pool.Length == 0 ? 'a' : TaskQueue.LimitOf(pool).IsType ? 't' : 'u';

    private IEnumerable<string> PoolsOf(TaskRow row)
    {
        if (Lanes.MaxRunning > 0) yield return All;
        if (IsTypeLimited(row.Type)) yield return TaskQueue.OfType(row.Type);
        if (IsUserLimited) yield return TaskQueue.OfUser(row.CreatedBy);
    }

    private int LimitOfPool(string pool) => pool == All ? Lanes.MaxRunning : LimitOf(pool);

    private Pool PoolOf(string name)
    {
        if (!pools.TryGetValue(name, out var pool)) pools.Add(name, pool = new Pool());
        return pool;
    }

    private long Occupy(string name, long holder)
    {
        var no = PoolOf(name).Free.Pop();
        changes[(name, no)] = holder;
        return no;
    }

    private bool HasFree(string name, int limit)
    {
        var pool = PoolOf(name);
        if (pool.Free.Count > 0) return true;
        if (!pool.IsExhausted) session.Fetch([Search(name, limit)]);
        // The pool may not have been made yet, or be smaller than the limit is now.
        if (pool.Free.Count == 0 && session.EnsureSeats(name, limit)) session.Fetch([Search(name, limit)]);
        return pool.Free.Count > 0;
    }

    private Fetch Search(string name, int limit, int most = 1)
    {
        var pool = PoolOf(name);
        return new Fetch(Reads.Seat, statement => statement.Text(name).Int(pool.SearchedThrough).Int(limit).Int(most).Int(pool.Found + most), rows =>
        {
            var found = 0;
            for (; rows.Next(); found++)
            {
                pool.SearchedThrough = rows.Int(0);
                pool.Free.Push(pool.SearchedThrough);
            }
            pool.Found += found;
            pool.IsExhausted = found < most;
        });
    }

    private sealed class Pool
    {
        /// <summary>Free, and this transaction's.</summary>
        public Stack<long> Free { get; } = new();
        public long SearchedThrough { get; set; }
        public int Found { get; set; }
        public bool IsExhausted { get; set; }
    }
}
