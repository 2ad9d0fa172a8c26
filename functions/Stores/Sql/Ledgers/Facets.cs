using System.Runtime.InteropServices;
using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Writing;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Ledgers;

/// <summary>
/// The kinds of tasks and how many there are of each: a task belongs to one of its own user's and to one of all users'. Kinds are
/// never deleted, so their numbers may be remembered for good once committed.
/// </summary>
internal sealed class Facets(WriteSession session)
{
    public const int OfAll = 0;
    public const int OfOwn = 1;

    private readonly Dictionary<Kind, long> numbers = [];
    private readonly Dictionary<long, long> changes = [];

    private readonly record struct Kind(int Scope, string User, string Type, TaskPriority Priority, TaskState Status);

    public void Forget()
    {
        numbers.Clear();
        changes.Clear();
    }

    /// <summary>Counts a task in, under its status as it is now.</summary>
    public void Enter(TaskRow row, Hub hub)
    {
        row.FacetOwn = NumberOf(new Kind(OfOwn, row.CreatedBy, row.Type, row.Priority, row.Status), hub);
        row.FacetAll = NumberOf(new Kind(OfAll, "", row.Type, row.Priority, row.Status), hub);
        Count(row, 1);
    }

    /// <summary>Counts a task out of where it was last counted in.</summary>
    public void Leave(TaskRow row) => Count(row, -1);

    public void Flush()
    {
        foreach (var (number, by) in changes)
        {
            if (by != 0) session.Write(Writes.FacetCount).Int(number).Int(by).Run();
        }
        changes.Clear();
    }

    private void Count(TaskRow row, int by)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(changes, row.FacetOwn, out _) += by;
        CollectionsMarshal.GetValueRefOrAddDefault(changes, row.FacetAll, out _) += by;
    }

    private long NumberOf(Kind kind, Hub hub)
    {
        if (numbers.TryGetValue(kind, out var number)) return number;
        session.Fetch(
            Reads.Facet,
            statement => statement.Int(kind.Scope).Text(kind.User).Text(kind.Type).Text(kind.Priority.Name()).Text(kind.Status.Name()),
            rows => number = rows.Next() ? rows.Int(0) : 0);
        if (number == 0)
        {
            number = ++hub.LastFacet;
            session.Write(Writes.NewFacet)
                .Int(number).Int(kind.Scope).Text(kind.User).Text(kind.Type).Text(kind.Priority.Name()).Text(kind.Status.Name()).Int(0).Run();
        }
        numbers.Add(kind, number);
        return number;
    }
}
