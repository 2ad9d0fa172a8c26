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

    [Theory]
    [InlineData("http://example.com")]
    [InlineData("HTTPS://Example.com:8443/a?b=c#d")]
    [InlineData("http://93.184.215.14/")]
    [InlineData("http://[2606:4700::1]:8080/")]
    [InlineData("http://1a2.example.com/")]
    [InlineData("http://xn--fiqs8s.example/%E4%B8%AD")]
    public void An_address_in_plain_spelling_is_read(string text) => Assert.True(OutboundUrl.TryRead(text, out _, out _));

    [Theory]
    [InlineData("ftp://example.com/", "http or https")]
    [InlineData("file:///etc/passwd", "http or https")]
    [InlineData("//example.com/", "http or https")]
    [InlineData("http:example.com", "http or https")]
    [InlineData("http://", "http or https")]
    [InlineData("/a", "http or https")]
    [InlineData("http://user@example.com/", "user name")]
    [InlineData("http://example.com:pw@evil.example/", "user name")]
    [InlineData("http://example.com\\@evil.example/", "without spaces")]
    [InlineData("http://example.com/a b", "without spaces")]
    [InlineData("http://example.com/\n", "without spaces")]
    [InlineData("http://１２７.0.0.1/", "ASCII")]
    [InlineData("http://例子.example/", "ASCII")]
    [InlineData("http://2130706433/", "four decimal")]
    [InlineData("http://2852039166/latest/meta-data", "four decimal")]
    [InlineData("http://0x7f000001/", "four decimal")]
    [InlineData("http://0x7f.0.0.1/", "four decimal")]
    [InlineData("http://0177.0.0.1/", "four decimal")]
    [InlineData("http://127.1/", "four decimal")]
    [InlineData("http://127.0.0.1./", "four decimal")]
    [InlineData("http://127.000.000.001/", "four decimal")]
    [InlineData("http://999.1.1.1/", "four decimal")]
    [InlineData("http://example.0x1/", "four decimal")]
    [InlineData("http://[fe80::1%25eth0]/", "zone")]
    [InlineData("http://[fe80::1%eth0]/", "zone")]
    [InlineData("http://%31%32%37.0.0.1/", "http or https")]
    public void An_address_that_hides_where_it_leads_is_refused(string text, string why)
    {
        Assert.False(OutboundUrl.TryRead(text, out _, out var problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("93.184.215.14", 0)]
    [InlineData("100.63.255.255", 0)]
    [InlineData("172.32.0.1", 0)]
    [InlineData("2606:4700::1111", 0)]
    [InlineData("127.0.0.1", 1)]
    [InlineData("127.255.255.254", 1)]
    [InlineData("10.1.2.3", 1)]
    [InlineData("172.16.0.1", 1)]
    [InlineData("172.31.255.255", 1)]
    [InlineData("192.168.1.1", 1)]
    [InlineData("100.64.0.1", 1)]
    [InlineData("100.127.255.255", 1)]
    [InlineData("::1", 1)]
    [InlineData("fd12:3456::1", 1)]
    [InlineData("fc00::1", 1)]
    [InlineData("169.254.169.254", 2)]
    [InlineData("169.254.0.1", 2)]
    [InlineData("168.63.129.16", 2)]
    [InlineData("100.100.100.200", 2)]
    [InlineData("fd00:ec2::254", 2)]
    [InlineData("0.0.0.0", 2)]
    [InlineData("0.1.2.3", 2)]
    [InlineData("192.0.0.192", 2)]
    [InlineData("224.0.0.1", 2)]
    [InlineData("239.255.255.255", 2)]
    [InlineData("240.0.0.1", 2)]
    [InlineData("255.255.255.255", 2)]
    [InlineData("198.18.0.1", 2)]
    [InlineData("203.0.113.9", 2)]
    [InlineData("::", 2)]
    [InlineData("::ffff:127.0.0.1", 2)]
    [InlineData("::ffff:169.254.169.254", 2)]
    [InlineData("::ffff:93.184.215.14", 2)]
    [InlineData("::7f00:1", 2)]
    [InlineData("2002:7f00:1::", 2)]
    [InlineData("2002:a9fe:a9fe::1", 2)]
    [InlineData("64:ff9b::7f00:1", 2)]
    [InlineData("64:ff9b::a9fe:a9fe", 2)]
    [InlineData("64:ff9b:1::1", 2)]
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2", 2)]
    [InlineData("2001:db8::1", 2)]
    [InlineData("100::1", 2)]
    [InlineData("fe80::1", 2)]
    [InlineData("fe80::1%1", 2)]
    [InlineData("2606:4700::1111%1", 2)]
    [InlineData("fec0::1", 2)]
    [InlineData("ff02::1", 2)]
    public void Every_address_is_sorted(string address, int scope) => Assert.Equal((AddressScope)scope, AddressRules.Of(IPAddress.Parse(address)));

    [Theory]
    [InlineData("example.com", "https://example.com/", true)]
    [InlineData("example.com", "http://EXAMPLE.com/", true)]
    [InlineData("example.com", "https://example.com:8443/", false)]
    [InlineData("example.com", "https://a.example.com/", false)]
    [InlineData("example.com", "https://example.com./", false)]
    [InlineData("example.com:8443", "https://example.com:8443/", true)]
    [InlineData("example.com:8443", "https://example.com/", false)]
    [InlineData("*.example.com", "https://a.example.com/", true)]
    [InlineData("*.example.com", "https://a.b.example.com/", true)]
    [InlineData("*.example.com", "https://example.com/", false)]
    [InlineData("*.example.com", "https://badexample.com/", false)]
    [InlineData("*.example.com", "https://a.example.com.evil.example/", false)]
    [InlineData("[2606:4700:0::1]", "https://[2606:4700::1]/", true)]
    public void A_host_is_allowed_by_its_name_and_port(string pattern, string url, bool allowed) =>
        Assert.Equal(allowed, new AllowList(new OutboundOptions { AllowedHosts = [pattern] }).Allows(new Uri(url)));

    [Theory]
    [InlineData("*")]
    [InlineData("*.com")]
    [InlineData("*.10.0.0.1")]
    [InlineData("a*.example.com")]
    [InlineData("https://example.com")]
    [InlineData("example.com/path")]
    [InlineData("example.com:0")]
    [InlineData("example.com:99999")]
    [InlineData("user@example.com")]
    [InlineData("[::zz]")]
    [InlineData("")]
    public void A_pattern_that_means_too_much_or_nothing_is_told_at_start(string pattern)
    {
        var told = string.Join('\n', new TasklaneOptions { Outbound = { AllowedHosts = [pattern] } }.Problems());
        Assert.Contains($"Tasklane:Outbound:AllowedHosts has '{pattern}'", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("*.example.com:80")]
    public void A_private_endpoint_must_be_named_exactly(string endpoint) =>
        Assert.Contains("one host and port", string.Join('\n', new TasklaneOptions { Outbound = { AllowedPrivate = [endpoint] } }.Problems()), StringComparison.Ordinal);

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
