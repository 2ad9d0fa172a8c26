using SQLitePCL;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Sqlite;

/// <summary>One connection to the database file, with its prepared statements; not for two threads at once.</summary>
internal sealed class SqliteFile : IDisposable
{
    private readonly string path;
    private readonly sqlite3 handle;
    private readonly Dictionary<SqlRead, SqliteStatement> reads = [];
    private SqliteStatement?[] writes = [];
    private long pagesWritten;

    static SqliteFile() => Batteries_V2.Init();

    /// <exception cref="TaskException">store_unavailable: the file cannot be opened.</exception>
    public SqliteFile(string path, bool create)
    {
        this.path = path;
        var flags = raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_READWRITE | (create ? raw.SQLITE_OPEN_CREATE : 0);
        var code = raw.sqlite3_open_v2(path, out handle, flags, null);
        try
        {
            if (code != raw.SQLITE_OK) throw Failure(code);
            raw.sqlite3_extended_result_codes(handle, 1);
            // Another process may be writing: wait for it this long, then say so.
            raw.sqlite3_busy_timeout(handle, 5_000);
            Execute("pragma temp_store = memory");
            Execute("pragma cache_size = -65536");
            Execute("pragma mmap_size = 1073741824");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>How many pages this connection has put into the log.</summary>
    public long PagesWritten
    {
        get
        {
            // A counter of 32 bits: taken often enough, and begun anew each time, it cannot run over.
            Check(raw.sqlite3_db_status(handle, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var since, out _, 1));
            return pagesWritten += since;
        }
    }

    /// <summary>Runs statements that answer nothing.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(handle, sql));

    public SqliteStatement Of(SqlWrite write)
    {
        if (write.Number >= writes.Length) Array.Resize(ref writes, SqlWrite.Count);
        return (writes[write.Number] ??= new SqliteStatement(this, Prepare(write.Sqlite))).Fresh();
    }

    public SqliteStatement Of(SqlRead read)
    {
        if (!reads.TryGetValue(read, out var statement))
            reads.Add(read, statement = new SqliteStatement(this, Prepare(read.Sqlite)));
        return statement.Fresh();
    }

    public void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)) throw Failure(code);
    }

    public void Dispose()
    {
        foreach (var statement in reads.Values.Concat(writes.OfType<SqliteStatement>()))
            statement.Finish();
        handle.Dispose();
    }

    /// <summary>What went wrong, in a sentence that says what to do. A broken rule of the schema is a mistake of ours, not of the store's.</summary>
    private Exception Failure(int code)
    {
        var detail = handle.IsInvalid ? raw.sqlite3_errstr(code).utf8_to_string() : raw.sqlite3_errmsg(handle).utf8_to_string();
        var sentence = (code & 0xff) switch
        {
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"The task database '{path}' is locked by another process.",
            raw.SQLITE_FULL => $"The disk that holds the task database '{path}' is full.",
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => $"The task database '{path}' is damaged, or is no SQLite database. Restore it from a copy or move it away.",
            raw.SQLITE_READONLY or raw.SQLITE_PERM or raw.SQLITE_AUTH => $"The task database '{path}' may not be written.",
            raw.SQLITE_CANTOPEN => $"The task database '{path}' cannot be opened.",
            raw.SQLITE_IOERR => $"The task database '{path}' cannot be read or written.",
            _ => null,
        };
        return sentence is null
            ? new InvalidOperationException($"SQLite refused a statement ({code}): {detail}")
            : new TaskException((code & 0xff) == raw.SQLITE_FULL ? TaskErrors.StoreFull : TaskErrors.StoreUnavailable, $"{sentence} ({detail})");
    }

    private sqlite3_stmt Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var statement));
        return statement;
    }
}
