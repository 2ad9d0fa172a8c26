using Tasklane.Handlers.Crawling;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

/// <summary>RFC 9309, its examples among them.</summary>
public sealed class RobotsTests
{
    [Theory]
    [InlineData("", "/a", true)]
    [InlineData("User-agent: *\nDisallow: /", "/a", false)]
    [InlineData("User-agent: *\nDisallow: /", "/robots.txt", true)]
    [InlineData("User-agent: *\nDisallow:", "/a", true)]
    [InlineData("user-agent : *\n  DISALLOW :/a  # not this", "/a", false)]
    [InlineData("\uFEFFUser-agent: *\r\nDisallow: /a\r\n", "/ab", false)]
    [InlineData("User-agent: *\rDisallow: /a/", "/a", true)]
    [InlineData("Disallow: /a", "/a", true)]
    [InlineData("# nothing\nfoo\n:\n", "/a", true)]
    // The group that names the crawler alone counts, in upper or lower case, and is joined from its parts.
    [InlineData("User-agent: *\nDisallow: /\n\nUser-agent: TASKLANE\nDisallow: /x", "/a", true)]
    [InlineData("User-agent: tasklane/2.0\nDisallow: /a", "/a", false)]
    [InlineData("User-agent: tasklane\nDisallow: /x\nUser-agent: *\nDisallow: /y\nUser-agent: tasklane\nDisallow: /a", "/a", false)]
    [InlineData("User-agent: tasklane\nDisallow: /x\nUser-agent: *\nDisallow: /a", "/a", true)]
    [InlineData("User-agent: other\nUser-agent: tasklane\nDisallow: /a", "/a", false)]
    [InlineData("User-agent: other\n\nUser-agent: tasklane\nSitemap: /s\nDisallow: /a", "/a", false)]
    [InlineData("User-agent: tasklanebot\nDisallow: /", "/a", true)]
    [InlineData("User-agent: task\nDisallow: /", "/a", true)]
    [InlineData("User-agent: tasklane\n\nUser-agent: *\nDisallow: /", "/a", false)]
    // The longest match decides, "allow" between equals.
    [InlineData("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", true)]
    [InlineData("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", false)]
    [InlineData("User-agent: *\nDisallow: /a\nAllow: /a", "/a", true)]
    [InlineData("User-agent: *\nAllow: /a\nDisallow: /a", "/a", true)]
    [InlineData("User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", false)]
    [InlineData("User-agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/", "/publications/a.gif", true)]
    [InlineData("User-agent: *\nDisallow: *.gif$", "/a/b.gif", false)]
    [InlineData("User-agent: *\nDisallow: *.gif$", "/a/b.gif?c", true)]
    [InlineData("User-agent: *\nDisallow: /a*b*c", "/axxbyyczz", false)]
    [InlineData("User-agent: *\nDisallow: /a*b*c$", "/abcbc", false)]
    [InlineData("User-agent: *\nDisallow: /a*c$", "/ab", true)]
    [InlineData("User-agent: *\nDisallow: /a*aa$", "/aa", true)]
    [InlineData("User-agent: *\nDisallow: /a$", "/a", false)]
    [InlineData("User-agent: *\nDisallow: /a$", "/ab", true)]
    [InlineData("User-agent: *\nDisallow: /*?", "/a?b", false)]
    [InlineData("User-agent: *\nDisallow: /a$b", "/a$bc", false)]
    // Both sides are encoded alike.
    [InlineData("User-agent: *\nDisallow: /foo/bar/ツ", "/foo/bar/%E3%83%84", false)]
    [InlineData("User-agent: *\nDisallow: /foo/bar/%e3%83%84", "/foo/bar/ツ", false)]
    [InlineData("User-agent: *\nDisallow: /%62%61z", "/baz", false)]
    [InlineData("User-agent: *\nDisallow: /a%2Fb", "/a/b", true)]
    [InlineData("User-agent: *\nDisallow: /\U0001F600", "/%F0%9F%98%80", false)]
    public void A_path_is_allowed_or_not(string robots, string path, bool allowed) =>
        Assert.Equal(allowed, RobotsRules.Parse(robots, "Tasklane/1.0 (+https://example.com)").Allows(new Uri("https://example.com" + path)));

    [Theory]
    [InlineData("User-agent: *\nCrawl-delay: 2.5", 2.5)]
    [InlineData("User-agent: *\nCrawl-delay: 5\nUser-agent: tasklane\nCrawl-delay: 1", 1.0)]
    [InlineData("User-agent: *\nCrawl-delay: 5\nUser-agent: tasklane\nDisallow: /", null)]
    [InlineData("User-agent: *\nCrawl-delay: soon", null)]
    [InlineData("User-agent: *\nCrawl-delay: -1", null)]
    public void A_delay_is_read(string robots, double? delay) => Assert.Equal(delay, RobotsRules.Parse(robots, "Tasklane").CrawlDelay);

    [Fact]
    public void A_pattern_of_many_stars_takes_no_time()
    {
        var rules = RobotsRules.Parse("User-agent: *\nDisallow: /" + string.Concat(Enumerable.Repeat("*a", 500)) + "b$", "Tasklane");
        Assert.True(rules.Allows(new Uri("https://example.com/" + new string('a', 2000))));
    }
}
