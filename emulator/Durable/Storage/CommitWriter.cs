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

    /// <summary>The transaction was rolled back, and will be tried again: forgets what <see cref="Write"/> noted.</summary>
    void Undone();

    /// <summary>Nothing was written, or it is not known whether it will be: who waits is told.</summary>
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

    /// <summary>Milliseconds between two tries of a batch that cannot be written.</summary>
    private const int FirstRetry = 20, LongestRetry = 1000;

    private readonly ConcurrentQueue<ICommitSource> queue = new();
    private readonly List<ICommit> batch = [];

    /// <summary>Came while a batch could not be written, for the next one: who waits for them must not wait until it can.</summary>
    private readonly List<ICommit> behind = [];
    private readonly SemaphoreSlim wake = new(0);
    private readonly ManualResetEventSlim halt = new();
    private readonly Connection db;
    private readonly Rows rows;
    private readonly IStorageFaults? faults;
    private readonly ILogger logger;
    private readonly Statement begin;
    private readonly Statement commit;
    private readonly Statement number;
    private readonly Statement newest;
    private readonly Checkpointer checkpointer;
    private readonly Thread thread;

    /// <summary>How many transactions the file has had.</summary>
    private long commits;
    private int asleep;
    private volatile bool stopping;
    private volatile bool ended;
    private volatile Exception? fault;
    private volatile string? trouble;

    public CommitWriter(Connection db, Checkpointer checkpointer, IStorageFaults? faults, ILogger logger)
    {
        this.faults = faults;
        this.db = db;
        this.checkpointer = checkpointer;
        this.logger = logger;
        rows = new Rows(db);
        begin = db.Prepare("BEGIN IMMEDIATE");
        commit = db.Prepare("COMMIT");
        number = db.Prepare("UPDATE newest_commit SET number = ?1");
        newest = db.Prepare("SELECT number FROM newest_commit");
        commits = Newest();
        thread = new Thread(Run) { IsBackground = true, Name = "durable writer" };
    }

    /// <summary>Why nothing can be written just now; null when it can. It is tried again until it can.</summary>
    public string? Trouble => fault is { } final ? $"The durable engine has stopped: {final.Message}" : trouble;

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
        halt.Set();
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

    public void Dispose()
    {
        wake.Dispose();
        halt.Dispose();
    }

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
        batch.AddRange(behind);
        behind.Clear();
        while (batch.Count < MaxBatch && TakeTo(batch))
        {
        }
    }

    /// <returns>False when nothing is queued.</returns>
    private bool TakeTo(List<ICommit> list)
    {
        if (!queue.TryDequeue(out var source))
            return false;
        if (source.TakeCommit() is { } changes)
            list.Add(changes);
        return true;
    }

    private void RefuseLate()
    {
        while (queue.TryDequeue(out var source))
            source.TakeCommit()?.Refused(new StorageException("The durable engine has stopped."));
    }

    private void WriteBatch()
    {
        for (var delay = FirstRetry; ; delay = Longer(delay))
        {
            if (fault is not null)
            {
                Refuse(fault);
                return;
            }

            var committing = false;
            try
            {
                WriteOnce(ref committing);
                break;
            }
            catch (StorageException error) when (committing && !db.IsInTransaction)
            {
                // Over, one way or the other, and the error does not tell which.
                if (IsCommitted(error) is not { } done)
                    return;
                if (done)
                    break;
                Undo();
                if (!Wait(error, delay))
                    return;
            }
            catch (StorageException error)
            {
                RollBack();
                if (!Wait(error, delay))
                    return;
            }
            catch (Exception error)
            {
                // A fault of ours, not of the disk: what is in memory may be ahead of the database for good.
                RollBack();
                GiveUp(error);
            }
        }

        commits++;
        trouble = null;
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

    private void WriteOnce(ref bool committing)
    {
        begin.Run();
        faults?.At(WritePoint.Begun, db);
        for (var i = 0; i < batch.Count; i++)
        {
            if (i > 0)
                faults?.At(WritePoint.BetweenChanges, db);
            batch[i].Write(rows);
        }

        number.Bind(1, commits + 1).Run();
        faults?.At(WritePoint.BeforeCommit, db);
        committing = true;
        commit.Run();
        faults?.At(WritePoint.AfterCommit, db);
    }

    /// <summary>Whether the last COMMIT was done although it reported an error. Written again it would be there twice.</summary>
    /// <returns>Null when the engine stops before the database can be asked: the batch may be in it or not.</returns>
    private bool? IsCommitted(StorageException error)
    {
        for (var delay = FirstRetry; ; delay = Longer(delay))
        {
            try
            {
                faults?.At(WritePoint.LookUp, db);
                return Newest() > commits;
            }
            catch (StorageException unreadable)
            {
                logger.LogError("Whether a commit was done cannot be looked up yet: {Reason} The commit's error: {Error}", unreadable.Message, error.Message);
                if (!Wait(unreadable, delay))
                    return null;
            }
            catch (Exception ours)
            {
                GiveUp(ours);
                Refuse(ours);
                return null;
            }
        }
    }

    private long Newest()
    {
        var found = newest.Step() ? newest.Long(0) : throw new StorageException("The durable database has no number of its newest commit.");
        newest.Reset();
        return found;
    }

    private static int Longer(int delay) => delay < LongestRetry ? delay * 2 : LongestRetry;

    private void GiveUp(Exception error)
    {
        fault = error;
        logger.LogCritical(error, "The durable engine cannot go on; restart to go on from the last commit.");
    }

    private void RollBack()
    {
        try
        {
            db.Execute("ROLLBACK");
        }
        catch (StorageException)
        {
            // SQLite has rolled back by itself.
        }

        Undo();
    }

    private void Undo()
    {
        for (var i = batch.Count - 1; i >= 0; i--)
            batch[i].Undone();
    }

    /// <summary>Says what is wrong, to the log once and to who waits, and lets some time pass.</summary>
    /// <returns>False when the engine stops meanwhile: the batch was never written.</returns>
    private bool Wait(StorageException error, int milliseconds)
    {
        if (trouble is null)
            logger.LogError("The durable database cannot be written; it is tried again until it can. {Reason}", error.Message);
        trouble = error.Message;
        var told = new StorageException($"The durable database cannot be written: {error.Message}");
        while (TakeTo(behind))
        {
        }
        foreach (var changes in batch.Concat(behind))
            changes.Refused(told);
        return !halt.Wait(milliseconds) && fault is null;
    }

    private void Refuse(Exception error)
    {
        foreach (var changes in batch)
            changes.Refused(new StorageException($"The durable engine has stopped: {error.Message}"));
    }
}
