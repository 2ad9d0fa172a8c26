using System.Globalization;
using System.Text.RegularExpressions;
using Tasklane.Tasks;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Http.Queue;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

public sealed partial class MetricsTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task Metrics_are_what_Prometheus_reads_and_count_what_is_done()
    {
        var ada = await SignInAsync();
        var before = Value(await ada.GetStringAsync("/api/metrics"), "tasklane_tasks_completed_total");
        await ada.EndAsync((await ada.CreateAsync("noop", new { })).Id());

        var answer = await ada.GetAsync("/api/metrics");
        var text = await answer.Content.ReadAsStringAsync();

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        Assert.True(Value(text, "tasklane_tasks_completed_total") > before);
        Assert.True(Value(text, "tasklane_tasks{status=\"completed\"}") > 0);
        Assert.All(text.TrimEnd('\n').Split('\n'), line => Assert.Matches(Line(), line));
    }

    [Fact]
    public void A_workers_name_is_escaped() => Assert.Contains(
        "tasklane_worker_running{worker=\"a\\\"b\\\\c\\nd\"} 3\n",
        MetricsApi.Write(
            new QueueStats(
                new Dictionary<TaskState, long>(), new Dictionary<TaskPriority, long>(), 0, null, 0, 0, 0, 0, 0, [new WorkerStats("a\"b\\c\nd", 3, DateTimeOffset.UnixEpoch)]),
            DateTimeOffset.UnixEpoch,
            new CacheCounts()),
        StringComparison.Ordinal);

    private static double Value(string text, string series) =>
        double.Parse(text.Split('\n').Single(line => line.StartsWith(series + " ", StringComparison.Ordinal))[(series.Length + 1)..], CultureInfo.InvariantCulture);

    [GeneratedRegex("""^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="([^"\\]|\\.)*"(,[a-z]+="([^"\\]|\\.)*")*\})? [0-9.E+-]+)$""")]
    private static partial Regex Line();
}
