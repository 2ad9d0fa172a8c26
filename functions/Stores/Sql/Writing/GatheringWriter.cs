using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>
/// The one thread that writes an SQLite file. It takes whatever transitions are there, runs them over one transaction and commits them
/// together: under load hundreds share a commit, alone one has it for itself at once. Each succeeds or is refused on its own; when the
/// commit fails, all of the batch fail.
/// </summary>
internal sealed class GatheringWriter(WriteSession session, GatheredTransaction transaction, ILogger logger)
{
    private const int MostAtOnce = 256;

    private readonly List<Work> batch = new(MostAtOnce);

    public void Loop(BlockingCollection<Work> queue)
    {
        try
        {
            Work? next = null;
            while (next is not null || queue.TryTake(out next, Timeout.Infinite))
            {
                next = Gather(next, queue);
                if (batch.Count > 0) Commit(batch);
                batch.Clear();
            }
        }
        finally
        {
            session.Dispose();
        }
    }

    /// <summary>Fills the batch from <paramref name="first"/> on; returns the work that must begin another one.</summary>
    private Work? Gather(Work first, BlockingCollection<Work> queue)
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

    private void Commit(IReadOnlyList<Work> works)
    {
        try
        {
            transaction.Begin(works);
            foreach (var work in works)
                work.Run(transaction);
            transaction.Flush();
            session.Commit();
            transaction.Committed();
        }
        catch (Exception error)
        {
            session.Rollback();
            transaction.Forget();
            Abandon(works, error);
            return;
        }
        foreach (var work in works)
            work.Settle();
    }

    private void Abandon(IReadOnlyList<Work> works, Exception error)
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
