using System.Collections.Concurrent;
using Tasklane.Stores.Sql.Reading;
using Tasklane.Stores.Sql.Statements;

namespace Tasklane.Stores.Sql.Sqlite;

/// <summary>
/// Reads the file on connections that are kept for the next caller. Each sees one state of the database throughout, and neither
/// waits for the writer nor holds it up.
/// </summary>
internal sealed class SqliteReads(string path) : IReads
{
    private static readonly SqlRead Begin = new("begin");
    private static readonly SqlRead Commit = new("commit");
    private static readonly SqlRead Version = new("pragma data_version");

    private readonly ConcurrentBag<SqliteFile> idle = [];
    private volatile bool closed;
    private (SqliteFile File, string Mark)? watching;

    public async Task<T> RunAsync<T>(Func<IReader, Task<T>> queries, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (!idle.TryTake(out var file)) file = Open();
        try
        {
            file.Of(Begin).Run();
            var result = await queries(new Reader(file, cancellation));
            file.Of(Commit).Run();
            idle.Add(file);
            file = null;
            return result;
        }
        finally
        {
            file?.Dispose();
            if (closed) CloseIdle();
        }
    }

    /// <summary>
    /// SQLite counts for each connection what others have committed, so this is asked on one connection always. Its number means nothing to
    /// another one, hence the mark before it.
    /// </summary>
    public Task<string?> VersionAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (idle)
        {
            ObjectDisposedException.ThrowIf(closed, this);
            watching ??= (Open(), Guid.NewGuid().ToString("N"));
            try
            {
                using var rows = watching.Value.File.Of(Version).Rows();
                rows.Next();
                return Task.FromResult<string?>($"{watching.Value.Mark}-{rows.Int(0)}");
            }
            catch
            {
                watching.Value.File.Dispose();
                watching = null;
                throw;
            }
        }
    }

    public ValueTask DisposeAsync()
    {
        closed = true;
        lock (idle)
        {
            watching?.File.Dispose();
            watching = null;
        }
        CloseIdle();
        return ValueTask.CompletedTask;
    }

    private SqliteFile Open()
    {
        var file = new SqliteFile(path, create: false);
        file.Execute("pragma query_only = on");
        return file;
    }

    private void CloseIdle()
    {
        while (idle.TryTake(out var file))
            file.Dispose();
    }

    /// <summary>SQLite answers on the caller's thread: the tasks returned have ended.</summary>
    private sealed class Reader(SqliteFile file, CancellationToken cancellation) : IReader
    {
        public Task<List<T>> ListAsync<T>(SqlRead read, Action<IStatement> bind, Func<IRow, T> map)
        {
            cancellation.ThrowIfCancellationRequested();
            var statement = file.Of(read);
            bind(statement);
            var found = new List<T>();
            using var rows = statement.Rows();
            while (rows.Next())
                found.Add(map(rows));
            return Task.FromResult(found);
        }
    }
}
