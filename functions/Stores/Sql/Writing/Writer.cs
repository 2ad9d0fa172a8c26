using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>
/// The one thread that writes. It takes whatever transitions are there, runs them over one ledger and commits them together: under
/// load hundreds share a commit, alone one has it for itself at once. Each succeeds or is refused on its own; when the commit
/// fails, all of the batch fail.
/// </summary>
internal sealed class Writer : IAsyncDisposable
{
    private const int MostAtOnce = 256;
    private const int MostTries = 3;

    private readonly WriteSession session;
    private readonly Ledger ledger;
    private readonly ILogger logger;
    private readonly BlockingCollection<Work> queue = [];
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Work> batch = new(MostAtOnce);

    public Writer(WriteSession session, Ledger ledger, string name, ILogger logger)
    {
        (this.session, this.ledger, this.logger) = (session, ledger, logger);
        new Thread(Loop) { IsBackground = true, Name = name }.Start();
    }

    public Task<T> RunAsync<T>(Work<T> work)
    {
        try
        {
            queue.Add(work, CancellationToken.None);
        }
        catch (InvalidOperationException)
        {
            work.Fail(new TaskException(TaskErrors.StoreUnavailable, "The task store has been closed."));
        }
        return work.Outcome;
    }

    /// <summary>Finishes what has been asked for, then closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.CompleteAdding();
        await ended.Task;
        queue.Dispose();
    }

    private void Loop()
    {
        try
        {
            Work? next = null;
            while (next is not null || queue.TryTake(out next, Timeout.Infinite))
            {
                next = Gather(next);
                if (batch.Count > 0) Commit(batch);
                batch.Clear();
            }
        }
        finally
        {
            session.Dispose();
            ended.SetResult();
        }
    }

    /// <summary>Fills the batch from <paramref name="first"/> on; returns the work that must begin another one.</summary>
    private Work? Gather(Work first)
    {
        for (var work = first; ;)
        {
            if (work.Cancellation.IsCancellationRequested)
            {
                work.Cancel();
            }
            else
            {
                if (work.IsAlone && batch.Count > 0) return work;
                batch.Add(work);
                if (work.IsAlone) return null;
            }
            if (batch.Count == MostAtOnce || !queue.TryTake(out work)) return null;
        }
    }

    private void Commit(List<Work> works)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                Begin(works);
                foreach (var work in works)
                    work.Run(ledger);
                ledger.Flush();
                session.Commit();
                ledger.Committed();
                break;
            }
            catch (Exception error)
            {
                GiveUp();
                if (session.IsConflict(error) && tries < MostTries) continue;
                Abandon(works, error);
                return;
            }
        }
        foreach (var work in works)
            work.Settle();
    }

    /// <summary>A connection that died since its last use shows it here, when nothing has happened yet: a new one is tried at once.</summary>
    private void Begin(List<Work> works)
    {
        var wasConnected = session.IsConnected;
        try
        {
            ledger.Begin(works);
        }
        catch (TaskException) when (wasConnected)
        {
            GiveUp();
            if (session.IsConnected) throw;
            ledger.Begin(works);
        }
    }

    private void GiveUp()
    {
        session.Rollback();
        ledger.Forget();
    }

    private void Abandon(List<Work> works, Exception error)
    {
        if (error is TaskException unavailable)
        {
            foreach (var work in works)
                work.Fail(unavailable);
        }
        else if (works.Count == 1)
        {
            logger.LogError(error, "A transition failed in a way that none should.");
            works[0].Fail(error);
        }
        else
        {
            // One of them cannot be written. On its own it fails alone.
            foreach (var work in works.ToArray())
                Commit([work]);
        }
    }
}
