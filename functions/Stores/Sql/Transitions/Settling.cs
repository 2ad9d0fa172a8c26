using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>
/// Tells those who wait of tasks that have ended. Nothing is decided where a task is linked to another or ends, only here: so it makes no
/// difference which of the two came first. Runs in a batch of its own.
/// </summary>
internal static class Settling
{
    private const int LinksAtOnce = 200;

    // The progress of a parent is an event so often at most.
    private static readonly TimeSpan Coalesced = TimeSpan.FromMilliseconds(100);

    private readonly record struct Link(TaskRow Ended, long Dependent, bool IsChild);

    public static Settled Settle(this TaskTransaction transaction, int limit)
    {
        var ended = new Dictionary<long, TaskRow>();
        while (ended.Count < limit && transaction.QueueOf(TaskQueue.Settling).First(transaction) is { } row)
        {
            ended.Add(row.Number, row);
            transaction.MoveTo(row, TaskQueue.Ended, row.QueueRank);
        }
        if (ended.Count > 0)
        {
            var unfinished = transaction.TellDependents(ended);
            foreach (var row in ended.Values.Where(row => row.Links.HasFlag(LinkFlags.HasChildren) && row.Status != TaskState.Completed))
            {
                if (!transaction.StopChildren(row)) unfinished.Add(row);
            }
            foreach (var row in unfinished)
                transaction.MoveTo(row, TaskQueue.Settling, row.QueueRank);
            transaction.AssignSlots();
        }
        if (transaction.QueueOf(TaskQueue.Settling).First(transaction) is not null) transaction.Settles();
        return new Settled(transaction.Wakes());
    }

    /// <summary>Returns those of the ended tasks of which somebody is still to be told.</summary>
    private static HashSet<TaskRow> TellDependents(this TaskTransaction transaction, Dictionary<long, TaskRow> ended)
    {
        var links = new List<Link>();
        transaction.Session.Fetch(Reads.Links, statement => statement.Ints([.. ended.Keys]).Int(LinksAtOnce), rows =>
        {
            while (rows.Next())
                links.Add(new Link(ended[rows.Int(0)], rows.Int(1), rows.Flag(2)));
        });
        var unfinished = links.Count < LinksAtOnce ? [] : ended.Values.Where(row => row.Number >= links[^1].Ended.Number).ToHashSet();
        if (links.Count == 0) return unfinished;

        transaction.Load(links.Select(link => link.Dependent));
        foreach (var link in links)
            transaction.Session.Write(Writes.DropLink).Int(link.Ended.Number).Int(link.Dependent).Run();
        transaction.Session.WriteNow();
        // Their rows are locked: nobody else takes one of their links away, and none is made for one that waits.
        var open = new Dictionary<long, long>();
        transaction.Session.Fetch(Reads.OpenLinks, statement => statement.Ints([.. links.Select(link => link.Dependent).Distinct()]), rows =>
        {
            while (rows.Next())
                open[rows.Int(0)] = rows.Int(1);
        });
        foreach (var told in links.GroupBy(link => link.Dependent))
        {
            if (transaction.FindNumbered(told.Key) is not { } row || row.Status.IsTerminal()) continue;
            var rest = open.GetValueOrDefault(told.Key);
            if (told.Any(link => link.IsChild)) transaction.TellParent(row, [.. told.Where(link => link.IsChild).Select(link => link.Ended)], rest);
            if (row is { Status: TaskState.Pending, Queue: TaskQueue.Blocked }) transaction.TellSuccessor(row, [.. told.Select(link => link.Ended)], rest);
        }
        return unfinished;
    }

    private static void TellParent(this TaskTransaction transaction, TaskRow row, List<TaskRow> children, long open)
    {
        var failed = children.Any(child => child.Status != TaskState.Completed);
        if (failed && !row.Links.HasFlag(LinkFlags.ChildFailed))
        {
            row.Links |= LinkFlags.ChildFailed;
            transaction.Touch(row);
        }
        if (!TaskQueue.IsBlocked(row.Queue) || !row.IsRunning) return;

        var goesOn = open == 0 || (failed && row.Queue == TaskQueue.BlockedToFailure);
        var total = row.Progress?.Total ?? 0;
        var progress = TaskProgress.Of(Math.Max(0, total - open), total);
        if (goesOn || row.ChangedAt is null || transaction.Now - row.ChangedAt >= Coalesced) transaction.Progressed(row, progress);
        else transaction.Note(row, progress);
        if (goesOn) transaction.GoOn(row);
    }

    /// <summary>Progress that the next event will tell.</summary>
    private static void Note(this TaskTransaction transaction, TaskRow row, TaskProgress progress)
    {
        row.Progress = progress;
        transaction.Touch(row);
    }

    private static void TellSuccessor(this TaskTransaction transaction, TaskRow row, List<TaskRow> predecessors, long open)
    {
        var after = row.Relations!.After!;
        var failed = predecessors.Find(one => one.Status != TaskState.Completed);
        if (after.Any && predecessors.Exists(one => one.Status == TaskState.Completed)) transaction.GoOn(row);
        else if (failed is not null && after.OnFailure != AfterFailure.Run && (!after.Any || open == 0)) transaction.EndAfter(row, failed, after.OnFailure);
        else if (open == 0) transaction.GoOn(row);
    }

    /// <summary>It waits for nobody any more.</summary>
    private static void GoOn(this TaskTransaction transaction, TaskRow row)
    {
        var runAt = row.IsRunning ? null : row.RunAt;
        row.DueAt = runAt > transaction.Now ? runAt.Value : transaction.Now;
        if (runAt > transaction.Now)
        {
            transaction.MoveTo(row, TaskQueue.Delayed, row.DueAt.ToUnixTimeMilliseconds());
            transaction.Grant(row);
        }
        else
        {
            transaction.JoinLane(row);
        }
    }

    private static void EndAfter(this TaskTransaction transaction, TaskRow row, TaskRow failed, AfterFailure onFailure)
    {
        if (onFailure == AfterFailure.Cancel) transaction.EndCancelled(row);
        else transaction.EndFailed(row, new TaskError(TaskErrors.PredecessorFailed, $"Task {failed.Id}, which it waited for, is {failed.Status.Name()}."));
        if (row.HasOrchestration) transaction.Grant(row);
    }

    /// <summary>Cancels what a failed or cancelled task has made, or asks it to stop; false when there is more.</summary>
    private static bool StopChildren(this TaskTransaction transaction, TaskRow parent)
    {
        var children = new List<(long Number, bool IsChild)>();
        transaction.Session.Fetch(Reads.Children, statement => statement.Int(parent.Number).Int(LinksAtOnce), rows =>
        {
            while (rows.Next())
                children.Add((rows.Int(0), rows.Flag(1)));
        });
        transaction.Load(children.Where(child => child.IsChild).Select(child => child.Number));
        foreach (var (number, isChild) in children)
        {
            transaction.Session.Write(Writes.DropLink).Int(number).Int(parent.Number).Run();
            if (!isChild || transaction.FindNumbered(number) is not { } child || child.Status.IsTerminal()) continue;
            if (child.IsRunning && transaction.IsAlive(child))
            {
                child.CancelRequested = true;
                transaction.Touch(child);
                continue;
            }
            transaction.EndCancelled(child);
            if (child.HasOrchestration) transaction.Grant(child);
        }
        transaction.Session.WriteNow();
        return children.Count < LinksAtOnce;
    }
}
