using Tasklane.Handlers.Outbound;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Crawling;

/// <summary>
/// Visits pages one after the other and writes what they say into a file. Every few pages it saves where it is; a crash costs those at most.
/// </summary>
[TaskType("crawl", Description = "Visits the pages of a site, politely, and writes their titles, texts and links to an NDJSON file.")]
public sealed class CrawlHandler(OutboundHttp http, TasklaneOptions options) : ITaskHandler<CrawlPayload>
{
    private const int MostRedirects = 5;

    public async Task<Outcome> RunAsync(CrawlPayload payload, ITaskRun run)
    {
        var crawl = run.GetCheckpoint<CrawlCheckpoint>() is { Frontier: not null } saved ? Crawl.From(saved, payload, run) : Begin(payload, run);
        var manners = new HostManners(http, options.Crawl.UserAgent, payload.DelaySeconds, run);
        while (crawl.Frontier.Waiting > 0)
        {
            run.Cancellation.ThrowIfCancellationRequested();
            var stop = crawl.Frontier.Take();
            if (await VisitAsync(stop, crawl, payload, manners, run) is { } page)
                await crawl.AddAsync(page);
            else
                crawl.Skip(stop.Url);
            run.ReportProgress(crawl.Frontier.Taken, crawl.Frontier.Taken + crawl.Frontier.Waiting, stop.Url.AbsoluteUri);
            if (run.SliceIsOver && crawl.Frontier.Waiting > 0)
            {
                await crawl.SaveAsync();
                return Outcome.Continue;
            }
        }
        return Outcome.Completed(await crawl.EndAsync());
    }

    private Crawl Begin(CrawlPayload payload, ITaskRun run)
    {
        IReadOnlyList<string> start = payload.Start ?? options.Crawl.Start;
        if (start.Count == 0)
        {
            throw new TaskFailedException("crawl_no_start",
                "The payload has no 'start', and the setting Tasklane:Crawl:Start, which names where such crawls begin, is empty. Give one of them.", retry: false);
        }
        var crawl = new Crawl(new Frontier(payload.MaxPages), run);
        foreach (var text in start)
        {
            if (!OutboundUrl.TryRead(text, out var url, out var problem))
                throw new TaskFailedException(OutboundErrors.UrlRefused, $"The start address {problem}.", retry: false);
            http.RequireAllowed(url);
            crawl.Hosts.Add(url.Authority);
            crawl.Frontier.Add(url, depth: 0);
        }
        return crawl;
    }

    /// <summary>Null when robots.txt forbids it.</summary>
    private async Task<CrawledPage?> VisitAsync(Stop stop, Crawl crawl, CrawlPayload payload, HostManners manners, ITaskRun run)
    {
        var page = new CrawledPage(stop.Url.AbsoluteUri, Status: null, stop.Depth);
        try
        {
            http.RequireAllowed(stop.Url); // a setting may have changed since it was found
            if (await manners.RulesAsync(stop.Url) is not { } rules)
                return page with { Error = new CrawlProblem("robots_unavailable", $"'{stop.Url.Authority}' could not say what its robots.txt allows.") };
            if (!rules.Allows(stop.Url))
                return null;
            var answer = await manners.GetAsync(stop.Url);
            page = page with { Status = (int)answer.Status, Location = answer.IsRedirect ? answer.Location : null };
            if (answer.IsRedirect)
                FollowRedirect(stop, answer, crawl, payload);
            if ((int)answer.Status is < 200 or > 299)
                return page;
            var content = await PageReader.ReadAsync(answer, run.Cancellation);
            if (content.MayFollow && stop.Depth < payload.MaxDepth)
            {
                foreach (var link in content.Links.Where(link => IsWanted(link, crawl, payload) && !manners.IsKnownAsForbidden(link)))
                    crawl.Frontier.Add(link, stop.Depth + 1);
            }
            return page with { Title = content.Title, Text = content.Text, Links = [.. content.Links.Select(link => link.AbsoluteUri)] };
        }
        catch (TaskFailedException failure)
        {
            return page with { Error = new CrawlProblem(failure.Code, failure.Message) };
        }
    }

    private void FollowRedirect(Stop stop, OutboundAnswer answer, Crawl crawl, CrawlPayload payload)
    {
        var next = OutboundHttp.Redirected(stop.Url, answer.Location!);
        if (stop.Redirects >= MostRedirects)
            throw new TaskFailedException(OutboundErrors.RedirectRefused, $"More than {MostRedirects} redirects led here.", retry: false);
        http.RequireAllowed(next);
        // A start address often stands for another: example.com for www.example.com.
        if (stop.Depth == 0)
            crawl.Hosts.Add(next.Authority);
        if (IsWanted(next, crawl, payload))
            crawl.Frontier.Add(next, stop.Depth, stop.Redirects + 1);
    }

    private bool IsWanted(Uri url, Crawl crawl, CrawlPayload payload) => http.Allows(url) && (!payload.SameHost || crawl.Hosts.Contains(url.Authority));
}
