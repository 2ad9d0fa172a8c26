using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Emulator.Functions;
using Tasklane.Emulator.Http;
using Tasklane.Emulator.Tests.Functions;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Emulator.Tests.Http;

public sealed class SiteTests : IAsyncLifetime
{
    private static readonly string Script = string.Concat(Enumerable.Repeat("export const one = 1;\n", 1000));

    private readonly TempDirectory _web = new("web");
    private EmulatorHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_web.File("assets"));
        await File.WriteAllTextAsync(_web.File("index.html"), "<html>index</html>", Token);
        await File.WriteAllTextAsync(_web.File("assets/app-Bx3_9zQ1.js"), "1", Token);
        await File.WriteAllTextAsync(_web.File("assets/plain.js"), "2", Token);
        await File.WriteAllTextAsync(_web.File("assets/long-Bx3_9zQ1.js"), Script, Token);
        await File.WriteAllTextAsync(_web.File("icon.svg"), "<svg/>", Token);
        await File.WriteAllTextAsync(_web.File("taken"), "file", Token);
        _app = await App.StartAsync(null, o => { o.WebRoot = _web.Path; o.Settings["AzureFunctionsJobHost__extensions__http__routePrefix"] = ""; }, typeof(Taken));
        _http = _app.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.DisposeAsync();
        _web.Dispose();
    }

    [Theory]
    [InlineData("/", "text/html,*/*")]
    [InlineData("/", "*/*")]
    [InlineData("/tasks/7", "text/html,*/*")]
    [InlineData("/tasks/7", "application/json")]
    public async Task Pages_are_index_html_with_strict_headers(string path, string accept)
    {
        var response = await GetAsync(path, accept);
        Assert.Equal("<html>index</html>", await response.Content.ReadAsStringAsync(Token));
        Assert.Equal("no-cache", response.Headers.CacheControl!.ToString());
        Assert.Contains("default-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Theory]
    [InlineData("/assets/missing.js", "text/html,*/*")]
    [InlineData("/api/missing", "text/html")]
    [InlineData("/runtime/webhooks/none", "text/html")]
    [InlineData("/.auth/none", "text/html")]
    public async Task What_is_no_page_is_404(string path, string accept) =>
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(path, accept)).StatusCode);

    [Fact]
    public async Task Hashed_assets_are_kept_for_ever_others_are_asked_for_again()
    {
        Assert.Equal("public, max-age=31536000, immutable", (await GetAsync("/assets/app-Bx3_9zQ1.js", "*/*")).Headers.CacheControl!.ToString());
        var plain = await GetAsync("/assets/plain.js", "*/*");
        Assert.Equal("no-cache", plain.Headers.CacheControl!.ToString());
        using var again = new HttpRequestMessage(HttpMethod.Get, "/assets/plain.js") { Headers = { { "If-None-Match", plain.Headers.ETag!.ToString() } } };
        Assert.Equal(HttpStatusCode.NotModified, (await _http.SendAsync(again, Token)).StatusCode);
    }

    [Theory]
    [InlineData("/assets/long-Bx3_9zQ1.js", "gzip, deflate, br", "br")]
    [InlineData("/assets/long-Bx3_9zQ1.js", "gzip", "gzip")]
    [InlineData("/assets/long-Bx3_9zQ1.js", "identity", null)]
    [InlineData("/", "br", "br")]
    [InlineData("/icon.svg", "br", "br")]
    [InlineData("/taken", "br", null)]
    public async Task Files_are_compressed_as_the_browser_takes_them_functions_answers_are_not(string path, string accepted, string? encoding)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", "text/html,*/*" }, { "Accept-Encoding", accepted } } };
        using var response = await _http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(encoding, response.Content.Headers.ContentEncoding.SingleOrDefault());
        if (path.StartsWith("/assets", StringComparison.Ordinal))
        {
            // What lies between must not give one browser's encoding to another.
            Assert.Contains("Accept-Encoding", response.Headers.Vary);
            var bytes = await response.Content.ReadAsByteArrayAsync(Token);
            using Stream plain = encoding switch
            {
                "br" => new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress),
                "gzip" => new GZipStream(new MemoryStream(bytes), CompressionMode.Decompress),
                _ => new MemoryStream(bytes),
            };
            using var reader = new StreamReader(plain);
            Assert.Equal(Script, await reader.ReadToEndAsync(Token));
        }
    }

    [Fact]
    public async Task A_function_comes_before_a_file()
    {
        Assert.Equal("function", await _http.GetStringAsync("/taken", Token));
    }

    [Fact]
    public async Task The_admin_api_lists_functions_and_tells_of_the_host()
    {
        var functions = JsonNode.Parse(await _http.GetStringAsync("/admin/functions", Token))!.AsArray();
        var taken = Assert.Single(functions)!;
        Assert.Equal("Taken", (string)taken["name"]!);
        Assert.EndsWith("/taken", (string)taken["invoke_url_template"]!, StringComparison.Ordinal);
        var trigger = taken["config"]!["bindings"]![0]!;
        Assert.Equal(("httpTrigger", "taken", "function"), ((string)trigger["type"]!, (string)trigger["route"]!, (string)trigger["authLevel"]!));

        Assert.Equal("Running", (string)JsonNode.Parse(await _http.GetStringAsync("/admin/host/status", Token))!["state"]!);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/admin/host/ping", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync("/admin/functions/none", Token)).StatusCode);
    }

    [Theory]
    [InlineData("/admin/functions/none", "application/json", "{}", 404)]
    [InlineData("/admin/functions/Taken", "application/json", "{}", 400)]
    [InlineData("/admin/functions/Taken", "text/plain", "{}", 415)]
    public async Task Running_what_cannot_be_run_is_refused(string path, string type, string body, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, type);
        Assert.Equal(status, (int)(await _http.PostAsync(path, content, Token)).StatusCode);
    }

    [Theory]
    [InlineData("http://a.example", "http://a.example", true, "http://a.example")]
    [InlineData("http://a.example", "http://b.example", true, null)]
    [InlineData("*", "http://b.example", false, "*")]
    [InlineData("*", "http://b.example", true, "http://b.example")]
    public async Task Cors_allows_the_origins_of_the_settings(string allowed, string origin, bool credentials, string? expected)
    {
        using var folder = new TempDirectory();
        await File.WriteAllTextAsync(
            folder.File(LocalSettings.FileName),
            $$"""{ "Host": { "CORS": "{{allowed}}", "CORSCredentials": {{(credentials ? "true" : "false")}}, "LocalHttpPort": 7099 } }""",
            Token);
        var settings = LocalSettings.Find(folder.Path, folder.Path);
        Assert.Equal(7099, settings.Port);

        var http = new DefaultHttpContext();
        http.Request.Method = "OPTIONS";
        http.Request.Headers.Origin = origin;
        http.Request.Headers.AccessControlRequestMethod = "PUT";
        var passedOn = false;
        await new CorsRules(settings).Wrap(_ =>
        {
            passedOn = true;
            return Task.CompletedTask;
        })(http);

        Assert.Equal(expected, (string?)http.Response.Headers.AccessControlAllowOrigin);
        Assert.Equal(expected is null, passedOn);
        Assert.Equal(credentials && expected is not null ? "true" : null, (string?)http.Response.Headers.AccessControlAllowCredentials);
    }

    private Task<HttpResponseMessage> GetAsync(string path, string accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept", accept } } };
        return _http.SendAsync(request, Token);
    }

    public static class Taken
    {
        [Function("Taken")]
        public static IActionResult Run([HttpTrigger("get", Route = "taken")] HttpRequest request) => new ContentResult { Content = "function" };
    }
}
