using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Http.Keys;
using Tasklane.Emulator.Testing;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Http;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class KeyTests : IDisposable
{
    private readonly TempDirectory _data = new("keys");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string KeyFile => _data.File("keys.json");

    public void Dispose() => _data.Dispose();

    [Fact]
    public async Task Levels_ask_for_their_keys()
    {
        await using var app = await StartAsync();
        using var http = WebHost.Client(app);
        var keys = app.HostServices.GetRequiredService<HostKeys>();
        var hostWide = keys.HostWide["default"];
        var own = (string)JsonNode.Parse(await http.GetStringAsync("/admin/functions/webfunctionlevel/keys?code=" + keys.Master, Token))!["keys"]![0]!["value"]!;

        foreach (var (path, open) in new (string, string?[])[]
        {
            ("/WebPlain", [null, "wrong", hostWide, own, keys.Master]),
            ("/web/keyed", [hostWide, own, keys.Master]),
            ("/web/mastered", [keys.Master]),
            ("/admin/functions", [keys.Master]),
            ("/admin/host/status", [keys.Master]),
            ("/admin/host/ping", [null, "wrong", hostWide, own, keys.Master]),
        })
        {
            foreach (var key in (string?[])[null, "wrong", hostWide, own, keys.Master])
            {
                var expected = open.Contains(key) ? HttpStatusCode.OK : HttpStatusCode.Unauthorized;
                using var byHeader = new HttpRequestMessage(HttpMethod.Get, path);
                if (key is not null)
                    byHeader.Headers.Add("x-functions-key", key);
                using var first = await http.SendAsync(byHeader, Token);
                Assert.Equal((path, expected), (path, first.StatusCode));
                using var second = await http.GetAsync(key is null ? path : $"{path}?code={Uri.EscapeDataString(key)}", Token);
                Assert.Equal((path, expected), (path, second.StatusCode));
            }
        }
    }

    [Fact]
    public async Task Webhooks_ask_for_their_extensions_key()
    {
        await using var app = await StartAsync();
        using var http = WebHost.Client(app);
        var keys = app.HostServices.GetRequiredService<HostKeys>();
        const string Path = "/runtime/webhooks/none/x?code=";
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(Path, Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(Path + keys.HostWide["default"], Token)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(Path + keys.SystemKey("other_extension"), Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(Path + keys.SystemKey("none_extension"), Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(Path + keys.Master, Token)).StatusCode);
    }

    [Fact]
    public async Task Keys_live_on_with_the_data_and_are_their_owners_only()
    {
        string master, own;
        await using (var first = await StartAsync())
        {
            var keys = first.HostServices.GetRequiredService<HostKeys>();
            (master, own) = (keys.Master, keys.OfFunction("WebFunctionLevel")["default"]);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        await using var second = await StartAsync();
        var again = second.HostServices.GetRequiredService<HostKeys>();
        Assert.Equal((master, own), (again.Master, again.OfFunction("webfunctionlevel")["default"]));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("{", true)]
    [InlineData("null", true)]
    [InlineData("""{"masterKey":""}""", true)]
    [InlineData("""{"masterKey":"m","hostKeys":null}""", true)]
    public async Task A_damaged_file_is_replaced_and_kept_beside(string content, bool kept)
    {
        await File.WriteAllTextAsync(KeyFile, content, Token);
        await using var app = await StartAsync();
        Assert.Equal(45, app.HostServices.GetRequiredService<HostKeys>().Master.Length);
        Assert.Equal(kept, File.Exists(KeyFile + ".damaged"));
        Assert.Contains("masterKey", await File.ReadAllTextAsync(KeyFile, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keys_that_cannot_be_kept_are_told_at_the_start()
    {
        Directory.CreateDirectory(KeyFile);
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync());
        Assert.StartsWith("Keys are required, but", error.Message, StringComparison.Ordinal);
    }

    private Task<FunctionsTestHost> StartAsync() => WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
    {
        options.Functions = ["WebPlain", "WebFunctionLevel", "WebAdminLevel"];
        options.DataDirectory = _data.Path;
        options.Settings["TASKLANE_EMULATOR_REQUIRE_KEYS"] = "true";
    });
}
