using System.Net;
using System.Net.Http.Json;
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
        var hostWide = keys.In(KeyScope.Host)["default"];
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
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync(Path + keys.In(KeyScope.Host)["default"], Token)).StatusCode);
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
            (master, own) = (keys.Master, keys.In(KeyScope.Of("WebFunctionLevel"))["default"]);
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        await using var second = await StartAsync();
        var again = second.HostServices.GetRequiredService<HostKeys>();
        Assert.Equal((master, own), (again.Master, again.In(KeyScope.Of("webfunctionlevel"))["default"]));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("{", true)]
    [InlineData("null", true)]
    [InlineData("""{"masterKey":""}""", true)]
    [InlineData("""{"masterKey":"m","hostKeys":null}""", true)]
    [InlineData("""{"masterKey":"m","hostKeys":{"default":""}}""", true)]
    [InlineData("""{"masterKey":"m","functions":{"WebPlain":null}}""", true)]
    public async Task A_damaged_file_is_replaced_and_kept_beside(string content, bool kept)
    {
        await File.WriteAllTextAsync(KeyFile, content, Token);
        await using var app = await StartAsync();
        Assert.Equal(45, app.HostServices.GetRequiredService<HostKeys>().Master.Length);
        Assert.Equal(kept, File.Exists(KeyFile + ".damaged"));
        Assert.Contains("masterKey", await File.ReadAllTextAsync(KeyFile, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_by_hand_may_write_names_as_they_like()
    {
        await File.WriteAllTextAsync(
            KeyFile, """{"masterKey":"m","hostKeys":{"Mine":"h"},"functions":{"WEBFUNCTIONLEVEL":{"Own":"f"}}}""", Token);
        await using var app = await StartAsync();
        using var http = WebHost.Client(app);
        Assert.Equal("h", await ValueAsync(http, "/admin/host/keys/mine?code=m"));
        Assert.Equal("f", await ValueAsync(http, "/admin/functions/webFunctionLevel/keys/OWN?code=m"));
        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/web/keyed?code=f", Token)).StatusCode);
    }

    [Theory]
    [InlineData("/admin/host/keys", "/admin/host/functionkeys", true)]
    [InlineData("/admin/host/systemkeys", "/admin/host/SystemKeys", false)]
    [InlineData("/admin/functions/WebFunctionLevel/keys", "/admin/functions/webfunctionlevel/keys", true)]
    public async Task A_key_is_made_read_changed_and_deleted(string path, string same, bool opens)
    {
        await using var app = await StartAsync();
        using var http = Master(app);
        Assert.DoesNotContain("mine", await NamesAsync(http, path));

        using var made = await http.PostAsync(path + "/mine", null, Token);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(new Uri(app.BaseAddress, path + "/mine"), made.Headers.Location);
        Assert.Equal("no-store", made.Headers.CacheControl!.ToString());
        var body = JsonNode.Parse(await made.Content.ReadAsStringAsync(Token))!;
        Assert.Equal(("mine", "self"), ((string)body["name"]!, (string)body["links"]![0]!["rel"]!));
        var first = (string)body["value"]!;
        Assert.Equal(45, first.Length);
        Assert.Equal(first, await ValueAsync(http, same + "/mine"));
        Assert.Contains("mine", await NamesAsync(http, same));
        await OpensAsync(first, opens);

        using var again = await http.PostAsync(path + "/mine", null, Token);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        var second = (string)JsonNode.Parse(await again.Content.ReadAsStringAsync(Token))!["value"]!;
        Assert.NotEqual(first, second);
        await OpensAsync(first, false);

        using var given = await http.PutAsJsonAsync(path + "/mine", new { name = "mine", value = "a value & more" }, Token);
        Assert.Equal(HttpStatusCode.OK, given.StatusCode);
        Assert.Equal("a value & more", await ValueAsync(http, path + "/mine"));
        await OpensAsync(second, false);
        await OpensAsync("a value & more", opens);
        using var another = await http.PutAsJsonAsync(path + "/another", new { value = "b" }, Token);
        Assert.Equal(HttpStatusCode.Created, another.StatusCode);

        Assert.Equal(HttpStatusCode.NoContent, (await http.DeleteAsync(path + "/mine", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.DeleteAsync(path + "/mine", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(path + "/mine", Token)).StatusCode);
        await OpensAsync("a value & more", false);

        async Task OpensAsync(string key, bool expected)
        {
            using var caller = WebHost.Client(app);
            var answer = await caller.GetAsync("/web/keyed?code=" + Uri.EscapeDataString(key), Token);
            Assert.Equal(expected ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    [Fact]
    public async Task The_master_key_is_renewed_and_never_listed_or_deleted()
    {
        await using var app = await StartAsync();
        var keys = app.HostServices.GetRequiredService<HostKeys>();
        using var http = Master(app);
        var before = keys.Master;
        Assert.Equal(before, await ValueAsync(http, "/admin/host/systemkeys/_master"));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/admin/host/keys/_master", Token)).StatusCode);
        Assert.DoesNotContain("_master", await NamesAsync(http, "/admin/host/systemkeys"));
        Assert.Equal(HttpStatusCode.BadRequest, (await http.DeleteAsync("/admin/host/systemkeys/_master", Token)).StatusCode);

        using var renewed = await http.PostAsync("/admin/host/systemkeys/_master", null, Token);
        Assert.Equal(HttpStatusCode.Created, renewed.StatusCode);
        Assert.NotEqual(before, keys.Master);
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/admin/host/keys", Token)).StatusCode);
        using var given = await Master(app).PutAsJsonAsync("/admin/host/systemkeys/_master", new { value = "mine" }, Token);
        Assert.Equal((HttpStatusCode.OK, "mine"), (given.StatusCode, keys.Master));
    }

    [Theory]
    [InlineData("PUT", "/admin/host/keys/mine", """{"name":"mine"}""", "application/json", 400)]
    [InlineData("PUT", "/admin/host/keys/mine", """{"value":""}""", "application/json", 400)]
    [InlineData("PUT", "/admin/host/keys/mine", """{"value":1}""", "application/json", 400)]
    [InlineData("PUT", "/admin/host/keys/mine", "{", "application/json", 400)]
    [InlineData("PUT", "/admin/host/keys/mine", "null", "application/json", 400)]
    [InlineData("PUT", "/admin/host/keys/mine", """{"value":"a"}""", "text/plain", 415)]
    [InlineData("PUT", "/admin/functions/none/keys/mine", """{"value":"a"}""", "application/json", 404)]
    [InlineData("POST", "/admin/functions/none/keys/mine", "", "application/json", 404)]
    [InlineData("DELETE", "/admin/functions/none/keys/mine", "", "application/json", 404)]
    [InlineData("GET", "/admin/functions/none/keys/mine", "", "application/json", 404)]
    [InlineData("GET", "/admin/functions/none/keys", "", "application/json", 404)]
    [InlineData("DELETE", "/admin/functions/WebFunctionLevel/keys/_own", "", "application/json", 400)]
    public async Task What_is_no_key_is_refused(string method, string path, string body, string type, int expected)
    {
        await using var app = await StartAsync();
        using var http = Master(app);
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method is "PUT" or "POST")
            request.Content = new StringContent(body, System.Text.Encoding.UTF8, type);
        Assert.Equal(expected, (int)(await http.SendAsync(request, Token)).StatusCode);
    }

    [Fact]
    public async Task Only_the_master_key_opens_the_keys()
    {
        await using var app = await StartAsync();
        using var http = WebHost.Client(app);
        var keys = app.HostServices.GetRequiredService<HostKeys>();
        foreach (var key in (string[])["", "wrong", keys.In(KeyScope.Host)["default"], keys.In(KeyScope.Of("WebFunctionLevel"))["default"], keys.SystemKey("none_extension")!])
        {
            foreach (var path in (string[])["/admin/host/keys", "/admin/host/systemkeys/_master", "/admin/functions/WebFunctionLevel/keys/default"])
            {
                foreach (var method in (string[])["GET", "POST", "PUT", "DELETE"])
                {
                    using var request = new HttpRequestMessage(new HttpMethod(method), $"{path}?code={Uri.EscapeDataString(key)}");
                    Assert.Equal(HttpStatusCode.Unauthorized, (await http.SendAsync(request, Token)).StatusCode);
                }
            }
        }
    }

    [Fact]
    public async Task A_key_that_cannot_be_kept_opens_nothing()
    {
        await using var app = await StartAsync();
        using var http = Master(app);
        var keys = app.HostServices.GetRequiredService<HostKeys>();
        var before = keys.In(KeyScope.Host)["default"];
        File.Delete(KeyFile);
        Directory.CreateDirectory(KeyFile);
        foreach (var (method, path) in ((string, string)[])
            [("POST", "/admin/host/keys/default"), ("DELETE", "/admin/host/keys/default"), ("POST", "/admin/host/systemkeys/_master"), ("GET", "/admin/functions/WebFunctionLevel/keys")])
        {
            // Twice: what could not be kept the first time must not be there the second time.
            for (var i = 0; i < 2; i++)
            {
                using var request = new HttpRequestMessage(new HttpMethod(method), path);
                using var answer = await http.SendAsync(request, Token);
                Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, answer.StatusCode));
            }
        }

        Assert.Equal(before, keys.In(KeyScope.Host)["default"]);
    }

    [Fact]
    public async Task Extensions_of_the_app_have_their_system_keys_from_the_start()
    {
        await using var app = await StartAsync("WebPlain", "Chain", "GreetByName", "greet");
        using var http = Master(app);
        Assert.Equal(["durabletask_extension", "signalr_extension"], await NamesAsync(http, "/admin/host/systemkeys"));
    }

    [Fact]
    public async Task Keys_that_cannot_be_kept_are_told_at_the_start()
    {
        Directory.CreateDirectory(KeyFile);
        var error = await Assert.ThrowsAsync<FunctionsTestHostException>(() => StartAsync());
        Assert.StartsWith("Keys are required, but", error.Message, StringComparison.Ordinal);
    }

    private static HttpClient Master(FunctionsTestHost app)
    {
        var http = WebHost.Client(app);
        http.DefaultRequestHeaders.Add("x-functions-key", app.HostServices.GetRequiredService<HostKeys>().Master);
        return http;
    }

    private static async Task<string> ValueAsync(HttpClient http, string path) =>
        (string)JsonNode.Parse(await http.GetStringAsync(path, Token))!["value"]!;

    private static async Task<string[]> NamesAsync(HttpClient http, string path) =>
        [.. JsonNode.Parse(await http.GetStringAsync(path, Token))!["keys"]!.AsArray().Select(key => (string)key!["name"]!)];

    private Task<FunctionsTestHost> StartAsync(params string[] functions) => WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
    {
        options.Functions = functions.Length > 0 ? functions : ["WebPlain", "WebFunctionLevel", "WebAdminLevel"];
        options.DataDirectory = _data.Path;
        options.Settings["TASKLANE_EMULATOR_REQUIRE_KEYS"] = "true";
    });
}
