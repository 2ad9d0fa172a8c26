using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tasklane.Emulator.Testing;

namespace Tasklane.Emulator.Tests.Http;

/// <summary>Who is let in: this machine under its own names, and pages of this host.</summary>
public sealed class LocalOnlyTests : IAsyncLifetime
{
    private FunctionsTestHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _app = await WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
        {
            options.Functions = ["WebHeaders", "WebHash"];
            options.Settings["TASKLANE_EMULATOR_ALLOWED_HOSTS"] = "box.example, *.tunnels.example";
        });
        _http = WebHost.Client(_app);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
    }

    [Theory]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:1", 200)]
    [InlineData("127.0.0.1:7071", 200)]
    [InlineData("[::1]:7071", 200)]
    [InlineData("box.example", 200)]
    [InlineData("a-7071.tunnels.example:443", 200)]
    [InlineData("tunnels.example", 403)]
    [InlineData("evil.example", 403)]
    [InlineData("evil.example:7071", 403)]
    [InlineData("localhost.evil.example", 403)]
    [InlineData("192.168.0.7", 403)]
    public async Task Only_names_of_this_machine_are_answered(string host, int expected)
    {
        foreach (var path in (string[])["/web/headers", "/admin/host/status", "/"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = host } };
            using var response = await _http.SendAsync(request, Token);
            Assert.Equal(path == "/" && expected == 200 ? 404 : expected, (int)response.StatusCode);
            if (expected == 403)
                Assert.Contains(host.Split(':')[0], await TitleAsync(response), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(null, null, 415)]
    [InlineData("OWN", null, 415)]
    [InlineData("OTHER-NAME", null, 415)]
    [InlineData(null, "same-origin", 415)]
    [InlineData(null, "none", 415)]
    [InlineData(null, "cross-site", 403)]
    [InlineData(null, "same-site", 403)]
    [InlineData("null", null, 403)]
    [InlineData("http://evil.example", null, 403)]
    [InlineData("http://localhost:1", "same-site", 403)]
    public async Task The_hosts_own_doors_are_closed_to_other_pages(string? origin, string? fetchSite, int expected)
    {
        foreach (var path in (string[])["/admin/functions/WebHash", "/.auth/login/dev"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            AddOrigin(request, origin, fetchSite);
            using var response = await _http.SendAsync(request, Token);
            Assert.Equal(expected, (int)response.StatusCode);
            Assert.NotEmpty(await TitleAsync(response));
        }
    }

    [Theory]
    [InlineData("/runtime/webhooks/durabletask/instances/x/terminate")]
    [InlineData("/_emulator/x")]
    public async Task Webhooks_and_the_inspector_are_closed_to_other_pages(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "Origin", "http://evil.example" } } };
        Assert.Equal(HttpStatusCode.Forbidden, (await _http.SendAsync(request, Token)).StatusCode);
    }

    [Fact]
    public async Task A_tunnels_page_is_the_hosts_own()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/.auth/login/dev")
        {
            Content = JsonContent.Create(new { user = "alice" }),
            Headers = { { "Origin", "https://a-7071.tunnels.example" } },
        };
        request.Headers.Host = "a-7071.tunnels.example";
        Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(request, Token)).StatusCode);
    }

    [Theory]
    [InlineData(null, null, 403)]
    [InlineData("http://evil.example", null, 403)]
    [InlineData("http://localhost:1", "same-site", 403)]
    [InlineData("OWN", "same-origin", 200)]
    [InlineData(null, "same-origin", 200)]
    public async Task A_change_by_a_sessions_cookie_has_to_come_from_a_page_of_this_host(string? origin, string? fetchSite, int expected)
    {
        using var login = await _http.PostAsJsonAsync("/.auth/login/dev", new { user = "alice" }, Token);
        var cookie = login.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var token = (string)JsonNode.Parse(await login.Content.ReadAsStringAsync(Token))!["token"]!;

        using var changing = new HttpRequestMessage(HttpMethod.Post, "/web/hash") { Headers = { { "Cookie", cookie } } };
        AddOrigin(changing, origin, fetchSite);
        using var changed = await _http.SendAsync(changing, Token);
        Assert.Equal(expected, (int)changed.StatusCode);
        if (expected == 403)
            Assert.Contains("Authorization: Bearer", await TitleAsync(changed), StringComparison.Ordinal);

        using var reading = new HttpRequestMessage(HttpMethod.Get, "/web/headers") { Headers = { { "Cookie", cookie } } };
        AddOrigin(reading, origin, fetchSite);
        Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(reading, Token)).StatusCode);

        using var byToken = new HttpRequestMessage(HttpMethod.Post, "/web/hash") { Headers = { { "Cookie", cookie }, { "Authorization", "Bearer " + token } } };
        AddOrigin(byToken, origin, fetchSite);
        Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(byToken, Token)).StatusCode);

        using var byNobody = new HttpRequestMessage(HttpMethod.Post, "/web/hash") { Headers = { { "Cookie", "other=1" } } };
        AddOrigin(byNobody, origin, fetchSite);
        Assert.Equal(HttpStatusCode.OK, (await _http.SendAsync(byNobody, Token)).StatusCode);
    }

    [Fact]
    public void Text_of_callers_is_escaped_and_cut()
    {
        Assert.Equal(@"a\u000ab\u001b[0m", Emulator.Http.Problem.Quote("a\nb\u001b[0m"));
        Assert.Equal(new string('x', 100) + "...", Emulator.Http.Problem.Quote(new string('x', 101)));
    }

    private void AddOrigin(HttpRequestMessage request, string? origin, string? fetchSite)
    {
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin switch
            {
                "OWN" => $"http://localhost:{_app.BaseAddress.Port}",
                "OTHER-NAME" => $"http://127.0.0.1:{_app.BaseAddress.Port}",
                _ => origin,
            });
        }

        if (fetchSite is not null)
            request.Headers.Add("Sec-Fetch-Site", fetchSite);
    }

    private static async Task<string> TitleAsync(HttpResponseMessage response)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["title"]!;
    }
}
