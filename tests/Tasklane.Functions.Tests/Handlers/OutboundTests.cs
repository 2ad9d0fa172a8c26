using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Tasklane.Handlers.Outbound;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class OutboundTests
{
    private const string Public = "93.184.215.14";
    private static readonly string[] Metadata = ["169.254.169.254"];

    [Fact]
    public async Task Without_a_setting_no_host_may_be_asked_and_the_error_names_it()
    {
        using var http = new OutboundHttp(new OutboundOptions(), TimeProvider.System, Network());

        var refusal = await Assert.ThrowsAsync<TaskFailedException>(() => GetAsync(http, "https://hooks.example.com/a"));

        Assert.Equal((OutboundErrors.NotAllowed, false), (refusal.Code, refusal.Retry));
        Assert.Contains("Tasklane:Outbound:AllowedHosts", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("'hooks.example.com'", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://metadata.example.com/", "169.254.169.254")]
    [InlineData("http://metadata.example.com/", "93.184.215.14", "169.254.169.254")]
    [InlineData("http://metadata.example.com/", "fd00:ec2::254")]
    [InlineData("http://metadata.example.com/", "::ffff:169.254.169.254")]
    [InlineData("http://inside.example.com/", "10.0.0.8")]
    [InlineData("http://inside.example.com/", "127.0.0.1")]
    [InlineData("http://inside.example.com/", "::1")]
    [InlineData("http://169.254.169.254/")]
    [InlineData("http://[fd00:ec2::254]/")]
    [InlineData("http://[::ffff:169.254.169.254]/")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://127.0.0.1/")]
    public async Task An_allowed_name_that_leads_inside_is_not_connected_to(string url, params string[] addresses)
    {
        var connected = 0;
        using var http = new OutboundHttp(Allowing("*.example.com", new Uri(url).Host), TimeProvider.System, new OutboundNetwork(
            (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()),
            (_, _) => throw new InvalidOperationException($"connected {++connected}")));

        var refusal = await Assert.ThrowsAsync<TaskFailedException>(() => GetAsync(http, url));

        Assert.Equal((OutboundErrors.AddressRefused, false, 0), (refusal.Code, refusal.Retry, connected));
        Assert.DoesNotContain("10.0.0.8", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_leads_inside_a_moment_later_is_connected_to_where_it_was_checked_and_never_after()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(200, "hello", headers: ("Connection", "close")));
        var answers = new Queue<string[]>([[Public], Metadata, ["127.0.0.1"]]);
        var dialled = new List<IPEndPoint>();
        using var http = new OutboundHttp(Allowing("rebind.example.com"), TimeProvider.System, new OutboundNetwork(
            (_, _) => Task.FromResult(answers.Dequeue().Select(IPAddress.Parse).ToArray()),
            (endpoint, ct) =>
            {
                dialled.Add(endpoint);
                return OutboundNetwork.Real.Connect(new IPEndPoint(IPAddress.Loopback, server.Port), ct);
            }));

        var first = await GetAsync(http, "http://rebind.example.com/");
        var second = await Assert.ThrowsAsync<TaskFailedException>(() => GetAsync(http, "http://rebind.example.com/"));
        var third = await Assert.ThrowsAsync<TaskFailedException>(() => GetAsync(http, "http://rebind.example.com/"));

        Assert.Equal("hello"u8.ToArray(), first.Body);
        Assert.Equal([OutboundErrors.AddressRefused, OutboundErrors.AddressRefused], [second.Code, third.Code]);
        Assert.Equal([new IPEndPoint(IPAddress.Parse(Public), 80)], dialled);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_redirect_is_followed_only_to_what_might_be_asked_itself()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.Request.Path.Value switch
        {
            "/there" => http.SayAsync(200, "there"),
            "/relative" => To(http, "/there"),
            "/named" => To(http, "http://two.example.com/there"),
            "/stranger" => To(http, "http://evil.example/"),
            "/metadata" => To(http, "http://169.254.169.254/latest"),
            "/inside" => To(http, "http://inside.example.com/"),
            "/decimal" => To(http, "http://2852039166/latest"),
            "/file" => To(http, "file:///etc/passwd"),
            _ => To(http, "/loop"),
        });
        using var http = new OutboundHttp(Allowing("*.example.com", "169.254.169.254"), TimeProvider.System, Network(server.Port));

        Assert.Equal(200, (int)(await GetAsync(http, "http://one.example.com/relative")).Status);
        Assert.Equal("http://two.example.com/there", (await GetAsync(http, "http://one.example.com/named")).Url.AbsoluteUri);
        Assert.Equal(OutboundErrors.NotAllowed, await CodeOfAsync("/stranger"));
        Assert.Equal(OutboundErrors.AddressRefused, await CodeOfAsync("/metadata"));
        Assert.Equal(OutboundErrors.AddressRefused, await CodeOfAsync("/inside"));
        Assert.Equal(OutboundErrors.UrlRefused, await CodeOfAsync("/decimal"));
        Assert.Equal(OutboundErrors.UrlRefused, await CodeOfAsync("/file"));
        server.Requests.Clear();
        Assert.Equal(OutboundErrors.RedirectRefused, await CodeOfAsync("/loop"));
        Assert.Equal(6, server.Requests.Count);

        async Task<string> CodeOfAsync(string path) => (await Assert.ThrowsAsync<TaskFailedException>(() => GetAsync(http, "http://one.example.com" + path))).Code;
    }

    [Fact]
    public async Task Headers_are_not_carried_to_another_host()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.Request.Path == "/" ? To(http, "http://two.example.com/there") : http.SayAsync(200));
        using var http = new OutboundHttp(Allowing("*.example.com"), TimeProvider.System, Network(server.Port));

        await http.SendAsync(new OutboundRequest(HttpMethod.Get, new Uri("http://one.example.com/")) { Follow = true, Headers = [new("Authorization", "Bearer x")] }, CancellationToken.None);

        Assert.Equal([true, false], server.Requests.Select(request => request.Headers.ContainsKey("Authorization")));
    }

    [Fact]
    public void A_redirect_from_https_to_http_is_refused()
    {
        var from = new Uri("https://one.example.com/a/b");
        Assert.Equal(OutboundErrors.RedirectRefused, Assert.Throws<TaskFailedException>(() => OutboundHttp.Redirected(from, "http://one.example.com/")).Code);
        Assert.Equal("https://one.example.com/a/c", OutboundHttp.Redirected(from, "c").AbsoluteUri);
        Assert.Equal("https://two.example.com/", OutboundHttp.Redirected(from, "//two.example.com").AbsoluteUri);
    }

    [Fact]
    public async Task Only_the_endpoint_that_a_setting_names_may_be_private()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(200));
        await using var other = await LocalServer.StartAsync((http, _) => http.SayAsync(200));
        using var http = new OutboundHttp(new OutboundOptions { AllowedPrivate = [server.Authority, $"meta.test:{server.Port}"] }, TimeProvider.System, new OutboundNetwork(
            (_, _) => Task.FromResult(Metadata.Select(IPAddress.Parse).ToArray()), OutboundNetwork.Real.Connect));

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(http, server.Url("/"))).Status);
        Assert.Equal(OutboundErrors.NotAllowed, (await Assert.ThrowsAsync<TaskFailedException>(() => GetAsync(http, other.Url("/")))).Code);
        Assert.Equal(OutboundErrors.AddressRefused, (await Assert.ThrowsAsync<TaskFailedException>(() => GetAsync(http, $"http://meta.test:{server.Port}/"))).Code);
    }

    [Fact]
    public async Task A_proxy_of_the_environment_is_not_used()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(200, "direct"));
        var former = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new ProxyOf("proxied.example.com", former);
        try
        {
            using var http = new OutboundHttp(Allowing("proxied.example.com"), TimeProvider.System, Network(server.Port));
            Assert.Equal("direct"u8.ToArray(), (await GetAsync(http, "http://proxied.example.com/")).Body);
        }
        finally
        {
            HttpClient.DefaultProxy = former;
        }
    }

    [Fact]
    public async Task No_more_of_an_answer_is_read_than_the_setting_allows_also_when_it_was_packed()
    {
        await using var server = await LocalServer.StartAsync(async (http, _) =>
        {
            http.Response.Headers.ContentEncoding = "gzip";
            await using var gzip = new GZipStream(http.Response.Body, CompressionLevel.Fastest);
            for (var i = 0; i < 64; i++)
                await gzip.WriteAsync(new byte[64 * 1024]);
        });
        var options = Allowing("one.example.com");
        options.MaxResponseKiB = 10;
        using var http = new OutboundHttp(options, TimeProvider.System, Network(server.Port));

        var answer = await GetAsync(http, "http://one.example.com/");

        Assert.Equal((10 * 1024, true), (answer.Body.Length, answer.IsCut));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_answer_that_takes_too_long_is_given_up(bool begun)
    {
        var asked = new Signal("asked");
        await using var server = await LocalServer.StartAsync(async (http, _) =>
        {
            if (begun)
                await http.Response.Body.WriteAsync(new byte[10]);
            asked.Send();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var clock = new ManualTimeProvider();
        using var http = new OutboundHttp(Allowing("one.example.com"), clock, Network(server.Port));

        var asking = GetAsync(http, "http://one.example.com/");
        await asked.WaitAsync();
        clock.Advance(TimeSpan.FromSeconds(30));
        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => asking);

        Assert.Equal((OutboundErrors.TimedOut, true), (failure.Code, failure.Retry));
    }

    [Fact]
    public async Task Where_nobody_answers_another_attempt_may_be_luckier_and_the_next_address_is_tried()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(200));
        string[] addresses = ["93.184.215.14", "93.184.215.15"];
        var answering = "93.184.215.15";
        using var http = new OutboundHttp(Allowing("one.example.com"), TimeProvider.System, new OutboundNetwork(
            (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()),
            (endpoint, ct) => endpoint.Address.ToString() == answering
                ? OutboundNetwork.Real.Connect(new IPEndPoint(IPAddress.Loopback, server.Port), ct)
                : throw new SocketException((int)SocketError.ConnectionRefused)));

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(http, "http://one.example.com/")).Status);
        answering = "";
        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => GetAsync(http, "https://one.example.com/"));
        Assert.Equal((OutboundErrors.Unreachable, true), (failure.Code, failure.Retry));
    }

    [Fact]
    public async Task Cancelling_ends_a_request()
    {
        var asked = new Signal("asked");
        using var stop = new CancellationTokenSource();
        await using var server = await LocalServer.StartAsync(async (http, _) =>
        {
            asked.Send();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var http = new OutboundHttp(Allowing("one.example.com"), TimeProvider.System, Network(server.Port));

        var asking = http.SendAsync(new OutboundRequest(HttpMethod.Get, new Uri("http://one.example.com/")), stop.Token);
        await asked.WaitAsync();
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    /// <summary>So that no handler reaches out around the guard; the AI service is the operator's own.</summary>
    [Fact]
    public void No_other_handler_makes_requests()
    {
        var handlers = Path.Combine(BuiltApps.Root, "functions", "Handlers");
        string[] offenders = [.. Directory.EnumerateFiles(handlers, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/Outbound/", StringComparison.Ordinal) && Path.GetFileName(file) != "AiClient.cs")
            .Where(file => File.ReadAllText(file) is var text && (text.Contains("HttpClient", StringComparison.Ordinal) || text.Contains("Socket", StringComparison.Ordinal)))];
        Assert.Empty(offenders);
    }

    internal static OutboundOptions Allowing(params string[] hosts) => new() { AllowedHosts = hosts };

    /// <summary>Names of hosts lead to a public address, but for two that lead inside; connections go to this machine's port.</summary>
    internal static OutboundNetwork Network(int port = 0) => new(
        (name, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(name.Split('.')[0] switch { "inside" => "10.0.0.8", "metadata" => "169.254.169.254", _ => Public })]),
        (endpoint, ct) => endpoint.Address.ToString() == Public
            ? OutboundNetwork.Real.Connect(new IPEndPoint(IPAddress.Loopback, port), ct)
            : throw new InvalidOperationException($"Connected to {endpoint}."));

    /// <summary>For one host only: the tests beside this one have the same default.</summary>
    private sealed class ProxyOf(string host, IWebProxy others) : IWebProxy
    {
        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination) => destination.Host == host ? new Uri("http://127.0.0.1:1/") : others.GetProxy(destination);

        public bool IsBypassed(Uri destination) => destination.Host != host && others.IsBypassed(destination);
    }

    private static Task To(HttpContext http, string location)
    {
        http.Response.StatusCode = 302;
        http.Response.Headers.Location = location;
        return Task.CompletedTask;
    }

    private static Task<OutboundAnswer> GetAsync(OutboundHttp http, string url) =>
        http.SendAsync(new OutboundRequest(HttpMethod.Get, new Uri(url)) { Follow = true }, CancellationToken.None);
}
