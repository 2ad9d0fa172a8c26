using System.Runtime.InteropServices;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>SQLite refused something. The message says what and why.</summary>
internal sealed class StorageException(string message) : Exception(message);

/// <summary>
/// One SQLite connection, on the C API: the writer binds millions of values a second, where the ADO.NET layer's boxing and
/// lookups would be most of the work. Used by one thread at a time.
/// </summary>
internal sealed class Connection : IDisposable
{
    private readonly HashSet<Statement> statements = [];
    private nint db;
    private long pagesWritten;

    public Connection(string path)
    {
        var flags = Native.OpenReadWrite | Native.OpenCreate | Native.OpenNoMutex;
        Check(Native.sqlite3_open_v2(path, out db, flags, 0), $"open {path}");
        Check(Native.sqlite3_busy_timeout(db, 10_000), "busy timeout");
    }

    /// <summary>Whether a transaction is open. Some errors end it, so that nothing is left to roll back.</summary>
    public bool IsInTransaction => Native.sqlite3_get_autocommit(db) == 0;

    /// <summary>How many pages this connection has put into the log.</summary>
    public long PagesWritten
    {
        get
        {
            // A counter of 32 bits: taken often enough, and begun anew each time, it cannot run over.
            Check(Native.sqlite3_db_status(db, Native.StatusCacheWrite, out var since, out _, 1), "status");
            return pagesWritten += since;
        }
    }

    public Statement Prepare(string sql)
    {
        Check(Native.sqlite3_prepare_v2(db, sql, -1, out var handle, 0), sql);
        var statement = new Statement(this, handle, sql);
        statements.Add(statement);
        return statement;
    }

    /// <summary>Runs one or more statements that answer nothing.</summary>
    public void Execute(string sql) => Check(Native.sqlite3_exec(db, sql, 0, 0, 0), sql);

    public long Scalar(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Long(0) : 0;
    }

    public void Dispose()
    {
        foreach (var statement in statements.ToArray())
            statement.Dispose();
        if (db != 0)
            _ = Native.sqlite3_close_v2(db);
        db = 0;
    }

    internal void Forget(Statement statement) => statements.Remove(statement);

    internal void Check(int code, string what)
    {
        if (code is Native.Ok or Native.Row or Native.Done)
            return;
        var reason = db == 0 ? $"error {code}" : Marshal.PtrToStringUTF8(Native.sqlite3_errmsg(db));
        throw new StorageException($"SQLite: {reason} ({code}) in: {what}");
    }
}
