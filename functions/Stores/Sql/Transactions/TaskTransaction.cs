using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transitions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>
/// What transitions work on: rows that are read, changed here, and written once at the end, with everything that belongs to them, by
/// one commit. The rows are nobody else's until then, so a transition is atomic and its guards are plain conditions. How that is made
/// sure is the one thing in which databases differ: <see cref="GatheredTransaction"/> for SQLite, where one writer is the truth,
/// <see cref="LockingTransaction"/> for servers.
/// <para>
/// A transition checks all its guards before it changes anything: a refused one leaves no trace.
/// </para>
/// </summary>
internal abstract partial class TaskTransaction
{
    private readonly Dictionary<string, TaskRow> byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, TaskRow> byNumber = [];
    private readonly Dictionary<string, TaskQueue> queues = new(StringComparer.Ordinal);
    private readonly List<TaskRow> touched = [];

    protected TaskTransaction(WriteSession session, TasklaneOptions options, Slots slots, int shard)
    {
        (Session, Options, Slots) = (session, options, slots);
        Counters = new Counters(shard);
        facets = new Facets(session, shard);
    }

    public WriteSession Session { get; }

    public TasklaneOptions Options { get; }

    /// <summary>One time for the whole transaction, to the millisecond; read after its locks were taken.</summary>
    public DateTimeOffset Now { get; private set; }

    public long NowMs { get; private set; }

    public Slots Slots { get; }

    public Counters Counters { get; }

    public long GrantEnd => NowMs + (long)(Options.GrantSeconds * 1000);

    public long LeaseEnd => NowMs + (long)(Options.LeaseSeconds * 1000);

    protected IEnumerable<TaskRow> Rows => byNumber.Values;

    protected IEnumerable<TaskQueue> Queues => queues.Values;

    protected IReadOnlyList<TaskRow> Touched => touched;

    /// <summary>Opens the transaction and reads what the works want.</summary>
    public abstract void Begin(IReadOnlyList<Work> works);

    /// <summary>The place of a new task in the order of creation.</summary>
    public abstract long NextNumber();

    /// <summary>Numbers for new log lines, growing.</summary>
    public abstract IReadOnlyList<long> NextLineNumbers(int count);

    /// <summary>Whether anybody but a task waits in a lane.</summary>
    public abstract bool IsWaiting(TaskPriority lane, TaskRow? except = null);

    /// <summary>Grants that the heads of lanes have seen go to others; null when that is not to be counted now.</summary>
    /// <param name="compete">More than one lane has somebody waiting.</param>
    public abstract int[]? Passed(bool compete);

    /// <summary>Somebody waits in a lane, but others are about to move all whom this transaction could.</summary>
    public abstract void IsTakenByOthers(TaskPriority lane);

    /// <summary>Takes back the slots whose time is over, where that has not been done yet.</summary>
    public abstract void EndLapsedSlots();

    /// <summary>Takes back all of them, as many as a sweep may; true when there are more.</summary>
    public abstract bool EndAllLapsedSlots(int limit);

    /// <summary>A slot will end at this time.</summary>
    protected internal abstract void SlotEndsAt(long until);

    /// <summary>A task's slot has come free.</summary>
    protected internal virtual void SlotFreed(TaskRow row)
    {
    }

    protected abstract void CountWaiting(TaskRow row, string queue, int by);

    protected abstract TaskQueue NewQueue(string name);

    /// <summary>The task; null when there is none. Its work must have named it as wanted.</summary>
    public TaskRow? Find(string id) => byId.GetValueOrDefault(id);

    public TaskRow Numbered(long number) => byNumber[number];

    /// <summary>Reads tasks that only the transition itself found out about, and locks them.</summary>
    public void Load(IEnumerable<long> numbers)
    {
        long[] missing = [.. numbers.Where(number => !byNumber.ContainsKey(number)).Distinct().Order()];
        if (missing.Length == 0) return;
        Session.Fetch(Reads.LockedByNumber, statement => statement.Ints(missing), TakeTasks);
        if (!HasSlotsWithTasks) Session.Fetch(Reads.SlotsByNumber, statement => statement.Ints(missing), TakeSlots);
    }

    public TaskRow? FindNumbered(long number) => byNumber.GetValueOrDefault(number);

    /// <summary>A row as read; the one already here, which may be newer, where there is one.</summary>
    public TaskRow Attach(TaskRow row)
    {
        if (byNumber.TryGetValue(row.Number, out var known)) return known;
        byNumber.Add(row.Number, row);
        byId.Add(row.Id, row);
        return row;
    }

    /// <summary>A new task. The caller puts it into a queue or gives it a slot.</summary>
    public TaskRow Add(TaskRow row, string payload, NewTaskText text)
    {
        row.NewText = text;
        row.TakeBody(payload, null, null);
        byNumber.Add(row.Number, row);
        byId.Add(row.Id, row);
        Touch(row);
        return row;
    }

