using Microsoft.Extensions.Logging;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Transitions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>One of the threads that write to a server.</summary>
internal sealed class LockingWriter(ServerSession session, LockingTransaction transaction, ILogger logger) : Writer(session, MostAtOnce, logger)
{
    private const int MostAtOnce = 32;
    private const int MostTries = 40;

    /// <summary>So often what others missed is looked for again before it is left to the sweep.</summary>
    private const int MostRepeats = 50;

    protected override void Run(IReadOnlyList<Work> works)
    {
        var left = new List<Work>();
        var missed = Commit(works, left, out var error);
        for (var repeat = 0; error is null && missed.Events && works[0].RepeatsWhenMissed && repeat < MostRepeats; repeat++)
            missed = Commit(works, left, out error);
        if (error is not null)
        {
            Abandon(works, error, isOfOne: error is not TaskException);
            return;
        }
        Settle([.. works.Except(left)], missed);
        foreach (var work in left)
            Run([work]);
    }

    /// <summary>They have been committed: from here on nothing may fail them.</summary>
    private void Settle(IReadOnlyList<Work> works, Missed missed)
    {
        var grants = new List<Grant>();
        var sleeps = missed.PumpSleeps;
        var teller = works.FirstOrDefault(work => work.TellsGrants);
        if (teller is not null) AssignMissed(missed, grants, ref sleeps);
        teller ??= works.FirstOrDefault(work => work.Tells);
        if (grants.Count > 0 || sleeps) teller?.Add(new Aftermath(grants, sleeps && WakePump()));
        foreach (var work in works)
            work.Settle();
    }

    /// <summary>Two transactions may have passed each other, and left slots free for tasks that wait: they are given away now.</summary>
    private void AssignMissed(Missed missed, List<Grant> grants, ref bool sleeps)
    {
        for (var repeat = 0; missed.Slots.Count > 0 && repeat < MostRepeats; repeat++)
        {
            IReadOnlyList<Grant> found = [];
            var pairs = missed.Slots;
            var assign = new Work<bool>(
                next =>
                {
                    foreach (var (type, user) in pairs)
                    {
                        next.AssignMissedSlots(type, user);
                        transaction.LooksAgain(type, user);
                    }
                    found = next.Wakes().Grants;
                    return true;
                },
                [],
                CancellationToken.None)
            { WantsSlots = true };
            missed = Commit([assign], [], out var error);
            if (error is not null)
            {
                Logger.LogDebug(error, "A slot was left for the sweeper to give away.");
                return;
            }
            grants.AddRange(found);
            sleeps |= missed.PumpSleeps;
        }
    }

    private bool WakePump()
    {
        try
        {
            return session.WakePump();
        }
        catch (TaskException away)
        {
            Logger.LogDebug(away, "The pump was left for the sweeper to wake.");
            return false;
        }
    }

    /// <param name="left">Gets those whose tasks other transactions hold; a single one waits for its task instead.</param>
    private Missed Commit(IReadOnlyList<Work> works, List<Work> left, out Exception? failure)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                var missed = new Missed();
                Begin(works);
                left.Clear();
                foreach (var work in works)
                {
                    if (works.Count > 1 && transaction.Lacks(work)) left.Add(work);
                    else work.Run(transaction);
                }
                transaction.Flush();
                session.Commit(transaction.AfterCommit(missed));
                transaction.Committed();
                failure = null;
                return missed;
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
                return new Missed();
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
