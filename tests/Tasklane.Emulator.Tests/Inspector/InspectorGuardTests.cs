using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Http.Keys;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;

namespace Tasklane.Emulator.Tests.Inspector;

/// <summary>Who may look at /_emulator and act there: this machine by its own names, its own page, and, where keys are required, the master key.</summary>
public sealed class InspectorGuardTests
{
    private static readonly string[] _files = ["/_emulator", "/_emulator/inspector.js", "/_emulator/inspector.css"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Other_names_and_other_sites_are_refused_in_every_section()
    {
        await using var app = await StartAsync();
        using var http = WebHost.Client(app);
        var paths = await PathsAsync(http);
        Assert.Equal(7, paths.Length);

        foreach (var path in (string[])[.. _files, "/_emulator/api", .. paths.SelectMany(section => (string[])[section, section + "/item?id=x"])])
        {
            Assert.NotEqual(HttpStatusCode.Forbidden, await SendAsync(http, HttpMethod.Get, path));
            foreach (var name in (string[])["evil.example", "localhost.evil.example:80", "192.168.0.7"])
                Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(http, HttpMethod.Get, path, ("Host", name)));
        }

        foreach (var path in paths.Select(section => section + "/item/none?id=x"))
        {
            Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(http, HttpMethod.Post, path));
            Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(http, HttpMethod.Post, path, ("Origin", $"http://localhost:{app.BaseAddress.Port}")));
            foreach (var header in ((string, string)[])
                [("Host", "evil.example"), ("Origin", "http://evil.example"), ("Origin", "null"), ("Origin", "http://localhost:1"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site")])
                Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(http, HttpMethod.Post, path, header));

            using var form = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("{}", Encoding.UTF8, "text/plain") };
            Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await http.SendAsync(form, Token)).StatusCode);
        }
    }

    [Fact]
    public async Task A_tunnels_name_opens_the_page_only_where_a_key_is_asked_for()
    {
        await using (var app = await StartAsync(options => options.Settings["TASKLANE_EMULATOR_ALLOWED_HOSTS"] = "box.example"))
        {
            using var http = WebHost.Client(app);
            Assert.Equal(HttpStatusCode.OK, await SendAsync(http, HttpMethod.Get, "/admin/host/status", ("Host", "box.example")));
            foreach (var path in (string[])[.. _files, "/_emulator/api", "/_emulator/api/functions"])
                Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(http, HttpMethod.Get, path, ("Host", "box.example")));
            Assert.Equal(HttpStatusCode.Forbidden, await SendAsync(http, HttpMethod.Post, "/_emulator/api/functions/item/run?id=x", ("Host", "box.example")));
        }

        await using (var app = await StartAsync(options =>
        {
            options.Settings["TASKLANE_EMULATOR_ALLOWED_HOSTS"] = "box.example";
            options.Settings["TASKLANE_EMULATOR_REQUIRE_KEYS"] = "true";
        }))
        {
            using var http = WebHost.Client(app);
            Assert.Equal(HttpStatusCode.OK, await SendAsync(http, HttpMethod.Get, "/_emulator", ("Host", "box.example")));
            Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(http, HttpMethod.Get, "/_emulator/api", ("Host", "box.example")));
            http.DefaultRequestHeaders.Add("x-functions-key", app.HostServices.GetRequiredService<HostKeys>().Master);
            Assert.Equal(HttpStatusCode.OK, await SendAsync(http, HttpMethod.Get, "/_emulator/api", ("Host", "box.example")));
        }
    }

    [Fact]
    public async Task Where_keys_are_required_the_page_shows_and_does_nothing_without_the_master_key()
    {
        await using var app = await StartAsync(options => options.Settings["TASKLANE_EMULATOR_REQUIRE_KEYS"] = "true");
        var keys = app.HostServices.GetRequiredService<HostKeys>();
        using var master = WebHost.Client(app);
        master.DefaultRequestHeaders.Add("x-functions-key", keys.Master);
        using var http = WebHost.Client(app);
        foreach (var file in _files)
            Assert.Equal(HttpStatusCode.OK, await SendAsync(http, HttpMethod.Get, file));

        foreach (var section in (string[])["/_emulator/api", .. await PathsAsync(master)])
        {
            foreach (var key in (string[])["", "wrong", keys.In(KeyScope.Host)["default"], keys.SystemKey("durabletask_extension")!])
            {
                Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(http, HttpMethod.Get, section, ("x-functions-key", key)));
                Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(http, HttpMethod.Get, section + "/item?id=x", ("x-functions-key", key)));
                Assert.Equal(HttpStatusCode.Unauthorized, await SendAsync(http, HttpMethod.Post, section + "/item/run?id=x", ("x-functions-key", key)));
            }

            Assert.Equal(HttpStatusCode.OK, await SendAsync(master, HttpMethod.Get, section));
        }

        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(master, HttpMethod.Post, "/_emulator/api/functions/item/none?id=x"));
    }

    private static Task<FunctionsTestHost> StartAsync(Action<FunctionsTestHostOptions>? configure = null) =>
        WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
        {
            options.Functions = ["WebPlain"];
            configure?.Invoke(options);
        });

    private static async Task<string[]> PathsAsync(HttpClient http)
    {
        using var overview = JsonDocument.Parse(await http.GetStringAsync("/_emulator/api", Token));
        return [.. overview.RootElement.GetProperty("sections").EnumerateArray().Select(section => "/_emulator/api/" + section.GetProperty("name").GetString())];
    }

    private static async Task<HttpStatusCode> SendAsync(HttpClient http, HttpMethod method, string path, (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (header is { } given)
            request.Headers.TryAddWithoutValidation(given.Name, given.Value);
        if (method == HttpMethod.Post)
            request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, Token);
        return answer.StatusCode;
    }
}