    /// <summary>Its row will be written at the end.</summary>
    public void Touch(TaskRow row)
    {
        row.HasChanged = true;
        TouchSlot(row);
    }

    /// <summary>Its slot will be written at the end.</summary>
    public void TouchSlot(TaskRow row)
    {
        if (row.IsTouched) return;
        row.IsTouched = true;
        touched.Add(row);
    }

    /// <summary>The record, with its body; reads the body where it is not here.</summary>
    public TaskRecord Record(TaskRow row)
    {
        if (!row.HasBody)
            Session.Fetch(Reads.BodiesByNumber, statement => statement.Ints([row.Number]), TakeBodies);
        return row.ToRecord();
    }

    public TaskQueue QueueOf(string name)
    {
        if (!queues.TryGetValue(name, out var queue))
            queues.Add(name, queue = NewQueue(name));
        return queue;
    }

    /// <summary>Moves a task to a place in a queue, or out of all queues (null); keeps the counts of who waits.</summary>
    public void MoveTo(TaskRow row, string? queue, long rank = 0)
    {
        if (row.Queue is { } old)
        {
            if (queues.TryGetValue(old, out var left)) left.Leave(row);
            CountWaiting(row, old, -1);
        }
        (row.Queue, row.QueueRank) = (queue, rank);
        if (queue is not null)
        {
            QueueOf(queue).Join(row);
            CountWaiting(row, queue, 1);
        }
        Touch(row);
    }

    /// <summary>Deleted: its row here is no more than a reminder to count it out.</summary>
    public void Remove(TaskRow row)
    {
        row.IsDropped = true;
        byNumber.Remove(row.Number);
        byId.Remove(row.Id);
        Touch(row);
    }

    public void TakeBodies(IRows rows)
    {
        while (rows.Next())
        {
            if (byNumber.TryGetValue(rows.Int(0), out var row))
                row.TakeBody(rows.Text(1), rows.TextOrNull(2), rows.TextOrNull(3));
        }
    }

    /// <summary>After a failure: nothing here can be trusted.</summary>
    public virtual void Forget()
    {
        ForgetRows();
        Slots.Forget();
        Counters.Forget();
        facets.Forget();
        touched.Clear();
        keys.Clear();
        workers.Clear();
        files.Clear();
        wroteEvents = hasEvents = false;
    }

    protected void SetTime(long milliseconds) => (NowMs, Now) = (milliseconds, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));

    protected void TakeTasks(IRows rows)
    {
        while (rows.Next())
            Attach(TaskRowColumns.Read(rows));
    }

    protected void ForgetRows()
    {
        byId.Clear();
        byNumber.Clear();
        queues.Clear();
    }

    /// <summary>What the works want that is not here yet.</summary>
    protected List<Fetch> Wanted(IReadOnlyList<Work> works)
    {
        var ids = new HashSet<string>();
        var bodies = new HashSet<string>();
        foreach (var work in works)
        {
            foreach (var id in work.Ids)
            {
                var known = byId.GetValueOrDefault(id);
                if (known is null) ids.Add(id);
                if (work.WantsBodies && known is not { HasBody: true }) bodies.Add(id);
            }
        }
        var fetches = new List<Fetch>(4);
        if (ids.Count > 0) fetches.Add(new Fetch(works.Count == 1 ? Reads.Tasks : TasksOfSeveral, statement => statement.Texts([.. ids]), TakeTasks));
        if (ids.Count > 0 && !HasSlotsWithTasks) fetches.Add(new Fetch(Reads.SlotsOfTasks, statement => statement.Texts([.. ids]), TakeSlots));
        if (bodies.Count > 0) fetches.Add(new Fetch(Reads.Bodies, statement => statement.Texts([.. bodies]), TakeBodies));
        var asked = works.SelectMany(work => new[] { work.Key, work.Unique }).OfType<RequestKey>().Select(key => (key.User, key.Key)).Distinct();
        foreach (var (user, key) in asked.OrderBy(one => one.User, StringComparer.Ordinal).ThenBy(one => one.Key, StringComparer.Ordinal))
            fetches.Add(new Fetch(Reads.Key, statement => statement.Text(user).Text(key), rows => TakeKey(user, key, rows)));
        return fetches;
    }

    /// <summary>How the tasks of several works are read.</summary>
    protected virtual SqlRead TasksOfSeveral => Reads.Tasks;

    /// <summary>Queries for tasks bring their slots along.</summary>
    protected virtual bool HasSlotsWithTasks => true;

    protected void TakeSlots(IRows rows)
    {
        while (rows.Next())
        {
            if (byNumber.TryGetValue(rows.Int(0), out var row) && !row.IsTouched)
            {
                (row.SlotUntil, row.Seats) = (rows.IntOrNull(1), rows.TextOrNull(2));
                row.Stored();
            }
        }
    }

    protected void Lapse(IEnumerable<TaskRow> rows)
    {
        foreach (var row in rows)
            Lanes.Lapse(this, row);
    }
}
