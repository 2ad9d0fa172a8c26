using System.IO.Compression;
using System.Net;
using Microsoft.AspNetCore.Http;
using Tasklane.Emulator.Http;
using Tasklane.Emulator.Testing;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Http;

public sealed class SiteTests : IAsyncLifetime
{
    private static readonly string _script = string.Concat(Enumerable.Repeat("export const one = 1;\n", 1000));

    private readonly TempDirectory _web = new("web");
    private FunctionsTestHost _app = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_web.File("assets"));
        await File.WriteAllTextAsync(_web.File("index.html"), "<html>index</html>", Token);
        await File.WriteAllTextAsync(_web.File("assets/app-Bx3_9zQ1.js"), "1", Token);
        await File.WriteAllTextAsync(_web.File("assets/plain.js"), "2", Token);
        await File.WriteAllTextAsync(_web.File("assets/long-Bx3_9zQ1.js"), _script, Token);
        await File.WriteAllTextAsync(_web.File("icon.svg"), "<svg/>", Token);
        await File.WriteAllTextAsync(_web.File("WebPlain"), "file", Token);
        _app = await WebHost.StartAsync(typeof(Probe.Program).Assembly, false, options =>
        {
            options.Functions = ["WebPlain", "WebFunctionLevel"];
            options.WebRoot = _web.Path;
        });
        _http = WebHost.Client(_app);
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
    [InlineData("/WebPlain", "br", null)]
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
            Assert.Equal(_script, await reader.ReadToEndAsync(Token));
        }
    }

    [Fact]
    public async Task A_function_comes_before_a_file()
    {
        Assert.Equal("plain", await _http.GetStringAsync("/WebPlain", Token));
    }

    [Theory]
    [InlineData("http://a.example", "http://a.example", true, "http://a.example")]
    [InlineData("http://a.example", "http://b.example", true, null)]
    [InlineData("*", "http://b.example", false, "*")]
    [InlineData("*", "http://b.example", true, "http://b.example")]
    [InlineData("*", "http://b.example", true, null, "/_emulator/api/instances")]
    public async Task Cors_allows_the_origins_of_the_settings(string allowed, string origin, bool credentials, string? expected, string path = "/api/x")
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
        http.Request.Path = path;
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
}
