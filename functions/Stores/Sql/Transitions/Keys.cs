using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>What the first request under an idempotency key made. Refused: idempotency_conflict, idempotency_gone.</summary>
internal static class Keys
{
    /// <summary>The task; null when the key is free.</summary>
    public static TaskRow? FirstTask(this TaskTransaction transaction, RequestKey key)
    {
        if (transaction.FindUse(key) is not { } use) return null;
        if (use.RequestHash != key.Hash || use.Lines is not null) throw Conflict(key);
        return transaction.TaskOf(use)
            ?? throw new TaskException(TaskErrors.IdempotencyGone, $"The task of the idempotency key '{key.Key}' has been purged.");
    }

    /// <summary>Numbers of the log lines, as ranges; null when the key is free.</summary>
    public static string? FirstLines(this TaskTransaction transaction, RequestKey key)
    {
        if (transaction.FindUse(key) is not { } use) return null;
        return use.RequestHash == key.Hash ? use.Lines ?? throw Conflict(key) : throw Conflict(key);
    }

    private static TaskException Conflict(RequestKey key) =>
        new(TaskErrors.IdempotencyConflict, $"The idempotency key '{key.Key}' was used before with another request.");
}
