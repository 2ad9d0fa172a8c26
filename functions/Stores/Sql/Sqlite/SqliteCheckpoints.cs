using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Sqlite;

/// <summary>
/// Copies the write-ahead log into the file beside the writer, which SQLite would make wait for it: tens of milliseconds, once a
/// second under load. Only the last few pages are the writer's own to copy, since the log begins anew only when all of it has
/// been copied and nothing was written since.
/// </summary>
/// <param name="writer">The connection that writes.</param>
internal sealed class SqliteCheckpoints(SqliteFile writer, string path) : IDisposable
{
    private const string Copy = "pragma wal_checkpoint(passive)";

    /// <summary>Pages in the log after which copying begins: 32 MiB.</summary>
    private const long Begin = 8192;

    /// <summary>So few that the writer may copy them itself.</summary>
    private const long Few = 256;

    private const int MaxPasses = 4;

    private Task copying = Task.CompletedTask;
    private long written;
    private long copied;
    private bool begun;

    /// <summary>On the writer's thread, outside its transactions: copies what is left, when that is little.</summary>
    public void BetweenCommits()
    {
        if (!begun || !copying.IsCompleted)
            return;
        CopyBy(writer);
        copied = written;
        begun = false;
    }

    /// <summary>On the writer's thread, after each commit.</summary>
    public void Committed()
    {
        Volatile.Write(ref written, writer.PagesWritten);
        if (begun || written - copied < Begin)
            return;
        begun = true;
        copying = Task.Run(CopyBeside);
    }

    public void Dispose() => copying.Wait();

    private void CopyBeside()
    {
        try
        {
            using var own = new SqliteFile(path, create: false);
            for (var pass = 0; pass < MaxPasses; pass++)
            {
                var before = Volatile.Read(ref written);
                CopyBy(own);
                if (Volatile.Read(ref written) - before <= Few)
                    return;
            }
        }
        catch (Exception error) when (error is TaskException or InvalidOperationException)
        {
            // As below.
        }
    }

    private static void CopyBy(SqliteFile file)
    {
        try
        {
            file.Execute(Copy);
        }
        catch (Exception error) when (error is TaskException or InvalidOperationException)
        {
            // A disk that is full, say: nothing is lost, the log grows, and the writer's next commit tells its caller.
        }
    }
}
