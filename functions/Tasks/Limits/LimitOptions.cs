namespace Tasklane.Tasks;

/// <summary>What one user may ask of the service. 0 = unlimited. The role admin has no limits.</summary>
public sealed class LimitOptions
{
    /// <summary>Requests over HTTP per minute, on all instances together; as many may come at once after a quiet minute.</summary>
    public int RequestsPerMinute { get; set; }

    /// <summary>
    /// Tasks that wait or are delayed. Counted when one is created: requests that come at the same moment may pass the limit by as many as
    /// they are.
    /// </summary>
    public int PendingPerUser { get; set; }

    internal IEnumerable<string> Problems()
    {
        if (RequestsPerMinute is < 0 or > 1_000_000) yield return $"Tasklane:Limits:RequestsPerMinute is {RequestsPerMinute}; it must be 0 (unlimited) to 1000000.";
        if (PendingPerUser < 0) yield return $"Tasklane:Limits:PendingPerUser is {PendingPerUser}; it must be 0 (unlimited) or more.";
    }
}
