namespace Tasklane.Emulator.Timers;

/// <summary>
/// An NCRONTAB expression: six fields `{second} {minute} {hour} {day} {month} {day of week}`, or five without seconds. Day
/// and day of week must both fit (where Unix cron takes either).
/// </summary>
internal sealed class CronSchedule(string expression, TimeZoneInfo zone) : TimerSchedule
{
    /// <summary>29 February falls on a given day of the week once in 28 years, or 40 over a century's end.</summary>
    private const int YearsAhead = 41;

    private readonly Fields _fields = Fields.Parse(expression);

    public override DateTimeOffset? Next(DateTimeOffset after)
    {
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var from = local;
        while (_fields.Next(from) is { } occurrence)
        {
            var instant = Instant(occurrence);
            // The second time, local time alone would lead backwards.
            if (instant > after)
                return instant;
            from = occurrence;
        }
        return null;
    }

    public override string ToString() => expression;

    private DateTimeOffset Instant(DateTime local)
    {
        // An hour that clocks jump over: the occurrence moves to where they land.
        while (zone.IsInvalidTime(local))
            local = local.AddMinutes(1);
        // An hour that clocks go through twice: the first time counts.
        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private sealed record Fields(
        CronField Seconds, CronField Minutes, CronField Hours, CronField Days, CronField Months, CronField DaysOfWeek)
    {
        public static Fields Parse(string expression)
        {
            var parts = expression.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length is not (5 or 6))
                throw new FormatException($"It has {parts.Length} fields, not five or six.");
            var i = parts.Length - 5;
            return new Fields(
                CronField.Seconds(parts.Length == 6 ? parts[0] : "0"),
                CronField.Minutes(parts[i]),
                CronField.Hours(parts[i + 1]),
                CronField.Days(parts[i + 2]),
                CronField.Months(parts[i + 3]),
                CronField.DaysOfWeek(parts[i + 4]));
        }

        /// <summary>The first fitting time after <paramref name="after"/>, in the schedule's own wall clock.</summary>
        public DateTime? Next(DateTime after)
        {
            var start = new DateTime(after.Year, after.Month, after.Day, after.Hour, after.Minute, after.Second).AddSeconds(1);
            var lastYear = Math.Min(start.Year + YearsAhead, DateTime.MaxValue.Year - 1);
            for (var day = start.Date; day.Year <= lastYear; day = day.AddDays(1))
            {
                if (!Months.Contains(day.Month))
                {
                    // To the month's last day; the loop steps into the next.
                    day = day.AddDays(DateTime.DaysInMonth(day.Year, day.Month) - day.Day);
                    continue;
                }
                if (Days.Contains(day.Day) && DaysOfWeek.Contains((int)day.DayOfWeek)
                    && TimeOfDay(day == start.Date ? start.TimeOfDay : TimeSpan.Zero) is { } time)
                {
                    return day + time;
                }
            }
            return null;
        }

        /// <summary>The first fitting time of a day from <paramref name="from"/> on; null when the day has no more.</summary>
        private TimeSpan? TimeOfDay(TimeSpan from)
        {
            var hour = Hours.From(from.Hours);
            if (hour < 0)
                return null;
            if (hour > from.Hours)
                return new TimeSpan(hour, Minutes.First, Seconds.First);

            var minute = Minutes.From(from.Minutes);
            if (minute == from.Minutes)
            {
                var second = Seconds.From(from.Seconds);
                if (second >= 0)
                    return new TimeSpan(hour, minute, second);
                minute = Minutes.From(minute + 1);
            }
            if (minute >= 0)
                return new TimeSpan(hour, minute, Seconds.First);

            hour = Hours.From(hour + 1);
            return hour < 0 ? null : new TimeSpan(hour, Minutes.First, Seconds.First);
        }
    }
}
