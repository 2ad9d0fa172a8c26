using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Transitions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>One of the threads that write to a server: a transition, a transaction.</summary>
internal sealed class LockingWriter(ServerSession session, LockingTransaction transaction, ILogger logger)
{
    private const int MostTries = 40;

    /// <summary>So often what others missed is looked for again before it is left to the sweep.</summary>
    private const int MostRepeats = 50;

    public void Loop(BlockingCollection<Work> queue)
    {
        try
        {
            while (queue.TryTake(out var work, Timeout.Infinite))
            {
                if (work.Cancellation.IsCancellationRequested) work.Cancel();
                else Run(work);
            }
        }
        finally
        {
            session.Dispose();
        }
    }

    private void Run(Work work)
    {
        var (missed, asleep, touched) = Commit(work, out var error);
        if (error is not null)
        {
            if (error is not TaskException) logger.LogError(error, "A transition failed in a way that none should.");
            work.Fail(error);
            return;
        }
        for (var repeat = 0; missed && repeat < MostRepeats && work.RepeatsWhenMissed; repeat++)
        {
            (missed, asleep, touched) = Commit(work, out error);
            if (error is null) continue;
            work.Fail(error);
            return;
        }
        // It has been committed: from here on nothing may fail it.
        var grants = missed && work.TellsGrants && touched is var (type, user) ? AssignMissed(type, user, ref asleep) : [];
        if (grants.Count > 0 || asleep) work.Add(new Aftermath(grants, asleep && WakePump()));
        work.Settle();
    }

    private List<Grant> AssignMissed(string type, string user, ref bool asleep)
    {
        var grants = new List<Grant>();
        var missed = true;
        for (var repeat = 0; missed && repeat < MostRepeats; repeat++)
        {
            IReadOnlyList<Grant> found = [];
            var assign = new Work<bool>(
                next =>
                {
                    found = next.AssignMissedSlots(type, user);
                    transaction.LooksAgain(type, user);
                    return true;
                },
                [],
                CancellationToken.None)
            { WantsSlots = true };
            (missed, var sleeps, _) = Commit(assign, out var error);
            if (error is not null)
            {
                logger.LogDebug(error, "A slot was left for the sweeper to give away.");
                break;
            }
            grants.AddRange(found);
            asleep |= sleeps;
        }
        return grants;
    }

    private bool WakePump()
    {
        try
        {
            return session.WakePump();
        }
        catch (TaskException away)
        {
            logger.LogDebug(away, "The pump was left for the sweeper to wake.");
            return false;
        }
    }

    /// <returns>Whether a slot has been missed, or an event by a pump that went to sleep; whether the pump sleeps; whose slot it may be.</returns>
    private (bool Missed, bool Asleep, (string Type, string User)? Touched) Commit(Work work, out Exception? failure)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var (missed, asleep) = (false, false);
                Begin([work]);
                work.Run(transaction);
                transaction.Flush();
                var touched = transaction.MayBeMissed;
                session.Commit(transaction.AfterCommit((slot, sleeps) => (missed, asleep) = (slot, sleeps && transaction.HasNews)));
                transaction.Committed();
                failure = null;
                return (missed, asleep, touched);
            }
            catch (Exception error)
            {
                session.Rollback();
                transaction.Forget();
                if (session.IsConflict(error) && tries < MostTries)
                {
                    // Those who met go on at different times.
                    Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(Math.Min(tries * 2, 40))), TimeProvider.System).Wait();
                    continue;
                }
                failure = error;
                return default;
            }
        }
    }

    /// <summary>A connection that died since its last use shows it here, when nothing has happened yet: a new one is tried at once.</summary>
    private void Begin(IReadOnlyList<Work> works)
    {
        var wasConnected = session.IsConnected;
        try
        {
            transaction.Begin(works);
        }
        catch (TaskException) when (wasConnected)
        {
            session.Rollback();
            transaction.Forget();
            if (session.IsConnected) throw;
            transaction.Begin(works);
        }
    }
}
