using Tasklane.Handlers.Ai;
using Tasklane.Handlers.LogAnalysis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class LogAnalysisTests
{
    private static readonly AiClient NoAi = new(new TasklaneOptions(), TimeProvider.System);

    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_burst_of_errors_is_found_with_its_time_and_lines()
    {
        var lines = Usual(minutes: 60);
        lines.AddRange(Enumerable.Range(0, 90).Select(i => At(Start.AddMinutes(30).AddSeconds(i / 2), $"ERROR payment {i} of order 77{i} declined by gateway 10.0.0.{i % 9}")));

        var result = await AnalyseAsync(lines);

        var burst = Assert.Single(result.Anomalies, anomaly => anomaly.Kind == AnomalyKind.Burst);
        Assert.Equal("payment <*> of order <*> declined by gateway <*>", burst.Template);
        Assert.Equal("error", burst.Level);
        Assert.True(burst.Severity >= AnomalySeverity.High);
        Assert.InRange(burst.Count, 85, 90);
        Assert.True(burst.Expected < 10, $"expected {burst.Expected}");
        Assert.InRange(burst.From!.Value, Start.AddMinutes(28), Start.AddMinutes(30.1));
        Assert.InRange(burst.To!.Value, Start.AddMinutes(30.7), Start.AddMinutes(33));
        Assert.All(burst.Evidence, line => Assert.Contains("declined by gateway", line.Line, StringComparison.Ordinal));
        Assert.InRange(burst.Evidence.Count, 1, 3);
    }

    [Fact]
    public async Task A_log_with_nothing_unusual_has_no_anomalies()
    {
        var result = await AnalyseAsync(Usual(minutes: 60));

        Assert.Empty(result.Anomalies);
        Assert.Equal(Usual(60).Count, result.Summary.Lines);
        Assert.Equal(3, result.Summary.Templates);
        Assert.Equal(Start, result.Summary.From!.Value, TimeSpan.FromMinutes(1));
        Assert.Equal("GET <*> took <*> ms", result.Summary.Frequent[0].Template);
        Assert.Equal(0, result.Summary.ErrorShare);
    }

    /// <summary>Counts that are merely random must not alarm anybody: the threshold against what chance does.</summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(2)]
    [InlineData(20)]
    public async Task Random_arrivals_are_no_anomaly(double perSecond)
    {
        var alarms = 0;
        for (var seed = 0; seed < 10; seed++)
        {
            var random = new Random(seed);
            var lines = new List<string>();
            for (var at = 0d; at < 600; at -= Math.Log(1 - random.NextDouble()) / perSecond)
                lines.Add(At(Start.AddSeconds(at), $"INFO request {lines.Count} served"));
            alarms += (await AnalyseAsync(lines)).Anomalies.Count;
        }
        Assert.InRange(alarms, 0, 1);
    }

    [Fact]
    public async Task A_steady_template_that_falls_silent_is_found()
    {
        var lines = Enumerable.Range(0, 3600).Where(second => second is < 1500 or > 2100)
            .Select(second => At(Start.AddSeconds(second), $"INFO heartbeat {second} from node a")).ToList();

        var drop = Assert.Single((await AnalyseAsync(lines)).Anomalies, anomaly => anomaly.Kind == AnomalyKind.Drop);

        Assert.InRange(drop.From!.Value, Start.AddSeconds(1440), Start.AddSeconds(1560));
        Assert.InRange(drop.To!.Value, Start.AddSeconds(2040), Start.AddSeconds(2160));
        Assert.True(drop.Count < drop.Expected / 4);
    }

    [Fact]
    public async Task New_and_rare_errors_are_told_apart()
    {
        var lines = Usual(minutes: 60);
        lines.Insert(10, At(Start.AddSeconds(20), "ERROR cannot read certificate store"));
        lines.Add(At(Start.AddMinutes(60), "FATAL disk /dev/sda1 is full"));

        var anomalies = (await AnalyseAsync(lines)).Anomalies;

        Assert.Equal("disk <*> is full", Assert.Single(anomalies, one => one.Kind == AnomalyKind.NewError).Template);
        var rare = Assert.Single(anomalies, one => one.Kind == AnomalyKind.RareError);
        Assert.Equal("cannot read certificate store", rare.Template);
        Assert.Equal("10", Assert.Single(rare.Evidence).Ref);
    }

    [Fact]
    public async Task Errors_of_several_kinds_that_come_together_are_one_error_rate()
    {
        var lines = Usual(minutes: 60);
        string[] kinds = ["database connection lost", "cache unreachable now", "upstream gave up waiting", "queue write refused twice"];
        lines.AddRange(Enumerable.Range(0, 16).Select(i => At(Start.AddMinutes(40).AddSeconds(i), $"ERROR {kinds[i % 4]}")));

        var rate = Assert.Single((await AnalyseAsync(lines)).Anomalies, one => one.Kind == AnomalyKind.ErrorRate);

        Assert.Equal(16, rate.Count);
        Assert.Null(rate.Template);
        Assert.Equal(3, rate.Evidence.Count);
    }

    [Fact]
    public async Task Lines_without_times_are_compared_by_their_order()
    {
        var lines = Enumerable.Range(0, 2000).Select(i => i % 4 == 0 ? $"user {i} signed in" : $"page {i} shown in {i * 3} ms").ToList();
        lines.InsertRange(1000, Enumerable.Range(0, 60).Select(i => $"ERROR session {i} broke"));

        var result = await AnalyseAsync(lines);

        var burst = Assert.Single(result.Anomalies, one => one.Template == "session <*> broke" && one.Kind == AnomalyKind.Burst);
        Assert.Null(burst.From);
        Assert.Null(result.Summary.BucketSeconds);
        Assert.InRange(int.Parse(burst.Evidence[0].Ref), 1000, 1060);
    }

    [Fact]
    public async Task Lines_of_a_stack_trace_belong_to_the_line_before()
    {
        var result = await AnalyseAsync([At(Start, "ERROR it broke"), "   at Some.Method(Int32)", "\tat Other.Method()", "Caused by: another"]);

        Assert.Equal(4, result.Summary.Lines);
        Assert.Equal(1, result.Summary.Templates);
    }

    [Fact]
    public async Task An_empty_log_has_an_empty_result()
    {
        var result = await AnalyseAsync([]);

        Assert.Equal(0, result.Summary.Lines);
        Assert.Empty(result.Anomalies);
        Assert.Null(result.Summary.From);
    }

    [Fact]
    public async Task Stored_lines_are_analysed_by_id_or_all_together_and_only_the_creators()
    {
        var ct = TestContext.Current.CancellationToken;
        var store = new MemoryLines();
        await store.AppendAsync("bob", [new StoredLine("", Start, "fatal", "", "not for ada")], null, ct);
        var ids = await store.AppendAsync("ada", [.. Enumerable.Range(0, 2500).Select(i => new StoredLine("", Start.AddSeconds(i), "info", "web", $"tick {i}"))], null, ct);
        var handler = new LogAnalysisHandler(store, NoAi);

        var all = (LogAnalysisResult)(await handler.RunAsync(new LogAnalysisPayload(), new TestRun())).Result!;
        var some = (LogAnalysisResult)(await handler.RunAsync(new LogAnalysisPayload(Ids: [.. ids.Take(1200), "000000001"]), new TestRun())).Result!;
        var later = (LogAnalysisResult)(await handler.RunAsync(new LogAnalysisPayload(After: ids[1999]), new TestRun())).Result!;

        Assert.Equal(2500, all.Summary.Lines);
        Assert.Equal(1200, some.Summary.Lines);
        Assert.Equal(500, later.Summary.Lines);
        Assert.DoesNotContain("fatal", all.Summary.Levels.Keys);
    }

    [Fact]
    public async Task Slices_find_what_one_run_finds()
    {
        var ct = TestContext.Current.CancellationToken;
        var store = new MemoryLines();
        var lines = Enumerable.Range(0, 20_000).Select(i => new StoredLine("", Start.AddSeconds(i), "info", "", $"tick {i} of clock {i % 7}")).ToList();
        lines.InsertRange(9_000, Enumerable.Range(0, 400).Select(i => new StoredLine("", Start.AddSeconds(9_000), "error", "", $"gear {i} jammed")));
        await store.AppendAsync("ada", lines, null, ct);

        var whole = (LogAnalysisResult)(await new LogAnalysisHandler(store, NoAi).RunAsync(new LogAnalysisPayload(), new TestRun())).Result!;
        var sliced = await new TestRun().ToEndAsync<LogAnalysisHandler, LogAnalysisPayload, LogAnalysisResult>(
            new LogAnalysisHandler(store, NoAi), new LogAnalysisPayload(), checksPerSlice: 2);

        Assert.Equivalent(whole, sliced, strict: true);
        Assert.Contains(sliced.Anomalies, one => one is { Kind: AnomalyKind.Burst, Template: "gear <*> jammed" });
    }

    [Fact]
    public void Pack_of_a_profile_full_of_templates_fits_a_checkpoint_and_keeps_the_errors()
    {
        var random = new Random(1);
        var profile = new LogProfile();
        for (var i = 0; i < 4_000; i++)
        {
            var words = string.Join(' ', Enumerable.Range(0, 30).Select(_ => new string([.. Enumerable.Range(0, 9).Select(_ => (char)random.Next('a', 'z'))])));
            profile.Add($"{i}", Start.AddSeconds(i), i % 7 == 0 ? "error" : "info", words);
        }

        var packed = LogAnalysisHandler.Pack(profile);
        var again = LogAnalysisHandler.Unpack(packed);

        Assert.InRange(packed.Length, 1, 192 * 1024);
        Assert.Equal(4_000, again.Lines);
        Assert.Contains(again.Templates, template => template.Level >= 4);
        again.Add("next", Start, "info", "and goes on");
    }

    [Fact]
    public async Task Cancellation_ends_the_analysis()
    {
        var run = new TestRun();
        run.Stop();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new LogAnalysisHandler(new MemoryLines(), NoAi).RunAsync(new LogAnalysisPayload(Lines: ["a"]), run));
    }

    private static async Task<LogAnalysisResult> AnalyseAsync(IReadOnlyList<string> lines) =>
        (LogAnalysisResult)(await new LogAnalysisHandler(new MemoryLines(), NoAi).RunAsync(new LogAnalysisPayload(Lines: lines), new TestRun())).Result!;

    /// <summary>A quiet hour of a web server.</summary>
    private static List<string> Usual(int minutes)
    {
        var random = new Random(7);
        var lines = new List<string>();
        for (var second = 0; second < minutes * 60; second += 2)
        {
            var at = Start.AddSeconds(second);
            lines.Add(At(at, $"INFO GET /items/{random.Next(1000)} took {random.Next(90)} ms"));
            if (second % 20 == 0)
                lines.Add(At(at, $"INFO session {Guid.CreateVersion7(at)} opened"));
            if (second % 60 == 0)
                lines.Add(At(at, $"WARN cache is {random.Next(70, 90)}% full"));
        }
        return lines;
    }

    private static string At(DateTimeOffset at, string rest) => $"{at:yyyy-MM-ddTHH:mm:ss.fffZ} {rest}";
}
