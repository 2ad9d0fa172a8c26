using Cronos;
using TimeZoneConverter;

namespace Tasklane.Tasks.Schedules;

/// <summary>When a schedule ticks: by a cron expression in a time zone, every so many seconds, or once. Exactly one of the three is set.</summary>
/// <param name="Cron">
/// Five fields, or six with seconds first. In a zone with daylight saving a schedule at times of day ticks once at each of them: where clocks jump
/// over one, at the moment they land; where they pass one twice, the first time. One that comes round by a <c>*</c>, a range or a step
/// follows elapsed time: every half hour stays every half hour.
/// </param>
/// <param name="EverySeconds">Counted from <see cref="From"/>.</param>
/// <param name="At">The one time.</param>
/// <param name="TimeZone">IANA or Windows name; UTC unless told.</param>
/// <param name="From">No tick is before.</param>
public sealed record Timing(string? Cron, double? EverySeconds, DateTimeOffset? At, string TimeZone, DateTimeOffset From)
{
    /// <summary>The first tick after a time, in UTC; null when there is none.</summary>
    public DateTimeOffset? Next(DateTimeOffset after)
    {
        if (At is { } at)
            return at > after ? at : null;
        // A tick at the very beginning counts.
        if (after < From)
            after = From.AddTicks(-1);
        if (EverySeconds is { } seconds)
        {
            var every = TimeSpan.FromSeconds(seconds);
            return From + (every * Math.Max(0, Math.Floor((after - From) / every) + 1));
        }
        return Read(Cron!).GetNextOccurrence(after, ZoneOf(TimeZone)!)?.ToUniversalTime();
    }

    /// <exception cref="CronFormatException">It is no such expression; the message says why.</exception>
    public static CronExpression Read(string cron)
    {
        var fields = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        return CronExpression.Parse(cron, fields == 6 ? CronFormat.IncludeSeconds : CronFormat.Standard);
    }

    /// <summary>Null when no zone has the name.</summary>
    public static TimeZoneInfo? ZoneOf(string name) => TZConvert.TryGetTimeZoneInfo(name, out var zone) ? zone : null;
}
