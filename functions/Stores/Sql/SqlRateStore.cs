using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks.Limits;

namespace Tasklane.Stores.Sql;

/// <summary>Requests per user in the same database, counted by the same writers.</summary>
/// <param name="seesOwn">What one work of a transaction writes the next one reads: several may share one.</param>
internal sealed class SqlRateStore(SqlDatabase database, bool seesOwn) : IRateStore
{
    /// <summary>Rows that count for nothing any more are dropped with so many at once, now and then.</summary>
    private const int DroppedAtOnce = 100;
    private const int DropEvery = 1_000;

    private static readonly SqlRead Taken = new("select t.taken_to from async_task_rates t where t.created_by = $1 {lock}");
    private static readonly SqlRead Old = new("select t.created_by from async_task_rates t where t.taken_to < $1 order by t.taken_to limit $2 {claim}");

    private int _count;

    public Task<RateUse> TakeAsync(string user, int limit, TimeSpan window, CancellationToken cancellation)
    {
        var drops = Interlocked.Increment(ref _count) % DropEvery == 0;
        return database.Writers.RunAsync(
            new Work<RateUse>(transaction => Take(transaction, user, limit, window, drops), [], cancellation) { IsAlone = !seesOwn || drops });
    }

    private static RateUse Take(TaskTransaction transaction, string user, int limit, TimeSpan window, bool drops)
    {
        double? stored = null;
        transaction.Session.Fetch(Taken, statement => statement.Text(user), rows => stored = rows.Next() ? rows.Real(0) : null);
        var (use, taken) = Rate.Take(stored ?? 0, transaction.NowMs, limit, window);
        if (use.IsAllowed) transaction.Session.Write(stored is null ? Writes.NewRate : Writes.Rate).Text(user).Real(taken).Run();
        if (!drops) return use;
        var old = new List<string>();
        transaction.Session.Fetch(Old, statement => statement.Real(transaction.NowMs).Int(DroppedAtOnce), rows =>
        {
            while (rows.Next())
                old.Add(rows.Text(0));
        });
        foreach (var gone in old.Where(gone => gone != user))
            transaction.Session.Write(Writes.DropRate).Text(gone).Run();
        return use;
    }
}
