using System.Net;
using System.Text;
using Tasklane.Handlers.Outbound;
using Tasklane.Tasks.Handling;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Crawling;

/// <summary>What a crawl owes the hosts that it visits: to heed their robots.txt, and to leave them time between requests.</summary>
internal sealed class HostManners(OutboundHttp http, string userAgent, double delaySeconds, ITaskRun run)
{
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(CrawlPayload.LongestDelay);

    // Of a slice: a host that changes its mind is heard in the next.
    private readonly Dictionary<string, Host> _hosts = [];

    /// <summary>The host's rules; null when it cannot say them now, and nothing may be asked of it (RFC 9309, 2.3.1.4).</summary>
    public async Task<RobotsRules?> RulesAsync(Uri url)
    {
        if (_hosts.TryGetValue(Key(url), out var known))
            return known.Rules;
        var host = _hosts[Key(url)] = new Host { Rules = await FetchRulesAsync(url) };
        host.Delay = TimeSpan.FromSeconds(Math.Clamp(host.Rules?.CrawlDelay ?? 0, delaySeconds, Math.Max(delaySeconds, CrawlPayload.LongestDelay)));
        host.Next = run.Time.GetUtcNow() + host.Delay;
        return host.Rules;
    }

    /// <summary>Whether the host's rules are known and forbid it.</summary>
    public bool IsKnownAsForbidden(Uri url) => _hosts.TryGetValue(Key(url), out var host) && host.Rules?.Allows(url) == false;

    /// <summary>Asks for a page when it is time to.</summary>
    public async Task<OutboundAnswer> GetAsync(Uri url)
    {
        var host = _hosts[Key(url)];
        if (host.Next - run.Time.GetUtcNow() is var wait && wait > TimeSpan.Zero)
            await Task.Delay(wait, run.Time, run.Cancellation);
        try
        {
            var answer = await http.SendAsync(Request(url), run.Cancellation);
            host.Pause = answer.Status is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable && answer.RetryAfter is { } after
                ? after < _longestWait ? after : _longestWait
                : TimeSpan.Zero;
            return answer;
        }
        finally
        {
            host.Next = run.Time.GetUtcNow() + (host.Pause > host.Delay ? host.Pause : host.Delay);
        }
    }

    private async Task<RobotsRules?> FetchRulesAsync(Uri url)
    {
        try
        {
            var answer = await http.SendAsync(Request(new Uri(url, "/robots.txt")) with { Follow = true, MaxBytes = RobotsRules.MaxBytes }, run.Cancellation);
            return (int)answer.Status switch
            {
                >= 200 and < 300 => RobotsRules.Parse(Encoding.UTF8.GetString(answer.Body), userAgent),
                429 => null,
                >= 400 and < 500 => RobotsRules.AllowAll,
                _ => null,
            };
        }
        catch (TaskFailedException unreachable)
        {
            run.Log(TaskLogLevel.Warning, $"robots.txt of {url.Authority}: {unreachable.Message}");
            return null;
        }
    }

    private OutboundRequest Request(Uri url) => new(HttpMethod.Get, url)
    {
        Headers = [new("User-Agent", userAgent), new("Accept", "text/html, application/xhtml+xml, text/plain;q=0.8, */*;q=0.1")],
    };

    private static string Key(Uri url) => url.GetLeftPart(UriPartial.Authority);

    private sealed class Host
    {
        public RobotsRules? Rules { get; init; }
        public TimeSpan Delay { get; set; }
        public TimeSpan Pause { get; set; }
        public DateTimeOffset Next { get; set; }
    }
}
