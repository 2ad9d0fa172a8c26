using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Tasklane.Handlers.Outbound;
using Tasklane.Tasks.Handling;

namespace Tasklane.Handlers.Crawling;

/// <summary>
/// Where to begin and how far to go. A message of a scheduler (<c>task_id</c>, <c>action</c>, <c>timestamp</c>, <c>retry</c>,
/// <c>source</c>) is a payload too; it names no address, so the settings do.
/// </summary>
public sealed record CrawlPayload(
    [property: Description("Addresses to begin at; without them, those of the setting Tasklane:Crawl:Start."), Length(1, 100)] IReadOnlyList<string>? Start = null,
    [property: Description("The most addresses that are visited."), Range(1, CrawlPayload.MostPages)] int MaxPages = 100,
    [property: Description("How many links away from the start the crawl may go."), Range(0, 100)] int MaxDepth = 3,
    [property: Description("Seconds between two requests to a host; robots.txt may ask for more."), Range(0, CrawlPayload.LongestDelay)] double DelaySeconds = 1,
    [property: Description("Stay on the hosts of the start addresses; else every host that the settings allow.")] bool SameHost = true,
    [property: Description("From a message of a scheduler; for reference only."), JsonPropertyName("task_id")] long? TaskId = null,
    [property: Description("From a message of a scheduler: execute.")] string? Action = null,
    [property: Description("From a message of a scheduler; for reference only.")] DateTimeOffset? Timestamp = null,
    [property: Description("From a message of a scheduler; for reference only.")] int? Retry = null,
    [property: Description("From a message of a scheduler; for reference only."), StringLength(100)] string? Source = null) : IValidatableObject
{
    public const int MostPages = 10_000;
    public const double LongestDelay = 60;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var start in Start ?? [])
        {
            if (!OutboundUrl.TryRead(start, out _, out var problem))
                yield return new ValidationResult(problem, [nameof(Start)]);
        }
        if (Action is not (null or "execute"))
            yield return new ValidationResult("must be 'execute'; to stop a crawl, cancel its task", [nameof(Action)]);
    }
}

/// <param name="Pages">Addresses that were visited; each is a line of the file.</param>
/// <param name="Failed">Those of them that did not answer, or answered with an error.</param>
/// <param name="Skipped">Addresses that robots.txt forbids; they have no line.</param>
/// <param name="GivenUp">Addresses that were found and forgotten because there were too many long ones.</param>
/// <param name="File">A line of JSON per page: <see cref="CrawledPage"/>.</param>
public sealed record CrawlResult(int Pages, int Failed, int Skipped, int GivenUp, TaskFile File);

/// <param name="Status">HTTP status; null when nothing was answered.</param>
/// <param name="Depth">Links from where the crawl began.</param>
/// <param name="Text">What a reader sees; null for what is no text.</param>
/// <param name="Links">Where the page leads, whether it was followed or not.</param>
/// <param name="Location">Where a redirect points to.</param>
public sealed record CrawledPage(
    string Url, int? Status, int Depth, string? Title = null, string? Text = null, IReadOnlyList<string>? Links = null, string? Location = null, CrawlProblem? Error = null)
{
    [JsonIgnore]
    public bool IsFailure => Error is not null || Status >= 400;
}

/// <summary>Why there is nothing of a page.</summary>
public sealed record CrawlProblem(string Code, string Message);
