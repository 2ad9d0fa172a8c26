using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>
/// A thread that writes. It takes whatever transitions are there and commits them together: under load many share a transaction, alone
/// one has it for itself at once. Each succeeds or is refused on its own.
/// </summary>
internal abstract class Writer(WriteSession session, int mostAtOnce, ILogger logger)
{
    private readonly List<Work> batch = new(mostAtOnce);

    protected WriteSession Session => session;

    protected ILogger Logger => logger;

    public void Loop(BlockingCollection<Work> queue)
    {
        try
        {
            Work? next = null;
            while (next is not null || queue.TryTake(out next, Timeout.Infinite))
            {
                next = Gather(next, queue);
                if (batch.Count > 0) Run(batch);
                batch.Clear();
            }
        }
        finally
        {
            session.Dispose();
        }
    }

    /// <summary>Commits the works and settles them.</summary>
    protected abstract void Run(IReadOnlyList<Work> works);

    /// <summary>The transaction of several did not happen. When it was one of them that could not be written, it fails alone.</summary>
    protected void Abandon(IReadOnlyList<Work> works, Exception error, bool isOfOne)
    {
        if (isOfOne && works.Count > 1)
        {
            foreach (var work in works.ToArray())
                Run([work]);
            return;
        }
        if (error is not TaskException) logger.LogError(error, "A transition failed in a way that none should.");
        foreach (var work in works)
            work.Fail(error);
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
            if (batch.Count == mostAtOnce || !queue.TryTake(out work)) return null;
        }
    }
}
