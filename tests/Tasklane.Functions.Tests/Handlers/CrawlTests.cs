using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Tasklane.Functions.Tests.Http;
using Tasklane.Handlers.Crawling;
using Tasklane.Handlers.Outbound;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class CrawlTests
{
    private const string Html = "text/html; charset=utf-8";
    private static readonly TaskTypes Types = TaskTypes.Of([typeof(CrawlHandler)]);

    [Fact]
    public async Task A_site_is_visited_by_its_links_and_its_pages_written()
    {
        await using var site = await SiteAsync(new()
        {
            ["/"] = "<title> 首页 &amp; more </title><body><h1>Hello</h1><p>big  <b>wor</b>ld<script>var x = '<a href=/no>';</script></p><a href='a'>A</a><a href='/a#x'>again</a>"
                + "<a href='http://two.example.com/b'>B</a><a href='http://elsewhere.example/'>E</a><a href='mailto:x@y'>M</a><a href='/private/p'>P</a><a rel=nofollow href='/n'>N</a>",
            ["/a"] = "<body><a href='/deep'>D</a>",
            ["/deep"] = "<body><a href='/deeper'>D</a>",
            ["/robots.txt"] = "User-agent: *\nDisallow: /private/",
        });
        var run = new TestRun();

        var result = await CrawlAsync(site, run, new CrawlPayload(["http://one.example.com/"], MaxDepth: 2, DelaySeconds: 0));

        var pages = PagesOf(run, result);
        Assert.Equal(["/robots.txt", "/", "/a", "/deep"], site.Requests.Select(request => request.Path));
        Assert.Equal((3, 0, 0), (result.Pages, result.Failed, result.Skipped));
        Assert.Equal(("http://one.example.com/", 200, "首页 & more", "Hello big world AagainBEMPN"), (pages[0].Text("url"), pages[0]["status"]!.GetValue<int>(), pages[0].Text("title"), pages[0].Text("text")));
        Assert.Equal(
            ["http://one.example.com/a", "http://two.example.com/b", "http://elsewhere.example/", "http://one.example.com/private/p"],
            pages[0]["links"]!.AsArray().Select(link => link!.GetValue<string>()));
        Assert.Equal([0, 1, 2], pages.Select(page => page["depth"]!.GetValue<int>()));
        Assert.Equal((3, 3, "http://one.example.com/deep"), run.Progress[^1]);
        Assert.All(site.Requests, request => Assert.Equal("Tasklane", request.Headers["User-Agent"]));
    }

    [Fact]
    public async Task Other_allowed_hosts_are_visited_when_asked_each_by_its_own_rules()
    {
        await using var site = await LocalServer.StartAsync((http, _) => $"{http.Request.Host}{http.Request.Path}" switch
        {
            "two.example.com/robots.txt" => http.SayAsync(200, "User-agent: tasklane\nDisallow: /b"),
            "three.example.com/robots.txt" => http.SayAsync(503),
            var robots when robots.EndsWith("/robots.txt", StringComparison.Ordinal) => http.SayAsync(404),
            "one.example.com/" => http.SayAsync(200, "<a href='http://two.example.com/a'></a><a href='http://two.example.com/b'></a><a href='http://three.example.com/'></a><a href='http://elsewhere.example/'></a>", Html),
            _ => http.SayAsync(200, "fine"),
        });
        var run = new TestRun();

        var result = await CrawlAsync(site, run, new CrawlPayload(["http://one.example.com/"], SameHost: false, DelaySeconds: 0));

        var pages = PagesOf(run, result);
        Assert.Equal(["http://one.example.com/", "http://two.example.com/a", "http://three.example.com/"], pages.Select(page => page.Text("url")));
        Assert.Equal("fine", pages[1].Text("text"));
        Assert.Equal("robots_unavailable", pages[2]["error"]!.Text("code"));
        Assert.Equal((3, 1, 1), (result.Pages, result.Failed, result.Skipped));
        Assert.DoesNotContain(site.Requests, request => request.Path == "/" && request.Headers["Host"] == "three.example.com");
    }

    [Fact]
    public async Task Slices_visit_each_page_once_and_write_what_one_run_writes()
    {
        await using var site = await LocalServer.StartAsync((http, _) => int.TryParse(http.Request.Path.Value![1..], out var page)
            ? http.SayAsync(200, $"<title>{page}</title>" + string.Concat(Enumerable.Range(1, 3).Select(i => $"<a href='/{page * 3 + i}'>x</a>")), Html)
            : http.SayAsync(404));
        var payload = new CrawlPayload(["http://one.example.com/0"], MaxPages: 200, MaxDepth: 100, DelaySeconds: 0);
        var whole = new TestRun();
        var once = await CrawlAsync(site, whole, payload);
        site.Requests.Clear();

        var sliced = new TestRun();
        var often = await CrawlAsync(site, sliced, payload, checksPerSlice: 6);

        Assert.Equal(once, often);
        Assert.Equal(200, once.Pages);
        Assert.Equal(whole.File(once.File), sliced.File(often.File));
        var visited = site.Requests.Where(request => request.Path != "/robots.txt").Select(request => request.Path).ToArray();
        Assert.Equal(Enumerable.Range(0, 200).Select(page => $"/{page}"), visited);
        Assert.True(sliced.Chunks.Count > 20);
    }

    [Fact]
    public async Task A_run_that_dies_repeats_only_what_it_had_not_saved()
    {
        var visits = new ConcurrentDictionary<string, int>();
        await using var site = await LocalServer.StartAsync((http, _) =>
        {
            visits.AddOrUpdate(http.Request.Path.Value!, 1, (_, times) => times + 1);
            return int.TryParse(http.Request.Path.Value![1..], out var page) ? http.SayAsync(200, $"<a href='/{page + 1}'>next</a>", Html) : http.SayAsync(404);
        });
        var payload = new CrawlPayload(["http://one.example.com/0"], MaxPages: 60, MaxDepth: 100, DelaySeconds: 0);
        var run = new TestRun { OnProgress = pages => Assert.NotEqual(40, pages) };

        await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => CrawlAsync(site, run, payload));
        run.OnProgress = _ => { };
        var result = await CrawlAsync(site, run, payload);

        Assert.Equal(Enumerable.Range(0, 60).Select(page => $"http://one.example.com/{page}"), PagesOf(run, result).Select(page => page.Text("url")));
        Assert.Equal([1, 1, 2, 2, 1], new[] { 0, 24, 25, 39, 40 }.Select(page => visits[$"/{page}"]));
    }

    [Fact]
    public async Task The_time_between_requests_is_what_the_payload_the_host_or_its_answer_asks_for()
    {
        var clock = new LeapingClock();
        var asked = new ConcurrentQueue<(string Path, double At)>();
        await using var site = await LocalServer.StartAsync((http, _) =>
        {
            asked.Enqueue(($"{http.Request.Host}{http.Request.Path}", clock.Seconds));
            return $"{http.Request.Host}{http.Request.Path}" switch
            {
                "slow.example.com/robots.txt" => http.SayAsync(200, "User-agent: *\nCrawl-delay: 7"),
                "slow.example.com/b" => http.SayAsync(429, headers: ("Retry-After", "20")),
                "slow.example.com/c" => http.SayAsync(503, headers: ("Retry-After", "86400")),
                var path when path.EndsWith("/robots.txt", StringComparison.Ordinal) => http.SayAsync(404),
                _ => http.SayAsync(200),
            };
        });
        string[] start = [.. "abcd".Select(page => $"http://slow.example.com/{page}"), "http://quick.example.com/a"];

        await CrawlAsync(site, new TestRun { Time = clock }, new CrawlPayload(start, DelaySeconds: 2));

        Assert.Equal(
            [
                ("slow.example.com/robots.txt", 0), ("slow.example.com/a", 7), ("slow.example.com/b", 14), ("slow.example.com/c", 34), ("slow.example.com/d", 94),
                ("quick.example.com/robots.txt", 94), ("quick.example.com/a", 96),
            ],
            asked);
    }

    [Fact]
    public async Task Redirects_are_visits_of_their_own_and_heed_the_same_rules()
    {
        await using var site = await LocalServer.StartAsync((http, _) => $"{http.Request.Host}{http.Request.Path}" switch
        {
            "one.example.com/" => To(http, "http://www.example.com/"),
            "www.example.com/" => http.SayAsync(200, "<a href='/m'></a><a href='/s'></a><a href='/p'></a><a href='/loop0'></a>", Html),
            "www.example.com/m" => To(http, "http://169.254.169.254/latest"),
            "www.example.com/s" => To(http, "http://elsewhere.example/"),
            "www.example.com/p" => To(http, "/private"),
            "www.example.com/robots.txt" => http.SayAsync(200, "User-agent: *\nDisallow: /private"),
            var path when path.Contains("/loop", StringComparison.Ordinal) => To(http, $"/loop{path[^1] - '0' + 1}"),
            _ => http.SayAsync(404),
        });
        var run = new TestRun();

        var result = await CrawlAsync(site, run, new CrawlPayload(["http://one.example.com/"], DelaySeconds: 0), hosts: ["*.example.com", "169.254.169.254"]);

        var pages = PagesOf(run, result).Skip(1).ToDictionary(page => new Uri(page.Text("url")).PathAndQuery + page["depth"], page => page);
        Assert.Equal("http://www.example.com/", PagesOf(run, result)[0].Text("location"));
        Assert.Null(pages["/m1"]["error"]);
        Assert.DoesNotContain("/latest1", pages.Keys);
        Assert.Equal(OutboundErrors.NotAllowed, pages["/s1"]["error"]!.Text("code"));
        Assert.Equal(1, result.Skipped);
        Assert.Equal(OutboundErrors.RedirectRefused, pages["/loop51"]["error"]!.Text("code"));
        Assert.DoesNotContain(site.Requests, request => request.Path is "/private" or "/loop6");
    }

    [Fact]
    public async Task A_page_is_read_in_its_own_charset_and_refused_when_it_is_built_to_be_slow()
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        static string Nested(int depth) => string.Concat(Enumerable.Repeat("<div>", depth)) + "deep";
        await using var site = await LocalServer.StartAsync(async (http, _) =>
        {
            switch (http.Request.Path.Value)
            {
                case "/gbk":
                    http.Response.ContentType = "text/html; charset=gbk";
                    await http.Response.Body.WriteAsync(Encoding.GetEncoding("gbk").GetBytes("<title>标题</title><body>内容"));
                    break;
                case "/meta":
                    http.Response.ContentType = "text/html";
                    await http.Response.Body.WriteAsync(Encoding.GetEncoding("gbk").GetBytes("<meta charset=gb2312><title>标题</title><body>内容"));
                    break;
                case "/nested":
                    await http.SayAsync(200, Nested(200), Html);
                    break;
                case "/slow":
                    await http.SayAsync(200, Nested(200_000), Html);
                    break;
                case "/large":
                    var open = string.Concat(Enumerable.Range(0, 200).Select(i => $"<b a={i}>"));
                    await http.SayAsync(200, $"<div>{open}</div>{string.Concat(Enumerable.Repeat("<div>x</div>", 80_000))}", Html);
                    break;
                case "/image":
                    await http.SayAsync(200, "\0\u0001", "image/png");
                    break;
                default:
                    await http.SayAsync(404);
                    break;
            }
        });
        var run = new TestRun();

        var result = await CrawlAsync(site, run, new CrawlPayload([.. new[] { "gbk", "meta", "nested", "image", "slow", "large" }.Select(page => $"http://one.example.com/{page}")], DelaySeconds: 0));

        var pages = PagesOf(run, result);
        Assert.All(pages.Take(2), page => Assert.Equal(("标题", "内容"), (page.Text("title"), page.Text("text"))));
        Assert.Equal("deep", pages[2].Text("text"));
        Assert.Null(pages[3]["text"]);
        Assert.All(pages.Skip(4), page => Assert.Equal("page_too_complex", page["error"]!.Text("code")));
    }

    [Fact]
    public async Task A_message_of_a_scheduler_begins_where_the_settings_say()
    {
        const string Message = """{"task_id":12,"action":"execute","timestamp":"2026-03-01T08:00:00.123456789Z","retry":0,"source":"user_create"}""";
        Assert.True(Types.TryGet("crawl", out var type));
        Assert.Empty(type.Validate(Encoding.UTF8.GetBytes(Message)));
        var payload = JsonSerializer.Deserialize<CrawlPayload>(Message, HandlerJson.Options)! with { DelaySeconds = 0 };
        await using var site = await SiteAsync(new() { ["/s"] = "<title>S</title>" });

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => CrawlAsync(site, new TestRun(), payload));
        var run = new TestRun();
        var result = await CrawlAsync(site, run, payload, start: ["http://one.example.com/s"]);

        Assert.Equal(("crawl_no_start", false), (failure.Code, failure.Retry));
        Assert.Contains("Tasklane:Crawl:Start", failure.Message, StringComparison.Ordinal);
        Assert.Equal("S", Assert.Single(PagesOf(run, result)).Text("title"));
    }

    [Theory]
    [InlineData("""{"start":["http://2130706433/"]}""", "/payload/start")]
    [InlineData("""{"start":["ftp://example.com/"]}""", "/payload/start")]
    [InlineData("""{"start":[]}""", "/payload/start")]
    [InlineData("""{"maxPages":10001}""", "/payload/maxPages")]
    [InlineData("""{"delaySeconds":-1}""", "/payload/delaySeconds")]
    [InlineData("""{"task_id":1,"action":"stop"}""", "/payload/action")]
    [InlineData("""{"taskId":1}""", "/payload/taskId")]
    public void A_bad_payload_is_refused_at_creation_with_its_field(string payload, string field)
    {
        Assert.True(Types.TryGet("crawl", out var type));
        Assert.Contains(type.Validate(Encoding.UTF8.GetBytes(payload)), error => error.Field == field);
    }

    [Theory]
    [InlineData("http://elsewhere.example/", OutboundErrors.NotAllowed, false)]
    [InlineData("http://inside.example.com/", "crawl_nothing_fetched", true)]
    [InlineData("http://one.example.com/gone", "crawl_nothing_fetched", true)]
    public async Task A_crawl_that_gets_no_page_fails_and_may_begin_anew(string start, string code, bool retry)
    {
        await using var site = await SiteAsync([]);
        var run = new TestRun();
        var payload = new CrawlPayload([start], DelaySeconds: 0);

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => CrawlAsync(site, run, payload));
        var again = await Assert.ThrowsAsync<TaskFailedException>(() => CrawlAsync(site, run, payload));

        Assert.Equal((code, retry, failure.Message), (failure.Code, failure.Retry, again.Message));
    }

    private static async Task<CrawlResult> CrawlAsync(
        LocalServer site, TestRun run, CrawlPayload payload, int checksPerSlice = -1, string[]? hosts = null, string[]? start = null)
    {
        using var http = new OutboundHttp(OutboundTests.Allowing(hosts ?? ["*.example.com"]), TimeProvider.System, OutboundTests.Network(site.Port));
        var options = new TasklaneOptions { Crawl = { Start = start ?? [] } };
        return await run.ToEndAsync<CrawlHandler, CrawlPayload, CrawlResult>(new CrawlHandler(http, options), payload, checksPerSlice);
    }

    private static Task<LocalServer> SiteAsync(Dictionary<string, string> pages) => LocalServer.StartAsync((http, _) =>
        pages.TryGetValue(http.Request.Path, out var page)
            ? http.SayAsync(200, page, http.Request.Path == "/robots.txt" ? "text/plain" : Html)
            : http.SayAsync(404));

    private static JsonNode[] PagesOf(TestRun run, CrawlResult result) =>
        [.. run.File(result.File).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)];

    private static Task To(HttpContext http, string location)
    {
        http.Response.StatusCode = 301;
        http.Response.Headers.Location = location;
        return Task.CompletedTask;
    }

    /// <summary>Whoever waits has waited already: time goes by as far as a wait asks for.</summary>
    private sealed class LeapingClock : TimeProvider
    {
        private readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private long _ticks;

        public double Seconds => TimeSpan.FromTicks(Interlocked.Read(ref _ticks)).TotalSeconds;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _start.AddTicks(Interlocked.Read(ref _ticks));

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Add(ref _ticks, dueTime.Ticks);
            ThreadPool.QueueUserWorkItem(_ => callback(state));
            return new Timer(_ => { });
        }
    }
}
