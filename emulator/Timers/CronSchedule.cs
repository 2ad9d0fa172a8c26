using NCrontab;

namespace Tasklane.Emulator.Timers;

/// <summary>
/// An NCRONTAB expression: six fields `{second} {minute} {hour} {day} {month} {day of week}`, or five without seconds, read by the
/// library that the real extension uses. What is here is what happens when clocks change: a schedule at times of day runs once at each;
/// one that comes round, by a `*`, a range or a step for its seconds, minutes or hours, follows elapsed time. The rule is the real
/// extension's.
/// </summary>
internal sealed class CronSchedule : TimerSchedule
{
    private readonly string _expression;
    private readonly TimeZoneInfo _zone;
    private readonly CrontabSchedule _schedule;
    private readonly bool _isInterval;

    /// <exception cref="FormatException">It is no such expression; the message says why.</exception>
    public CronSchedule(string expression, TimeZoneInfo zone)
    {
        var fields = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
            throw new FormatException($"It has {fields.Length} fields, not five or six.");
        if (Array.Exists(fields, field => field.Split(',').Any(part => part.EndsWith("/0", StringComparison.Ordinal))))
            throw new FormatException("A step of 0 leads nowhere.");
        _expression = expression;
        _zone = zone;
        _isInterval = fields[..^3].Any(field => field.AsSpan().ContainsAny('*', '-', '/'));
        try
        {
            _schedule = CrontabSchedule.Parse(
                string.Join(' ', fields), new CrontabSchedule.ParseOptions { IncludingSeconds = fields.Length == 6 });
        }
        catch (Exception e) when (e is CrontabException or OverflowException or ArgumentException)
        {
            throw new FormatException(e.Message, e);
        }
    }

    public override DateTimeOffset? Next(DateTimeOffset after) => _isInterval ? NextByElapsedTime(after) : NextByWallClock(after);

    public override string ToString() => _expression;

    private DateTimeOffset? NextByWallClock(DateTimeOffset after)
    {
        var from = TimeZoneInfo.ConvertTime(after, _zone).DateTime;
        while (Next(from) is { } occurrence)
        {
            var instant = Instant(occurrence);

            // The second time, local time alone would lead backwards.
            if (instant > after)
                return instant;
            from = occurrence;
        }

        return null;
    }

    private DateTimeOffset Instant(DateTime local)
    {
        // An hour that clocks jump over: the occurrence moves to where they land.
        while (_zone.IsInvalidTime(local))
            local = local.AddMinutes(1);

        // An hour that clocks go through twice: the first time counts.
        var offset = _zone.IsAmbiguousTime(local) ? _zone.GetAmbiguousTimeOffsets(local).Max() : _zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    // The clock goes on as it goes now, up to the moment it is changed; from there on as it goes then.
    private DateTimeOffset? NextByElapsedTime(DateTimeOffset after)
    {
        var offset = _zone.GetUtcOffset(after);
        if (Next(after.ToOffset(offset).DateTime) is not { } occurrence)
            return null;
        var instant = new DateTimeOffset(occurrence, offset).ToUniversalTime();

        // In an hour that clocks jump over, which is as far away as it would be without.
        if (_zone.IsInvalidTime(occurrence))
            return instant;
        if (_zone.GetUtcOffset(instant) == offset)
            return instant;
        var change = Change(after, instant, offset);
        var then = _zone.GetUtcOffset(change);
        return Next(change.ToOffset(then).DateTime.AddSeconds(-1)) is { } later ? new DateTimeOffset(later, then).ToUniversalTime() : null;
    }

    /// <summary>The second in which the offset changes, between two instants.</summary>
    private DateTimeOffset Change(DateTimeOffset before, DateTimeOffset after, TimeSpan offset)
    {
        var (low, high) = (before.ToUnixTimeSeconds(), after.ToUnixTimeSeconds());
        while (high - low > 1)
        {
            var middle = low + ((high - low) / 2);
            if (_zone.GetUtcOffset(DateTimeOffset.FromUnixTimeSeconds(middle)) == offset)
                low = middle;
            else
                high = middle;
        }

        return DateTimeOffset.FromUnixTimeSeconds(high);
    }

    private DateTime? Next(DateTime after) => _schedule.GetNextOccurrence(after, DateTime.MaxValue) is var next && next < DateTime.MaxValue ? next : null;
}
