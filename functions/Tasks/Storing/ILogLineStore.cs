namespace Tasklane.Tasks.Storing;

/// <summary>A line that somebody's service logged, kept for analysis and export (not a task's own log).</summary>
/// <param name="Id">Given by the store: grows with time.</param>
/// <param name="Level">As sent, lower case; "info" when silent.</param>
/// <param name="Service">Name of the sender; may be empty.</param>
public sealed record StoredLine(string Id, DateTimeOffset At, string Level, string Service, string Message);

/// <summary>Log lines of each user, for <c>POST /api/logs</c>, analysis and export. Kept for the retention time.</summary>
public interface ILogLineStore
{
    /// <summary>
    /// Stores lines (ids in them are ignored) and answers their ids, in order. A key of the owner's is written in the same atomic step as
    /// the lines: under one that was used before for the same request, nothing is stored and the ids are the first ones; what was broken
    /// off is completed. Used for anything else it throws <see cref="TaskErrors.IdempotencyConflict"/>. It is free again 24 hours after its
    /// first use, whether the lines have been purged or not.
    /// </summary>
    Task<IReadOnlyList<string>> AppendAsync(string owner, IReadOnlyList<StoredLine> lines, RequestKey? key, CancellationToken cancellation);

    /// <summary>The lines with these ids that exist and are the owner's, in the order asked.</summary>
    Task<IReadOnlyList<StoredLine>> ReadAsync(string owner, IReadOnlyList<string> ids, CancellationToken cancellation);

    /// <summary>Lines after an id (null = from the first), oldest first.</summary>
    Task<IReadOnlyList<StoredLine>> PageAsync(string owner, string? after, int limit, CancellationToken cancellation);

    /// <summary>Deletes lines stored before a time; answers how many.</summary>
    Task<int> PurgeLinesAsync(DateTimeOffset storedBefore, int limit, CancellationToken cancellation);
}
