using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>Create: a pending task and task:created. Refused: idempotency_conflict, idempotency_gone, task_exists, after_not_found, parent_ended.</summary>
internal static class Creating
{
    public static Created Create(this TaskTransaction transaction, NewTask task, NewTaskText text)
    {
        if (task.Key is { } key && transaction.FirstTask(key) is { } first) return transaction.Existing(first);
        if (transaction.Find(task.Id) is not null)
            throw new TaskException(TaskErrors.Exists, $"A task with the id {task.Id} exists already.");

        var (parent, after) = transaction.Related(task);
        var unique = task.Unique?.KeyOf(task.CreatedBy);
        if (unique is not null && transaction.UniqueHolder(unique) is { } holder && holder.Id != task.Unique!.Replaces)
            return transaction.Existing(holder) with { Taken = true };

        var runAt = task.RunAt is { } asked ? DateTimeOffset.FromUnixTimeMilliseconds(asked.ToUnixTimeMilliseconds()) : (DateTimeOffset?)null;
        var isDelayed = runAt > transaction.Now;
        var row = transaction.Add(
            new TaskRow
            {
                Number = transaction.NextNumber(),
                Id = task.Id,
                Type = task.Type,
                Priority = task.Priority,
                MaxRetries = task.MaxRetries,
                TimeoutSeconds = task.TimeoutSeconds,
                Backoff = task.Backoff,
                CreatedBy = task.CreatedBy,
                Source = task.Source,
                Tags = task.Tags,
                CreatedAt = transaction.Now,
                Relations = TaskRelations.Of(task),
                RunAt = runAt,
                DueAt = isDelayed ? runAt!.Value : transaction.Now,
            },
            task.Payload,
            text);
        if (task.Key is { } newKey) transaction.UseKey(newKey, row);
        if (unique is not null) transaction.TakeUnique(unique, row, task.Unique!.ForSeconds);
        transaction.Change(row, TaskEvents.Created, TaskEventData.Created(task));
        transaction.Counters.Count(Counters.Created, transaction.Now);
        if (parent is not null) transaction.Link(row, parent, isChild: true);
        foreach (var predecessor in after)
            transaction.Link(predecessor, row, isChild: false);
        if (after.Count > 0) transaction.MoveTo(row, TaskQueue.Blocked);
        else if (isDelayed) transaction.MoveTo(row, TaskQueue.Delayed, row.DueAt.ToUnixTimeMilliseconds());
        else transaction.JoinLane(row);
        transaction.AssignSlots();
        return new Created(transaction.Record(row), row.SlotUntil is not null, Existing: false, transaction.Wakes(row));
    }

    /// <summary>failed or cancelled → pending, in a new run. Refused: task_not_found, task_not_retryable; idempotency_conflict, idempotency_gone.</summary>
    public static Created Retry(this TaskTransaction transaction, string id, string? owner, RequestKey? key)
    {
        if (key is not null && transaction.FirstTask(key) is { } first) return transaction.Existing(first);
        var row = transaction.Owned(id, owner);
        if (row.Status is not (TaskState.Failed or TaskState.Cancelled))
            throw new TaskException(TaskErrors.NotRetryable, $"The task is {row.Status.Name()}; only a failed or cancelled task can be retried.");

        if (key is not null) transaction.UseKey(key, row);
        row.Status = TaskState.Pending;
        row.Run++;
        row.RetryCount = 0;
        row.Recoveries = 0;
        row.HasOrchestration = false;
        (row.Error, row.Progress) = (null, null);
        (row.StartedAt, row.CompletedAt, row.CancelledAt, row.RunAt) = (null, null, null, null);
        row.DueAt = transaction.TimeFor(row);
        row.WriteBody(null, null);
        transaction.Change(row, TaskEvents.Retrying, TaskEventData.Retrying(0, null, null));
        transaction.Counters.Count(Counters.Retried, transaction.Now);
        row.Links &= ~LinkFlags.ChildFailed;
        if (row.Relations?.Parent is { } parentId && transaction.Find(parentId) is { } parent && !parent.Status.IsTerminal())
            transaction.Link(row, parent, isChild: true);
        var open = row.Relations?.After?.Tasks.Distinct(StringComparer.Ordinal).Select(transaction.Find).OfType<TaskRow>().Where(one => !one.Status.IsTerminal()).ToList() ?? [];
        foreach (var predecessor in open)
            transaction.Link(predecessor, row, isChild: false);
        if (open.Count > 0) transaction.MoveTo(row, TaskQueue.Blocked);
        else transaction.JoinLane(row);
        transaction.AssignSlots();
        return new Created(transaction.Record(row), row.SlotUntil is not null, Existing: false, transaction.Wakes(row));
    }

    /// <summary>The parent and the predecessors of a new task.</summary>
    private static (TaskRow? Parent, IReadOnlyList<TaskRow> After) Related(this TaskTransaction transaction, NewTask task)
    {
        TaskRow? parent = null;
        if (task.Parent is { } id)
        {
            parent = transaction.Find(id);
            if (parent is null || parent.Status.IsTerminal())
                throw new TaskException(TaskErrors.ParentEnded, "The task that makes this one has ended.");
        }
        if (task.After is not { } after) return (parent, []);
        return (parent, [.. after.Tasks.Distinct(StringComparer.Ordinal).Select(one => transaction.Find(one)
            ?? throw new TaskException(TaskErrors.AfterNotFound, $"There is no task {one} to wait for."))]);
    }

    /// <summary>One waits for another's end. Where that has come already, it is told like any other.</summary>
    private static void Link(this TaskTransaction transaction, TaskRow awaited, TaskRow dependent, bool isChild)
    {
        transaction.Session.Write(Writes.Link).Int(awaited.Number).Int(dependent.Number).Flag(isChild).Run();
        var parent = isChild ? dependent : null;
        if (parent is not null && !parent.Links.HasFlag(LinkFlags.HasChildren))
        {
            parent.Links |= LinkFlags.Told | LinkFlags.HasChildren;
            transaction.Touch(parent);
        }
        if (!awaited.Links.HasFlag(LinkFlags.Told))
        {
            awaited.Links |= LinkFlags.Told;
            transaction.Touch(awaited);
        }
        if (!awaited.Status.IsTerminal()) return;
        transaction.MoveTo(awaited, TaskQueue.Settling, awaited.QueueRank);
        transaction.Settles();
    }

    /// <summary>The task, if it is the owner's (null: anybody's).</summary>
    public static TaskRow Owned(this TaskTransaction transaction, string id, string? owner) =>
        transaction.Find(id) is { } row && (owner is null || row.CreatedBy == owner)
            ? row
            : throw new TaskException(TaskErrors.NotFound, "There is no such task.");

    /// <summary>The answer to a request that was carried out before.</summary>
    private static Created Existing(this TaskTransaction transaction, TaskRow row) =>
        new(transaction.Record(row), row.Status == TaskState.Pending && row.SlotUntil > transaction.NowMs, Existing: true, Wakes.None);
}
