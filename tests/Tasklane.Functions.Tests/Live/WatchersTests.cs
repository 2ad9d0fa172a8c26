using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Live;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Live;

public sealed class WatchersTests : IHttpClientFactory
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<HttpRequestMessage> _asked = [];
    private HttpStatusCode _answer = HttpStatusCode.NotFound;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_service_is_asked_until_somebody_watches_and_again_after_a_while()
    {
        var watchers = Watchers();

        Assert.False(await watchers.AnyAsync(Ct));
        Assert.False(await watchers.AnyAsync(Ct)); // that nobody watched a moment ago says nothing
        _answer = HttpStatusCode.OK;
        Assert.True(await watchers.AnyAsync(Ct));
        _answer = HttpStatusCode.NotFound;
        Assert.True(await watchers.AnyAsync(Ct));
        Assert.Equal(3, _asked.Count);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.False(await watchers.AnyAsync(Ct));

        Assert.All(_asked, one => Assert.Equal($"HEAD https://own.example/api/v1/hubs/{Hub.Name}/groups/{Hub.Watchers}", $"{one.Method} {one.RequestUri}"));
        Assert.All(_asked, one => Assert.Equal("Bearer", one.Headers.Authorization?.Scheme));
    }

    [Fact]
    public async Task A_service_that_does_not_say_is_sent_everything()
    {
        _answer = HttpStatusCode.InternalServerError;
        Assert.True(await Watchers().AnyAsync(Ct));
    }

    HttpClient IHttpClientFactory.CreateClient(string name) => new(new Service(this));

    private Watchers Watchers()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["AzureSignalRConnectionString"] = "Endpoint=https://own.example;ClientEndpoint=https://front.example;AccessKey=c2lnbmFsci1vZi10aGUtbG9jYWwtZW11bGF0b3ItMDA=;Version=1.0;",
        }).Build();
        return new Watchers(this, new HubTokens(configuration, _time, this, _ => throw new InvalidOperationException()), _time, NullLogger<Watchers>.Instance);
    }

    private sealed class Service(WatchersTests test) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            test._asked.Add(request);
            return Task.FromResult(new HttpResponseMessage(test._answer));
        }
    }
}
