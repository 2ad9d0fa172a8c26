using Tasklane.Tasks.Lines;

namespace Tasklane.Handlers.LogAnalysis;

/// <summary>Says what is out of the ordinary in a profile.</summary>
internal sealed class AnomalyFinder(LogProfile profile)
{
    private const int MostAnomalies = 50;
    private const int MostFrequent = 10;

    /// <summary>Fewer lines tell nothing of what is rare or new.</summary>
    private const long FewestLines = 50;
    private const long RareCount = 3;
    private const double RareShare = 0.002;

    /// <summary>An error is new when it first occurs in this last part of the log.</summary>
    private const double NewPart = 0.25;
    private const double CriticalScore = 20;

    public LogAnalysisResult Find()
    {
        var anomalies = new List<Anomaly>();
        foreach (var template in profile.Templates)
            AddRates(anomalies, template);
        AddErrorRate(anomalies);
        AddVolume(anomalies);
        foreach (var template in profile.Templates)
            AddNewOrRare(anomalies, template);
        return new LogAnalysisResult(Summary(), [.. anomalies
            .OrderByDescending(anomaly => anomaly.Severity).ThenByDescending(anomaly => anomaly.Score).ThenByDescending(anomaly => anomaly.Count)
            .Take(MostAnomalies)]);
    }

    private void AddRates(List<Anomaly> anomalies, Template template)
    {
        foreach (var run in RateScan.Find(profile.Series(one => one == template)))
        {
            var severity = template.Level >= LogLevels.Error && run.IsHigh
                ? run.Score >= CriticalScore ? AnomalySeverity.Critical : AnomalySeverity.High
                : template.Level >= LogLevels.Warning || !run.IsHigh ? AnomalySeverity.Medium : AnomalySeverity.Low;
            var peak = template.PeakBucket - profile.FirstBucket;
            var lines = run.IsHigh && peak >= run.First && peak <= run.Last ? template.Peak : template.First;
            anomalies.Add(Rate(run.IsHigh ? AnomalyKind.Burst : AnomalyKind.Drop, severity, template, template.Level, lines, run));
        }
    }

    private void AddErrorRate(List<Anomaly> anomalies)
    {
        foreach (var run in RateScan.Find(profile.Series(template => template.Level >= LogLevels.Error)).Where(run => run.IsHigh))
        {
            // One template's burst has been told already; this is for errors of several kinds that come together.
            var together = profile.Templates
                .Where(template => template.Level >= LogLevels.Error && CountIn(template, run) > 0)
                .OrderByDescending(template => CountIn(template, run)).Take(Template.MaxSamples).ToArray();
            if (together.Length > 1)
            {
                var severity = run.Score >= CriticalScore ? AnomalySeverity.Critical : AnomalySeverity.High;
                anomalies.Add(Rate(AnomalyKind.ErrorRate, severity, null, LogLevels.Error, [.. together.Select(template => template.First[0])], run));
            }
        }
    }

    private void AddVolume(List<Anomaly> anomalies)
    {
        if (profile.Templates.Count < 2)
            return; // would say of the log what has been said of its one template
        foreach (var run in RateScan.Find(profile.Series(_ => true)))
        {
            var loudest = profile.Templates.MaxBy(template => CountIn(template, run))!;
            var severity = run.IsHigh ? AnomalySeverity.Low : AnomalySeverity.Medium;
            anomalies.Add(Rate(AnomalyKind.Volume, severity, null, LogLevels.Info, run.IsHigh ? loudest.First : [], run));
        }
    }

    private void AddNewOrRare(List<Anomaly> anomalies, Template template)
    {
        if (template.Level < LogLevels.Error || profile.Lines < FewestLines)
            return;
        var isNew = template.FirstLine >= profile.Lines * (1 - NewPart);
        var isRare = template.Count <= RareCount && template.Count <= Math.Max(1, profile.Lines * RareShare);
        if (!isNew && !isRare)
            return;
        var (first, last) = (template.Buckets.Keys.Min(), template.Buckets.Keys.Max());
        anomalies.Add(new Anomaly(
            isNew ? AnomalyKind.NewError : AnomalyKind.RareError,
            isNew ? AnomalySeverity.High : AnomalySeverity.Medium,
            template.ToString(), LogLevels.All[template.Level], EvidenceOf(template.First), template.Count, 0, 0,
            profile.TimeOf(first), profile.TimeOf(last + 1)));
    }

    private Anomaly Rate(AnomalyKind kind, AnomalySeverity severity, Template? template, int level, IReadOnlyList<Sample> lines, RateRun run) => new(
        kind, severity, template?.ToString(), LogLevels.All[level], EvidenceOf(lines), run.Count, run.Expected, run.Score,
        profile.TimeOf(profile.FirstBucket + run.First), profile.TimeOf(profile.FirstBucket + run.Last + 1));

    private LogSummary Summary()
    {
        var levels = new Dictionary<string, long>();
        for (var i = 0; i < profile.Levels.Length; i++)
        {
            if (profile.Levels[i] > 0)
                levels[LogLevels.All[i]] = profile.Levels[i];
        }
        var counted = profile.Levels.Sum();
        var errors = profile.Levels.AsSpan(LogLevels.Error).ToArray().Sum();
        var isEmpty = profile.LastBucket < profile.FirstBucket;
        return new LogSummary(
            profile.Lines, profile.Templates.Count, levels, counted == 0 ? 0 : Math.Round((double)errors / counted, 4),
            isEmpty ? null : profile.TimeOf(profile.FirstBucket), isEmpty ? null : profile.TimeOf(profile.LastBucket + 1),
            profile.HasTimes && !isEmpty ? profile.Width : null,
            [.. profile.Templates.OrderByDescending(template => template.Count).Take(MostFrequent)
                .Select(template => new FrequentTemplate(template.ToString(), LogLevels.All[template.Level], template.Count))]);
    }

    private long CountIn(Template template, RateRun run)
    {
        long count = 0;
        for (var i = run.First; i <= run.Last; i++)
            count += template.Buckets.GetValueOrDefault(profile.FirstBucket + i);
        return count;
    }

    private static Evidence[] EvidenceOf(IReadOnlyList<Sample> lines) => [.. lines.Select(line => new Evidence(line.Ref, line.Text))];
}
