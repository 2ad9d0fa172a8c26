using SQLitePCL;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>SQLite refused something. The message says what and why.</summary>
internal sealed class StorageException(string message) : Exception(message);

/// <summary>
/// One SQLite connection, on the raw API: the writer binds a few hundred thousand values a second, where the ADO.NET layer's
/// boxing and lookups would be most of the work. Used by one thread at a time.
/// </summary>
internal sealed class Connection : IDisposable
{
    private readonly sqlite3 db;
    private readonly List<Statement> statements = [];

    static Connection() => Batteries_V2.Init();

    public Connection(string path)
    {
        var flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX;
        Check(raw.sqlite3_open_v2(path, out db, flags, null), $"open {path}");
        raw.sqlite3_busy_timeout(db, 10_000);
    }

    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(db, sql, out var handle), sql);
        var statement = new Statement(this, handle, sql);
        statements.Add(statement);
        return statement;
    }

    /// <summary>Runs one or more statements that answer nothing.</summary>
    public void Execute(string sql)
    {
        var code = raw.sqlite3_exec(db, sql);
        Check(code, sql);
    }

    public long Scalar(string sql)
    {
        using var statement = Prepare(sql);
        return statement.Step() ? statement.Long(0) : 0;
    }

    public void Dispose()
    {
        foreach (var statement in statements.ToArray())
            statement.Dispose();
        db.Dispose();
    }

    internal void Forget(Statement statement) => statements.Remove(statement);

    internal void Check(int code, string what)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)
            return;
        var reason = db is { IsInvalid: false } ? raw.sqlite3_errmsg(db).utf8_to_string() : $"error {code}";
        throw new StorageException($"SQLite: {reason} ({code}) in: {what}");
    }
}
