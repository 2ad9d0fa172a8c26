using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transactions;

/// <summary>A kind of tasks: those of one user (scope 1), or of all users (scope 0), with a type, a lane and a status.</summary>
internal readonly record struct Facet(int Scope, string User, string Type, TaskPriority Priority, TaskState Status)
{
    public const int OfAll = 0;
    public const int OfOwn = 1;

    public IStatement Bind(IStatement statement) =>
        statement.Int(Scope).Text(User).Text(Type).Text(Priority.Name()).Text(Status.Name());
}

/// <summary>
/// How many tasks there are of each kind: a task belongs to one of its own user's and to one of all users'. Kinds are never deleted,
/// so their numbers may be remembered for good once committed. A kind's count is spread over shards, one of which this transaction
/// changes: two transactions that count the same kind need not wait for each other.
/// </summary>
internal sealed class Facets(WriteSession session, int shard)
{
    // Enough for the kinds of the users at work; when passed, all are forgotten and looked up again.
    private const int MostKept = 20_000;

    private readonly Dictionary<Facet, long> numbers = [];
    private readonly SortedDictionary<long, long> changes = [];

    public void Forget()
    {
        numbers.Clear();
        changes.Clear();
    }

    public void ForgetChanges() => changes.Clear();

    /// <summary>Counts a task in, under its status as it is now.</summary>
    public void Enter(TaskRow row, Func<Facet, long> add)
    {
        row.FacetOwn = NumberOf(new Facet(Facet.OfOwn, row.CreatedBy, row.Type, row.Priority, row.Status), add);
        row.FacetAll = NumberOf(new Facet(Facet.OfAll, "", row.Type, row.Priority, row.Status), add);
        Count(row, 1);
    }

    /// <summary>Counts a task out of where it was last counted in.</summary>
    public void Leave(TaskRow row) => Count(row, -1);

    public void Flush()
    {
        foreach (var (number, by) in changes)
        {
            if (by != 0) session.Write(Writes.FacetCount).Int(number).Int(shard).Int(by).Run();
        }
        changes.Clear();
    }

    private void Count(TaskRow row, int by)
    {
        changes[row.FacetOwn] = changes.GetValueOrDefault(row.FacetOwn) + by;
        changes[row.FacetAll] = changes.GetValueOrDefault(row.FacetAll) + by;
    }

    private long NumberOf(Facet facet, Func<Facet, long> add)
    {
        if (numbers.TryGetValue(facet, out var number)) return number;
        if (numbers.Count >= MostKept) numbers.Clear();
        session.Fetch(Reads.Facet, statement => facet.Bind(statement), rows => number = rows.Next() ? rows.Int(0) : 0);
        if (number == 0) number = add(facet);
        numbers.Add(facet, number);
        return number;
    }
}
