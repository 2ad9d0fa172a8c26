using System.Globalization;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Timers;

/// <summary>When a timer function runs.</summary>
internal abstract class TimerSchedule
{
    /// <summary>The first occurrence after an instant, in UTC; null if there is none.</summary>
    public abstract DateTimeOffset? Next(DateTimeOffset after);

    /// <summary>Reads an NCRONTAB expression or "hh:mm:ss".</summary>
    public static TimerSchedule Parse(string text, TimeZoneInfo zone)
    {
        try
        {
            if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var interval) && interval > TimeSpan.Zero)
                return new IntervalSchedule(interval);
            return new CronSchedule(text.Trim(), zone);
        }
        catch (FormatException e)
        {
            throw new FunctionErrorException(
                $"The schedule expression '{text}' was not recognized as a valid cron expression or timespan string. {e.Message}", e);
        }
    }

    /// <summary>
    /// Whether occurrences are far enough apart to be remembered: schedules that come round more than once a minute are
    /// not monitored.
    /// </summary>
    public bool IsMonitored(DateTimeOffset now)
    {
        var next = now;
        for (var i = 0; i < 5; i++)
        {
            if (Next(next) is not { } following)
                return true;
            if (i > 0 && following - next < TimeSpan.FromMinutes(1))
                return false;
            next = following;
        }
        return true;
    }

    private sealed class IntervalSchedule(TimeSpan interval) : TimerSchedule
    {
        public override DateTimeOffset? Next(DateTimeOffset after) => after + interval;

        public override string ToString() => interval.ToString("c", CultureInfo.InvariantCulture);
    }
}
