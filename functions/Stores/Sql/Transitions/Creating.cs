using Tasklane.Stores.Sql.Ledgers;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>Create: a pending task and task:created. Refused: idempotency_conflict, task_exists.</summary>
internal static class Creating
{
    public static Created Create(this Ledger ledger, NewTask task, NewTaskText text)
    {
        if (task.IdempotencyKey is { } key && ledger.FindKey(task.CreatedBy, key) is { } use)
        {
            if (use.RequestHash != task.RequestHash)
                throw new TaskException(TaskErrors.IdempotencyConflict, $"The idempotency key '{key}' was used before with another request.");
            return new Created(ledger.Record(use.Row), ledger.IsGranted(use.Row), Existing: true, Wakes.None);
        }
        if (ledger.Find(task.Id) is not null)
            throw new TaskException(TaskErrors.Exists, $"A task with the id {task.Id} exists already.");

        var runAt = task.RunAt is { } asked ? DateTimeOffset.FromUnixTimeMilliseconds(asked.ToUnixTimeMilliseconds()) : (DateTimeOffset?)null;
        var isDelayed = runAt > ledger.Now;
        var row = ledger.Add(
            new TaskRow
            {
                Number = ++ledger.Hub.LastTask,
                Id = task.Id,
                Type = task.Type,
                Priority = task.Priority,
                MaxRetries = task.MaxRetries,
                TimeoutSeconds = task.TimeoutSeconds,
                Backoff = task.Backoff,
                CreatedBy = task.CreatedBy,
                Source = task.Source,
                Tags = task.Tags,
                CreatedAt = ledger.Now,
                RunAt = runAt,
                DueAt = isDelayed ? runAt!.Value : ledger.Now,
            },
            task.Payload,
            text);
        if (task.IdempotencyKey is { } newKey) ledger.UseKey(task.CreatedBy, newKey, row, task.RequestHash);
        ledger.Change(row, TaskEvents.Created, TaskEventData.Created(task));
        ledger.Tally.Count(Tally.Created, ledger.Now);
        if (isDelayed) ledger.Stand(row, Line.Delayed, row.DueAt.ToUnixTimeMilliseconds());
        else ledger.JoinLane(row);
        ledger.GiveAway();
        return new Created(ledger.Record(row), row.SlotUntil is not null, Existing: false, ledger.Wakes(row));
    }

    /// <summary>failed or cancelled → pending, in a new run. Refused: task_not_found, task_not_retryable.</summary>
    public static Created Retry(this Ledger ledger, string id, string? owner)
    {
        var row = ledger.Owned(id, owner);
        if (row.Status is not (TaskState.Failed or TaskState.Cancelled))
            throw new TaskException(TaskErrors.NotRetryable, $"The task is {row.Status.Name()}; only a failed or cancelled task can be retried.");

        row.Status = TaskState.Pending;
        row.Run++;
        row.RetryCount = 0;
        row.Recoveries = 0;
        row.HasOrchestration = false;
        (row.Error, row.Progress) = (null, null);
        (row.StartedAt, row.CompletedAt, row.CancelledAt, row.RunAt) = (null, null, null, null);
        row.DueAt = ledger.Now;
        row.WriteBody(null, null);
        ledger.Change(row, TaskEvents.Retrying, TaskEventData.Retrying(0, null, null));
        ledger.Tally.Count(Tally.Retried, ledger.Now);
        ledger.JoinLane(row);
        ledger.GiveAway();
        return new Created(ledger.Record(row), row.SlotUntil is not null, Existing: false, ledger.Wakes(row));
    }

    /// <summary>The wait for a task's time is over: a slot, or its lane. For nobody else, as its caller is not told of others.</summary>
    public static Admission Admit(this Ledger ledger, string id, int run, int retryCount)
    {
        if (ledger.Find(id) is not { Status: TaskState.Pending } row || row.Run != run || row.RetryCount != retryCount) return Admission.Gone;

        row.HasOrchestration = true;
        ledger.Touch(row);
        if (row.SlotUntil is not null || ledger.MayPass(row))
        {
            ledger.Hold(row, ledger.GrantEnd);
            return Admission.Granted;
        }
        if (!Line.IsWaiting(row.Line)) ledger.JoinLane(row);
        return Admission.Waiting;
    }

    /// <summary>The task, if it is the owner's (null: anybody's).</summary>
    public static TaskRow Owned(this Ledger ledger, string id, string? owner) =>
        ledger.Find(id) is { } row && (owner is null || row.CreatedBy == owner)
            ? row
            : throw new TaskException(TaskErrors.NotFound, "There is no such task.");

    private static bool IsGranted(this Ledger ledger, TaskRow row) => row.Status == TaskState.Pending && row.SlotUntil > ledger.NowMs;
}
