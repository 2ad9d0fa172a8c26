using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Sqlite;

/// <summary>
/// Writes to the file. Write-ahead log, synchronous = normal: a commit survives the death of the process at any moment; the last
/// ones before a power cut may be undone, whole.
/// </summary>
internal sealed class SqliteWriteSession(string path) : WriteSession
{
    private static readonly SqlRead BeginNow = new("begin immediate");
    private static readonly SqlRead CommitNow = new("commit");

    private SqliteFile? file;
    private SqliteCheckpoints? checkpoints;
    private bool open;

    public override bool IsConnected => file is not null;

    public override void Begin(IReadOnlyList<Fetch> fetches)
    {
        if (file is null)
        {
            file = Open(path);
            checkpoints = new SqliteCheckpoints(file, path);
        }
        checkpoints!.BetweenCommits();
        file.Of(BeginNow).Run();
        open = true;
        Fetch(fetches);
    }

    public override void Fetch(IReadOnlyList<Fetch> fetches)
    {
        foreach (var (read, bind, take) in fetches)
        {
            var statement = file!.Of(read);
            bind(statement);
            using var rows = statement.Rows();
            take(rows);
        }
    }

    public override IStatement Write(SqlWrite write) => file!.Of(write);

    public override void WriteNow()
    {
        // Every row is written as it is given.
    }

    public override void Commit(IReadOnlyList<Fetch> after)
    {
        file!.Of(CommitNow).Run();
        open = false;
        Fetch(after);
        checkpoints!.Committed();
    }

    public override void Rollback()
    {
        try
        {
            if (open) file?.Execute("rollback");
        }
        catch (Exception error) when (error is TaskException or InvalidOperationException)
        {
            // SQLite rolls back by itself after some errors (full disk, I/O); a new connection begins clean either way.
            Dispose();
        }
        open = false;
    }

    public override void Dispose()
    {
        checkpoints?.Dispose();
        file?.Dispose();
        (file, checkpoints, open) = (null, null, false);
    }

    private static SqliteFile Open(string path)
    {
        var file = new SqliteFile(path, create: true);
        try
        {
            file.Execute("pragma journal_mode = wal");
            file.Execute("pragma synchronous = normal");
            file.Execute("pragma wal_autocheckpoint = 0"); // see SqliteCheckpoints
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
