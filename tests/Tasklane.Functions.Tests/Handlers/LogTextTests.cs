using Tasklane.Tasks.Lines;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class LogTextTests
{
    [Theory]
    [InlineData("2026-03-01T08:00:00Z ERROR it broke", "2026-03-01T08:00:00Z", "error", "it broke")]
    [InlineData("2026-03-01 08:00:00,250 [main] WARN  com.acme.Pump - slow", "2026-03-01T08:00:00.25Z", "warning", "com.acme.Pump - slow")]
    [InlineData("[2026-03-01 08:00:00] [CRIT] disk full", "2026-03-01T08:00:00Z", "fatal", "disk full")]
    [InlineData("2026-03-01T10:00:00+02:00 info: ready", "2026-03-01T08:00:00Z", "info", "ready")]
    [InlineData("ERROR 2026-03-01T08:00:00Z it broke", "2026-03-01T08:00:00Z", "error", "it broke")]
    [InlineData("time=2026-03-01T08:00:00Z level=debug msg=hello", "2026-03-01T08:00:00Z", "debug", "msg=hello")]
    [InlineData("""{"time":"2026-03-01T08:00:00Z","level":"Error","msg":"it broke"}""", "2026-03-01T08:00:00Z", "error", "it broke")]
    [InlineData("no time and no level", null, null, "no time and no level")]
    [InlineData("Error: cannot open file", null, "error", "cannot open file")]
    [InlineData("2026-13-99 not a date", null, null, "2026-13-99 not a date")]
    [InlineData("{not json", null, null, "{not json")]
    [InlineData("ERROR", null, "error", "ERROR")]
    [InlineData("", null, null, "")]
    public void Parse_finds_time_level_and_message(string line, string? at, string? level, string message)
    {
        var text = LogText.Parse(line);

        Assert.Equal(at is null ? null : DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture), text.At);
        Assert.Equal(level, text.Level);
        Assert.Equal(message, text.Message);
    }
}
