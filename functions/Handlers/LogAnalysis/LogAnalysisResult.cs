using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Tasklane.Handlers.LogAnalysis;

/// <summary>Lines, or ids of stored lines, or neither: then all lines that the task's creator has stored.</summary>
public sealed record LogAnalysisPayload(
    [property: Description("Lines of a log, as they are."), MaxLength(5000)] IReadOnlyList<string>? Lines = null,
    [property: Description("Ids of stored lines, as POST /api/logs answered them."), MaxLength(10_000)] IReadOnlyList<string>? Ids = null,
    [property: Description("With neither lines nor ids: only lines stored after the one with this id."), StringLength(64)] string? After = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string[] given = [.. new[] { (nameof(Lines), Lines is null), (nameof(Ids), Ids is null), (nameof(After), After is null) }
            .Where(one => !one.Item2).Select(one => one.Item1)];
        if (given.Length > 1)
            yield return new ValidationResult($"cannot be given together with {given[0].ToLowerInvariant()}; leave one out", given[1..]);
    }
}

/// <param name="Anomalies">The worst first.</param>
public sealed record LogAnalysisResult(LogSummary Summary, IReadOnlyList<Anomaly> Anomalies);

/// <param name="Levels">Lines per level, for the levels that occur.</param>
/// <param name="From">Null when the lines have no times.</param>
/// <param name="BucketSeconds">Resolution that rates were compared at; null when the lines have no times.</param>
/// <param name="Frequent">The most frequent templates.</param>
/// <param name="Text">The same in words, by the AI service; null where none is configured, or it failed.</param>
public sealed record LogSummary(
    long Lines,
    int Templates,
    IReadOnlyDictionary<string, long> Levels,
    double ErrorShare,
    DateTimeOffset? From,
    DateTimeOffset? To,
    long? BucketSeconds,
    IReadOnlyList<FrequentTemplate> Frequent,
    string? Text = null);

public sealed record FrequentTemplate(string Template, string Level, long Count);

/// <summary>What is out of the ordinary.</summary>
public enum AnomalyKind
{
    /// <summary>A template far more frequent for a while than it usually is.</summary>
    Burst,

    /// <summary>A steady template that fell silent, or nearly, for a while.</summary>
    Drop,

    /// <summary>Far more errors, of whatever template, for a while than usual.</summary>
    ErrorRate,

    /// <summary>Far more or fewer lines for a while than usual.</summary>
    Volume,

    /// <summary>An error that was not seen before, late in the log.</summary>
    NewError,

    /// <summary>An error that hardly ever occurs.</summary>
    RareError,
}

/// <summary>How much it matters.</summary>
public enum AnomalySeverity
{
    Low,
    Medium,
    High,
    Critical,
}

/// <param name="Template">Null when it is not about one.</param>
/// <param name="Evidence">A few of the lines.</param>
/// <param name="Count">Lines between <paramref name="From"/> and <paramref name="To"/>.</param>
/// <param name="Expected">Lines that would have been usual.</param>
/// <param name="Score">Distance from the usual, in robust standard deviations; 0 where rates are not compared.</param>
public sealed record Anomaly(
    AnomalyKind Kind,
    AnomalySeverity Severity,
    string? Template,
    string Level,
    IReadOnlyList<Evidence> Evidence,
    long Count,
    double Expected,
    double Score,
    DateTimeOffset? From,
    DateTimeOffset? To);

/// <param name="Ref">Id of a stored line, or the line's number (from 0) in the payload.</param>
public sealed record Evidence(string Ref, string Line);
