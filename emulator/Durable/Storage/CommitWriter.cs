using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>Changes that are committed together, and what may happen once they are.</summary>
internal interface ICommit
{
    /// <summary>On the writer thread, inside its transaction.</summary>
    void Write(Rows rows);

    /// <summary>On the writer thread, after the commit: must be quick.</summary>
    void Committed();

    /// <summary>Nothing was written; nothing will be.</summary>
    void Refused(Exception error);
}

/// <summary>Something that may have changes to commit by the time the writer gets to it.</summary>
internal interface ICommitSource
{
    /// <summary>Takes all there is by now; null when an earlier turn of the writer took it.</summary>
    ICommit? TakeCommit();
}

/// <summary>
/// The one thread that writes. It takes whatever is queued, writes it in one transaction, then lets the effects loose; while it
/// writes, the next batch gathers. So an idle engine commits at once, and a busy one thousands of turns together.
/// </summary>
internal sealed class CommitWriter : IDisposable
{
    private const int MaxBatch = 4096;

    private readonly ConcurrentQueue<ICommitSource> queue = new();
    private readonly List<ICommit> batch = [];
    private readonly SemaphoreSlim wake = new(0);
    private readonly Connection db;
    private readonly Rows rows;
    private readonly ILogger logger;
    private readonly Statement begin;
    private readonly Statement commit;
    private readonly Checkpointer checkpointer;
    private readonly Thread thread;
    private int asleep;
    private volatile bool stopping;
    private volatile bool ended;
    private volatile Exception? fault;

    public CommitWriter(Connection db, Checkpointer checkpointer, ILogger logger)
    {
        this.db = db;
        this.checkpointer = checkpointer;
        this.logger = logger;
        rows = new Rows(db);
        begin = db.Prepare("BEGIN IMMEDIATE");
        commit = db.Prepare("COMMIT");
        thread = new Thread(Run) { IsBackground = true, Name = "durable writer" };
    }

    public void Start() => thread.Start();

    public void Enqueue(ICommitSource source)
    {
        queue.Enqueue(source);

        // The exchange is also the fence between the enqueue and the look at the sleeper.
        if (Interlocked.Exchange(ref asleep, 0) == 1)
            wake.Release();
        if (ended)
            RefuseLate();
    }

    /// <summary>Writes what is queued, then ends. What is queued later is refused.</summary>
    public void Stop()
    {
        stopping = true;
        if (Interlocked.Exchange(ref asleep, 0) == 1)
            wake.Release();
        if (thread.IsAlive)
            thread.Join();
        ended = true;
        RefuseLate();
    }

    /// <summary>Ends without writing what is queued, as a killed process does. For tests.</summary>
    public void Abandon()
    {
        fault = new OperationCanceledException("The engine was abandoned.");
        Stop();
    }

    public void Dispose() => wake.Dispose();

    private void Run()
    {
        while (true)
        {
            Gather();
            if (batch.Count > 0)
            {
                WriteBatch();
                continue;
            }

            if (stopping)
                return;
            Volatile.Write(ref asleep, 1);
            Interlocked.MemoryBarrier();
            if (queue.IsEmpty && !stopping)
                wake.Wait();
            else if (Interlocked.Exchange(ref asleep, 0) == 0)
                wake.Wait(); // somebody has released it already
        }
    }

    private void Gather()
    {
        batch.Clear();
        while (batch.Count < MaxBatch && queue.TryDequeue(out var source))
        {
            if (source.TakeCommit() is { } changes)
                batch.Add(changes);
        }
    }

    private void RefuseLate()
    {
        while (queue.TryDequeue(out var source))
            source.TakeCommit()?.Refused(new StorageException("The durable engine has stopped."));
    }

    private void WriteBatch()
    {
        try
        {
            if (fault is not null)
                throw fault;
            begin.Run();
            foreach (var changes in batch)
                changes.Write(rows);
            commit.Run();
        }
        catch (Exception error)
        {
            Refuse(error);
            return;
        }

        foreach (var changes in batch)
        {
            try
            {
                changes.Committed();
            }
            catch (Exception error)
            {
                logger.LogCritical(error, "An effect of a durable commit failed to start.");
            }
        }

        checkpointer.Committed();
    }

    // What the engine has in memory is ahead of the database now, so nothing may be written any more: the state on disk is
    // the last whole one, and a restart goes on from there.
    private void Refuse(Exception error)
    {
        if (fault is null)
        {
            logger.LogCritical(error, "The durable database cannot be written any more; restart to go on from the last commit.");
            fault = error;
            try
            {
                db.Execute("ROLLBACK");
            }
            catch (StorageException)
            {
                // SQLite has rolled back by itself.
            }
        }

        foreach (var changes in batch)
            changes.Refused(new StorageException($"The durable engine has stopped: {error.Message}"));
    }
}
