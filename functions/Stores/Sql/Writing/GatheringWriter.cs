using Microsoft.Extensions.Logging;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Writing;

/// <summary>The one thread that writes an SQLite file.</summary>
internal sealed class GatheringWriter(WriteSession session, GatheredTransaction transaction, ILogger logger) : Writer(session, MostAtOnce, logger)
{
    private const int MostAtOnce = 256;

    protected override void Run(IReadOnlyList<Work> works)
    {
        try
        {
            transaction.Begin(works);
            foreach (var work in works)
                work.Run(transaction);
            transaction.Flush();
            Session.Commit();
            transaction.Committed();
        }
        catch (Exception error)
        {
            Session.Rollback();
            transaction.Forget();
            Abandon(works, error, isOfOne: error is not TaskException);
            return;
        }
        foreach (var work in works)
            work.Settle();
    }
}
