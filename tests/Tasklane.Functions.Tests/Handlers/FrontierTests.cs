using System.Security.Cryptography;
using Tasklane.Handlers.Crawling;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class FrontierTests
{
    [Fact]
    public void Addresses_are_taken_once_in_the_order_they_were_found()
    {
        var frontier = new Frontier(10);
        Assert.True(frontier.Add(new Uri("https://example.com/a#one"), 0));
        Assert.False(frontier.Add(new Uri("https://example.com/a#two"), 0));
        Assert.True(frontier.Add(new Uri("https://example.com/b"), 1, redirects: 2));

        Assert.Equal(new Stop(new Uri("https://example.com/a"), 0, 0), frontier.Take());
        Assert.False(frontier.Add(new Uri("https://example.com/a"), 3));
        Assert.Equal(new Stop(new Uri("https://example.com/b"), 1, 2), frontier.Take());
        Assert.Equal((2, 0), (frontier.Taken, frontier.Waiting));
    }

    [Fact]
    public void No_more_wait_than_may_be_taken()
    {
        var frontier = new Frontier(3);
        for (var i = 0; i < 10; i++)
            frontier.Add(Page(i), 0);
        Assert.Equal(3, frontier.Waiting);
        frontier.Take();
        Assert.False(frontier.Add(Page(9), 0));
        frontier.Take();
        frontier.Take();
        Assert.Equal((0, 3), (frontier.Waiting, frontier.Taken));
    }

    [Fact]
    public void What_is_packed_goes_on_where_it_was()
    {
        var frontier = new Frontier(10_000);
        for (var i = 0; i < 10_000; i++)
            frontier.Add(Page(i), i % 7);
        for (var i = 0; i < 5000; i++)
            frontier.Take();

        var packed = frontier.Pack();
        var again = Frontier.Unpack(packed, 10_000);

        Assert.InRange(packed.Length, 1, Frontier.MaxPacked);
        Assert.Equal((5000, 5000, 0), (again.Taken, again.Waiting, again.GivenUp));
        Assert.False(again.Add(Page(3), 0));
        Assert.False(again.Add(Page(7000), 0));
        Assert.Equal(new Stop(Page(5000), 5000 % 7, 0), again.Take());
    }

    [Fact]
    public void Long_addresses_that_do_not_fit_are_given_up_the_last_found_first()
    {
        var frontier = new Frontier(10_000);
        for (var i = 0; i < 10_000; i++)
            frontier.Add(new Uri("https://example.com/" + Convert.ToHexString(SHA256.HashData(BitConverter.GetBytes(i))) + new string('x', 1500)), 0);
        var first = frontier.Take();

        var packed = frontier.Pack();
        var again = Frontier.Unpack(packed, 10_000);

        Assert.InRange(packed.Length, Frontier.MaxPacked / 3, Frontier.MaxPacked);
        Assert.Equal(9999, again.Waiting + again.GivenUp);
        Assert.Equal((frontier.Waiting, frontier.GivenUp), (again.Waiting, again.GivenUp));
        Assert.True(again.GivenUp > 0);
        Assert.Equal(frontier.Take(), again.Take());
        Assert.False(again.Add(first.Url, 0));
    }

    [Fact]
    public void Even_when_all_is_done_it_fits()
    {
        var frontier = new Frontier(CrawlPayload.MostPages);
        for (var i = 0; i < CrawlPayload.MostPages; i++)
        {
            frontier.Add(Page(i), 0);
            frontier.Take();
        }
        Assert.InRange(frontier.Pack().Length, 1, Frontier.MaxPacked);
    }

    private static Uri Page(int i) => new($"https://example.com/articles/{i}?page={i % 13}");
}
