using Tasklane.Tasks.Schedules;
using Xunit;

namespace Tasklane.Functions.Tests.Schedules;

/// <summary>Ticks over both changes of the clocks: at times of day once each, by the half hour every half hour.</summary>
public sealed class TimingTests
{
    private static readonly DateTimeOffset _long = DateTimeOffset.UnixEpoch;

    [Theory]
    // Clocks jump from 2:00 to 3:00: what was to be at 2:30 is when they land.
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("America/New_York", "30 2 * * *", "2026-03-07T12:00:00Z", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z")]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", "2026-10-03T10:00:00Z", "2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z")]
    // Clocks go back from 3:00 to 2:00: 2:30 comes twice, and counts once.
    [InlineData("Europe/Berlin", "30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("America/New_York", "30 1 * * *", "2026-10-31T12:00:00Z", "2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z")]
    [InlineData("Australia/Lord_Howe", "45 1 * * *", "2026-04-04T10:00:00Z", "2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z")]
    [InlineData("W. Europe Standard Time", "30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    public void A_time_of_day_comes_once_a_day(string zone, string cron, string after, params string[] ticks) =>
        Assert.Equal(ticks.Select(Time), Ticks(new Timing(cron, null, null, zone, _long), Time(after), ticks.Length));

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-28T23:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-24T22:00:00Z")]
    [InlineData("America/New_York", "2026-03-08T04:00:00Z")]
    [InlineData("America/New_York", "2026-11-01T03:00:00Z")]
    [InlineData("Asia/Shanghai", "2026-11-01T03:00:00Z")]
    public void Every_half_hour_stays_every_half_hour(string zone, string after)
    {
        var ticks = Ticks(new Timing("*/30 * * * *", null, null, zone, _long), Time(after), 12);

        Assert.All(ticks.Zip(ticks.Skip(1)), pair => Assert.Equal(TimeSpan.FromMinutes(30), pair.Second - pair.First));
    }

    [Fact]
    public void Seconds_are_a_sixth_field_and_come_first() => Assert.Equal(
        [Time("2026-01-01T00:00:10Z"), Time("2026-01-01T00:00:30Z"), Time("2026-01-01T00:00:50Z")],
        Ticks(new Timing("10/20 * * * * *", null, null, "UTC", _long), Time("2026-01-01T00:00:00Z"), 3));

    [Fact]
    public void An_interval_is_counted_from_its_beginning()
    {
        var timing = new Timing(null, 90, null, "UTC", Time("2026-01-01T00:00:05Z"));

        Assert.Equal(Time("2026-01-01T00:00:05Z"), timing.Next(Time("2025-01-01T00:00:00Z")));
        Assert.Equal(Time("2026-01-01T00:01:35Z"), timing.Next(Time("2026-01-01T00:00:05Z")));
        Assert.Equal(Time("2026-01-01T00:03:05Z"), timing.Next(Time("2026-01-01T00:01:35.001Z")));
    }

    [Fact]
    public void A_single_time_comes_once()
    {
        var timing = new Timing(null, null, Time("2026-01-01T00:00:05Z"), "UTC", _long);

        Assert.Equal(Time("2026-01-01T00:00:05Z"), timing.Next(_long));
        Assert.Null(timing.Next(Time("2026-01-01T00:00:05Z")));
    }

    [Fact]
    public void Nothing_ticks_before_its_beginning() => Assert.Equal(
        Time("2026-02-01T00:00:00Z"), new Timing("0 0 * * *", null, null, "UTC", Time("2026-02-01T00:00:00Z")).Next(Time("2026-01-01T00:00:00Z")));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static List<DateTimeOffset> Ticks(Timing timing, DateTimeOffset after, int count)
    {
        var ticks = new List<DateTimeOffset>();
        while (ticks.Count < count && timing.Next(after) is { } tick)
            ticks.Add(after = tick);
        return ticks;
    }
}
