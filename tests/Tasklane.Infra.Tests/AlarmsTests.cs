namespace Tasklane.Infra.Tests;

public sealed class AlarmsTests(Profiles profiles)
{
    [Theory, MemberData(nameof(Profiles.Names), MemberType = typeof(Profiles))]
    public async Task There_are_ten_alarms_and_the_runbook_has_a_chapter_for_each(string name)
    {
        var runbook = await File.ReadAllTextAsync(Path.Combine(Bicep.Root, "docs", "runbook.md"), TestContext.Current.CancellationToken);
        var alarms = profiles[name].OfType("Microsoft.Insights/scheduledQueryRules").Concat(profiles[name].OfType("Microsoft.Insights/metricAlerts")).ToList();
        Assert.Equal(10, alarms.Count);
        Assert.All(alarms, alarm =>
        {
            var chapter = Profile.Text_(alarm["properties"]!["description"]).Split('#')[1].TrimEnd('.');
            Assert.Contains($"\n## {chapter}\n", runbook, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Every_metric_that_an_alarm_reads_is_one_that_the_app_sends()
    {
        var telemetry = await File.ReadAllTextAsync(Path.Combine(Bicep.Root, "functions", "Tasks", "TaskTelemetry.cs"), TestContext.Current.CancellationToken);
        var queries = string.Join('\n', profiles["redis-public"].OfType("Microsoft.Insights/scheduledQueryRules").Select(one => Profile.Text_(one["properties"]!["criteria"]!["allOf"]![0]!["query"])));
        var names = System.Text.RegularExpressions.Regex.Matches(queries, "\"(tasklane\\.[a-z.]+|task\\.[a-z]+)\"").Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.NotEmpty(names);
        Assert.All(names, name => Assert.Contains($"\"{name}\"", telemetry, StringComparison.Ordinal));
    }
}
