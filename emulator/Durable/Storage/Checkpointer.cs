using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>
/// Copies the write-ahead log into the database beside the writer, which SQLite would make wait for it: tens of milliseconds,
/// once a second under load. Only the last few pages are the writer's own to copy, since the log begins anew only when all of it
/// has been copied and nothing was written since.
/// </summary>
internal sealed class Checkpointer : IDisposable
{
    private const string Copy = "PRAGMA wal_checkpoint(PASSIVE)";

    /// <summary>Pages in the log after which copying begins: 32 MiB.</summary>
    private const long Begin = 4096;

    /// <summary>So few that the writer may copy them itself.</summary>
    private const long Few = 128;

    private const int MaxPasses = 4;

    private readonly AutoResetEvent wake = new(false);
    private readonly Connection writer;
    private readonly Connection own;
    private readonly ILogger logger;
    private readonly Thread thread;
    private long written;
    private long copied;
    private volatile bool copying;
    private volatile bool almost;
    private volatile bool stopping;

    /// <param name="writer">The connection that writes.</param>
    /// <param name="own">One that nobody else uses.</param>
    public Checkpointer(Connection writer, Connection own, ILogger logger)
    {
        this.writer = writer;
        this.own = own;
        this.logger = logger;
        thread = new Thread(Run) { IsBackground = true, Name = "durable checkpointer" };
        thread.Start();
    }

    /// <summary>On the writer thread, after each commit.</summary>
    public void Committed()
    {
        var now = writer.PagesWritten;
        Volatile.Write(ref written, now);
        if (copying)
        {
            if (!almost)
                return;
            almost = false;
            CopyBy(writer);
            copied = now;
            copying = false;
        }
        else if (now - copied >= Begin)
        {
            copying = true;
            wake.Set();
        }
    }

    public void Dispose()
    {
        stopping = true;
        wake.Set();
        thread.Join();
        wake.Dispose();
        own.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            wake.WaitOne();
            if (stopping)
                return;
            for (var pass = 0; pass < MaxPasses && !stopping; pass++)
            {
                var before = Volatile.Read(ref written);
                CopyBy(own);
                if (Volatile.Read(ref written) - before <= Few)
                    break;
            }

            almost = true;
        }
    }

    private void CopyBy(Connection connection)
    {
        try
        {
            connection.Scalar(Copy);
        }
        catch (StorageException error)
        {
            // A disk that is full, say: the writer's next commit meets it too, and knows what to do.
            logger.LogWarning(error, "The durable database's log could not be copied into it; it grows until it can.");
        }
    }
}
