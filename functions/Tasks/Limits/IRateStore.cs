namespace Tasklane.Tasks.Limits;

/// <param name="IsAllowed">False: it came too early, and was not counted.</param>
/// <param name="Remaining">How many more may come at once.</param>
/// <param name="Wait">How long until the next one may come; zero when one may now.</param>
/// <param name="Reset">How long until all of them may come at once again.</param>
public readonly record struct RateUse(bool IsAllowed, int Remaining, TimeSpan Wait, TimeSpan Reset);

/// <summary>
/// Counts requests per user, on all instances together, by the store's clock: so many may come at once, and one more each time that an even
/// share of the window has passed (the generic cell rate algorithm). Errors as in <see cref="Storing.ITaskStore"/>.
/// </summary>
public interface IRateStore
{
    /// <summary>Takes one of the user's requests.</summary>
    /// <param name="limit">Requests per window, at least 1.</param>
    Task<RateUse> TakeAsync(string user, int limit, TimeSpan window, CancellationToken cancellation);
}

/// <summary>The rule, for stores that run it here.</summary>
internal static class Rate
{
    /// <summary>Times are milliseconds; <paramref name="stored"/> is the time up to which requests have been taken in advance, 0 for none.</summary>
    /// <returns>What came of it, and the time to store; the stored one where it was not allowed.</returns>
    public static (RateUse Use, double Stored) Take(double stored, double now, int limit, TimeSpan window)
    {
        var share = window.TotalMilliseconds / limit;
        var taken = Math.Max(stored, now) + share;
        var wait = taken - window.TotalMilliseconds - now;
        if (wait > 0)
            return (new RateUse(false, 0, TimeSpan.FromMilliseconds(wait), TimeSpan.FromMilliseconds(Math.Max(stored, now) - now)), stored);
        var remaining = (int)Math.Floor((now + window.TotalMilliseconds - taken) / share);
        var next = remaining > 0 ? 0 : taken + share - window.TotalMilliseconds - now;
        return (new RateUse(true, remaining, TimeSpan.FromMilliseconds(next), TimeSpan.FromMilliseconds(taken - now)), taken);
    }
}
