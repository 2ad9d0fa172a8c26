using System.Globalization;
using Tasklane.Emulator.Timers;
using Tasklane.Emulator.Worker.Functions;
using Xunit;

namespace Tasklane.Emulator.Tests.Timers;

public sealed class CronScheduleTests
{
    [Theory]
    // Each field on its own.
    [InlineData("* * * * * *", "2026-01-01T00:00:00", "2026-01-01T00:00:01")]
    [InlineData("*/15 * * * * *", "2026-01-01T00:00:46", "2026-01-01T00:01:00")]
    [InlineData("0 */5 * * * *", "2026-01-01T00:04:59", "2026-01-01T00:05:00")]
    [InlineData("0 */5 * * * *", "2026-01-01T00:05:00", "2026-01-01T00:10:00")]
    [InlineData("0 0 * * * *", "2026-01-01T23:00:00", "2026-01-02T00:00:00")]
    [InlineData("0 30 9 * * *", "2026-01-01T09:30:00", "2026-01-02T09:30:00")]
    [InlineData("0 0 0 1 * *", "2026-01-01T00:00:00", "2026-02-01T00:00:00")]
    [InlineData("0 0 0 31 * *", "2026-01-31T00:00:00", "2026-03-31T00:00:00")]
    [InlineData("0 0 0 1 1 *", "2026-01-01T00:00:00", "2027-01-01T00:00:00")]
    [InlineData("0 0 0 * * 1", "2026-01-01T00:00:00", "2026-01-05T00:00:00")]
    // Five fields: no seconds.
    [InlineData("*/5 * * * *", "2026-01-01T00:00:00", "2026-01-01T00:05:00")]
    [InlineData("0 12 * * sun", "2026-01-01T00:00:00", "2026-01-04T12:00:00")]
    // Lists, ranges, steps, names.
    [InlineData("0 5,35 8-10 * * *", "2026-01-01T10:35:00", "2026-01-02T08:05:00")]
    [InlineData("0 5,35 8-10 * * *", "2026-01-01T08:05:00", "2026-01-01T08:35:00")]
    [InlineData("0 10-50/20 * * * *", "2026-01-01T00:10:00", "2026-01-01T00:30:00")]
    [InlineData("0 10-50/20 * * * *", "2026-01-01T00:50:00", "2026-01-01T01:10:00")]
    [InlineData("0 40/15 * * * *", "2026-01-01T00:40:00", "2026-01-01T00:55:00")]
    [InlineData("0 40/15 * * * *", "2026-01-01T00:55:00", "2026-01-01T01:40:00")]
    [InlineData("0 0 0 * Jan,JULY mon-fri", "2026-01-30T00:00:00", "2026-07-01T00:00:00")]
    [InlineData("0 0 0 * * Sa", "2026-01-01T00:00:00", "2026-01-03T00:00:00")]
    [InlineData("0 0 0 * * 5-1", "2026-01-01T00:00:00", "2026-01-02T00:00:00")]
    [InlineData("0 0 20-4/8 * * *", "2026-01-01T04:00:00", "2026-01-01T12:00:00")]
    // Day and day of week must both fit.
    [InlineData("0 0 0 13 * 5", "2026-01-01T00:00:00", "2026-02-13T00:00:00")]
    // Leap years, also over the one that is none.
    [InlineData("0 0 0 29 2 *", "2026-01-01T00:00:00", "2028-02-29T00:00:00")]
    [InlineData("0 0 0 29 2 *", "2096-02-29T00:00:00", "2104-02-29T00:00:00")]
    [InlineData("0 0 0 29 2 0", "2026-01-01T00:00:00", "2032-02-29T00:00:00")]
    // Ends of minute, hour, day, month and year.
    [InlineData("59 59 23 31 12 *", "2025-12-31T23:59:59", "2026-12-31T23:59:59")]
    [InlineData("0 0 0 1 1 *", "2025-12-31T23:59:59", "2026-01-01T00:00:00")]
    // Parts of a second are of the past.
    [InlineData("* * * * * *", "2026-01-01T00:00:00.5", "2026-01-01T00:00:01")]
    // Spaces around and between.
    [InlineData("  0  0\t0 * * *  ", "2026-01-01T00:00:00", "2026-01-02T00:00:00")]
    public void Next_is_the_first_fitting_time_after(string expression, string after, string expected) =>
        Assert.Equal(Utc(expected), TimerSchedule.Parse(expression, TimeZoneInfo.Utc).Next(Utc(after)));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("* * * * * * *")]
    [InlineData("60 * * * * *")]
    [InlineData("* 60 * * * *")]
    [InlineData("* * 24 * * *")]
    [InlineData("* * * 0 * *")]
    [InlineData("* * * 32 * *")]
    [InlineData("* * * * 13 *")]
    [InlineData("* * * * 0 *")]
    [InlineData("* * * * * 7")]
    [InlineData("* * * * * -1")]
    [InlineData("*/0 * * * * *")]
    [InlineData("*/x * * * * *")]
    [InlineData("1, * * * * *")]
    [InlineData("1- * * * * *")]
    [InlineData("a * * * * *")]
    [InlineData("* * * * Foo *")]
    [InlineData("* * * * * Januar")]
    [InlineData("99999999999 * * * * *")]
    [InlineData("every minute")]
    [InlineData("-00:05:00")]
    public void Parse_refuses_what_is_no_schedule_and_names_it(string expression)
    {
        var error = Assert.Throws<FunctionErrorException>(() => TimerSchedule.Parse(expression, TimeZoneInfo.Utc));
        Assert.StartsWith(
            $"The schedule expression '{expression}' was not recognized as a valid cron expression or timespan string.",
            error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Next_of_a_day_that_never_comes_is_none() =>
        Assert.Null(TimerSchedule.Parse("0 0 0 30 2 *", TimeZoneInfo.Utc).Next(Utc("2026-01-01T00:00:00")));

    [Fact]
    public void Next_of_an_interval_is_that_much_later() =>
        Assert.Equal(Utc("2026-01-01T00:05:30"), TimerSchedule.Parse("00:05:30", TimeZoneInfo.Utc).Next(Utc("2026-01-01T00:00:00")));

    [Theory]
    // Clocks jump from 2:00 to 3:00 on 29 March and go back from 3:00 to 2:00 on 25 October.
    [InlineData("0 30 9 * * *", "2026-01-10T00:00:00", "2026-01-10T08:30:00")]
    [InlineData("0 30 9 * * *", "2026-07-10T00:00:00", "2026-07-10T07:30:00")]
    [InlineData("0 30 2 * * *", "2026-03-29T00:00:00", "2026-03-29T01:00:00")]
    [InlineData("0 30 2 * * *", "2026-03-29T01:00:00", "2026-03-30T00:30:00")]
    [InlineData("0 30 2 * * *", "2026-10-25T00:00:00", "2026-10-25T00:30:00")]
    [InlineData("0 30 2 * * *", "2026-10-25T00:30:00", "2026-10-26T01:30:00")]
    // Every half hour stays every half hour: the hour that comes twice has its four, the one that is jumped over has none.
    [InlineData("0 */30 * * * *", "2026-10-25T00:30:00", "2026-10-25T01:00:00")]
    [InlineData("0 */30 * * * *", "2026-10-25T01:10:00", "2026-10-25T01:30:00")]
    [InlineData("0 */30 * * * *", "2026-10-25T01:30:00", "2026-10-25T02:00:00")]
    [InlineData("0 */30 * * * *", "2026-03-29T00:30:00", "2026-03-29T01:00:00")]
    [InlineData("0 0 */2 * * *", "2026-10-25T00:00:00", "2026-10-25T01:00:00")]
    // So is one that names its hours by a range, or comes round within one hour.
    [InlineData("0 */15 0-5 * * *", "2026-10-25T00:45:00", "2026-10-25T01:00:00")]
    [InlineData("0 */15 0-5 * * *", "2026-03-29T00:45:00", "2026-03-29T01:00:00")]
    [InlineData("0 */30 2 * * *", "2026-10-25T00:30:00", "2026-10-25T01:00:00")]
    [InlineData("0 */30 2 * * *", "2026-10-25T01:30:00", "2026-10-26T01:00:00")]
    [InlineData("*/30 2 * * *", "2026-10-25T00:30:00", "2026-10-25T01:00:00")]
    [InlineData("0 0 */2 * * *", "2026-03-28T23:00:00", "2026-03-29T01:00:00")]
    // A list of times of day is none.
    [InlineData("0 0,30 2 * * *", "2026-10-25T00:30:00", "2026-10-26T01:00:00")]
    public void Next_follows_the_zones_clock_through_its_jumps(string expression, string after, string expected) =>
        Assert.Equal(Utc(expected), TimerSchedule.Parse(expression, CentralEurope()).Next(Utc(after)));

    [Fact]
    public void Next_agrees_with_trying_every_second()
    {
        // The plain definition, on random expressions and instants: slow, and so without the cleverness under test.
        var random = new Random(20260101);
        for (var i = 0; i < 300; i++)
        {
            string[] fields =
            [
                Pick(random, 0, 59), Pick(random, 0, 59), Pick(random, 0, 23), "*", "*", random.Next(3) == 0 ? Pick(random, 0, 6) : "*",
            ];
            var start = Utc("2026-02-26T00:00:00").AddSeconds(random.Next(400_000));
            var expected = start.AddSeconds(1);
            while (!(Fits(fields[0], expected.Second) && Fits(fields[1], expected.Minute) && Fits(fields[2], expected.Hour)
                && Fits(fields[5], (int)expected.DayOfWeek)))
            {
                expected = expected.AddSeconds(1);
            }
            var expression = string.Join(' ', fields);
            Assert.True(
                expected == TimerSchedule.Parse(expression, TimeZoneInfo.Utc).Next(start), $"{expression} after {start:O}: {expected:O}");
        }
    }

    [Theory]
    [InlineData("0 */1 * * * *", true)]
    [InlineData("*/30 * * * * *", false)]
    [InlineData("0,5 0 * * * *", false)]
    [InlineData("00:00:59", false)]
    [InlineData("00:01:00", true)]
    [InlineData("0 0 0 30 2 *", true)]
    public void Schedules_under_a_minute_are_not_monitored(string expression, bool monitored) =>
        Assert.Equal(monitored, TimerSchedule.Parse(expression, TimeZoneInfo.Utc).IsMonitored(Utc("2026-01-01T00:00:00")));

    private static string Pick(Random random, int min, int max) => random.Next(4) switch
    {
        0 => "*",
        1 => $"*/{random.Next(1, max)}",
        _ => random.Next(min, max + 1).ToString(CultureInfo.InvariantCulture),
    };

    private static bool Fits(string field, int value) =>
        field == "*" || (field.StartsWith("*/", StringComparison.Ordinal)
            ? value % int.Parse(field[2..], CultureInfo.InvariantCulture) == 0
            : int.Parse(field, CultureInfo.InvariantCulture) == value);

    private static TimeZoneInfo CentralEurope()
    {
        // Made here, since a machine may have no time zone data.
        var spring = TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 2, 0, 0), 3, 5, DayOfWeek.Sunday);
        var autumn = TimeZoneInfo.TransitionTime.CreateFloatingDateRule(new DateTime(1, 1, 1, 3, 0, 0), 10, 5, DayOfWeek.Sunday);
        var rule = TimeZoneInfo.AdjustmentRule.CreateAdjustmentRule(
            DateTime.MinValue.Date, DateTime.MaxValue.Date, TimeSpan.FromHours(1), spring, autumn);
        return TimeZoneInfo.CreateCustomTimeZone("cet", TimeSpan.FromHours(1), "cet", "cet", "cest", [rule]);
    }

    private static DateTimeOffset Utc(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}
