namespace Tasklane.Tasks.Schedules;

/// <param name="Now">The store's time.</param>
/// <param name="Next">When the next one will be due; null when none will.</param>
public sealed record DueSchedules(IReadOnlyList<Schedule> Schedules, DateTimeOffset Now, DateTimeOffset? Next);

/// <summary>
/// Where schedules live. Errors as in <see cref="Storing.ITaskStore"/>: store_unavailable, store_full, outcome_unknown. All members are safe
/// for concurrent use.
/// </summary>
public interface IScheduleStore
{
    /// <summary>
    /// Writes a schedule whose version in the store is <see cref="Schedule.Version"/> (0 = there must be none with this id), with the next
    /// version. False when somebody was faster, or it has been deleted: nothing was changed.
    /// </summary>
    Task<bool> SaveAsync(Schedule schedule, CancellationToken cancellation);

    /// <summary>Null when there is none, or it is not <paramref name="owner"/>'s (null = anybody's).</summary>
    Task<Schedule?> GetAsync(string id, string? owner, CancellationToken cancellation);

    /// <summary>Schedules with ids after one (null = from the first), in the order of their ids; of all owners where that is null.</summary>
    Task<IReadOnlyList<Schedule>> ListAsync(string? owner, string? after, int limit, CancellationToken cancellation);

    /// <summary>How many somebody has.</summary>
    Task<long> CountAsync(string owner, CancellationToken cancellation);

    /// <summary>False when there is none, or it is not <paramref name="owner"/>'s.</summary>
    Task<bool> DeleteAsync(string id, string? owner, CancellationToken cancellation);

    /// <summary>Those due by the store's clock, longest due first.</summary>
    Task<DueSchedules> DueAsync(int limit, CancellationToken cancellation);
}
