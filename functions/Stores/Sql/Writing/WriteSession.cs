using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>A query to be run together with others.</summary>
internal readonly record struct Fetch(SqlRead Read, Action<IStatement> Bind, Action<IRows> Take);

/// <summary>
/// The connection that writes, used by one thread. Between <see cref="Begin"/> and <see cref="Commit"/> nobody else writes to the
/// hub. Errors of the database are <see cref="Tasks.TaskException"/>s with store_unavailable; anything else is a mistake in what was asked.
/// </summary>
internal abstract class WriteSession : IDisposable
{
    public abstract bool IsConnected { get; }

    /// <summary>The database gave the transaction up for another one's sake: the same again may succeed.</summary>
    public virtual bool IsConflict(Exception error) => false;

    /// <summary>Opens the connection where there is none, begins a transaction, takes the hub's lock and runs the queries.</summary>
    public abstract void Begin(IReadOnlyList<Fetch> fetches);

    /// <summary>Runs further queries in the transaction; they see no write that is still kept for the commit.</summary>
    public abstract void Fetch(IReadOnlyList<Fetch> fetches);

    /// <summary>A row to write, at the commit at the latest.</summary>
    public abstract IStatement Write(SqlWrite write);

    public abstract void Commit();

    /// <summary>Gives the transaction up. Never throws: a connection that cannot even do that is dropped.</summary>
    public abstract void Rollback();

    public abstract void Dispose();

    /// <summary>Runs one query.</summary>
    public void Fetch(SqlRead read, Action<IStatement> bind, Action<IRows> take) => Fetch([new Fetch(read, bind, take)]);
}
