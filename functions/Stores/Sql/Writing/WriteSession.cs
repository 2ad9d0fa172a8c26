using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>A query to be run together with others.</summary>
internal readonly record struct Fetch(SqlRead Read, Action<IStatement> Bind, Action<IRows> Take);

/// <summary>
/// A connection that writes, used by one thread. Errors of the database are <see cref="TaskException"/>s with store_unavailable, or
/// outcome_unknown once the commit has been asked for; anything else is a mistake in what was asked.
/// </summary>
internal abstract class WriteSession : IDisposable
{
    public abstract bool IsConnected { get; }

    /// <summary>The database gave the transaction up for another one's sake: the same again may succeed.</summary>
    public virtual bool IsConflict(Exception error) => false;

    /// <summary>Opens the connection where there is none, begins a transaction and runs the queries.</summary>
    public abstract void Begin(IReadOnlyList<Fetch> fetches);

    /// <summary>Runs further queries in the transaction; on servers they see no write that is still kept for the commit.</summary>
    public abstract void Fetch(IReadOnlyList<Fetch> fetches);

    /// <summary>A row to write, at the commit at the latest.</summary>
    public abstract IStatement Write(SqlWrite write);

    /// <summary>Writes at once what has been given so far, for a query that is to see it.</summary>
    public abstract void WriteNow();

    public void Commit() => Commit([]);

    /// <param name="after">Asked once the commit has happened, in the same round trip.</param>
    public abstract void Commit(IReadOnlyList<Fetch> after);

    /// <summary>Gives the transaction up. Never throws: a connection that cannot even do that is dropped.</summary>
    public abstract void Rollback();

    public abstract void Dispose();

    /// <summary>Runs one query.</summary>
    public void Fetch(SqlRead read, Action<IStatement> bind, Action<IRows> take) => Fetch([new Fetch(read, bind, take)]);
}

/// <summary>What a server counts up.</summary>
internal enum Sequence
{
    Tasks,
    Lines,
}

/// <summary>What transactions of a server ask of their connection beyond.</summary>
internal abstract class ServerSession : WriteSession
{
    private const string Wake = "update async_task_pump set asleep = false where one = 1 and asleep";

    // A pool per type and user that has a limit; when passed, all are forgotten and asked for again.
    private const int MostPoolsKept = 20_000;
    private readonly Dictionary<string, int> pools = new(StringComparer.Ordinal);

    /// <summary>The number of a kind of tasks, which is made where it is missing: on a connection of its own, so that nobody who makes the same has to wait for this transaction.</summary>
    public abstract long AddFacet(Facet facet);

    /// <summary>A query for new numbers, growing, which no transaction takes back.</summary>
    public abstract Fetch NextNumbers(Sequence sequence, int count, Action<long> take);

    /// <summary>Wakes the pump, outside of all transactions; true when it slept.</summary>
    public bool WakePump()
    {
        var woken = false;
        Guarded(() => woken = Execute(Wake) > 0);
        return woken;
    }

    /// <summary>Makes the seats of a pool, on a connection of its own; false when they are known to be there.</summary>
    public bool EnsureSeats(string pool, int limit)
    {
        if (pools.GetValueOrDefault(pool) >= limit) return false;
        AddSeats(pool, limit);
        if (pools.Count >= MostPoolsKept) pools.Clear();
        pools[pool] = limit;
        return true;
    }

    protected abstract void AddSeats(string pool, int limit);

    /// <summary>How many rows it changed.</summary>
    protected abstract int Execute(string sql);

    /// <summary>What an error of the server says of its state; null where it is a mistake in what was asked.</summary>
    protected abstract TaskException? Unavailable(Exception error);

    protected void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (Unavailable(error) is { } unavailable)
        {
            throw unavailable;
        }
    }
}
