using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Tasklane.Emulator.Tests.Http;

public sealed class PlainWorkerInProcess(PlainInProcess app) : PlainWorkerTests(app), IClassFixture<PlainInProcess>;

public sealed class PlainWorkerOwnProcess(PlainOwnProcess app) : PlainWorkerTests(app), IClassFixture<PlainOwnProcess>;

/// <summary>Workers without the ASP.NET Core integration, whose requests and answers are messages.</summary>
public abstract class PlainWorkerTests(WebHost app)
{
    private readonly HttpClient _http = app.Http;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Status_headers_cookies_and_body_come_back()
    {
        using var response = await _http.PostAsync("/api/echo/me?q=1%202", new StringContent("hällo"), Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("1", response.Headers.GetValues("X-One").Single());
        Assert.Equal("text/csv; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var cookie = response.Headers.GetValues("Set-Cookie").Single();
        Assert.StartsWith("c=v;", cookie, StringComparison.Ordinal);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("me 1 2 hällo", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task The_request_arrives_as_it_was_sent()
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, "/api/seen?a=1&a=2");
        request.Headers.Add("X-Many", ["one", "two"]);
        request.Headers.Add("Cookie", "a=b; c=d");
        using var response = await _http.SendAsync(request, Token);
        var seen = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
        Assert.Equal("PUT", (string)seen["Method"]!);
        Assert.Equal($"{app.Host.BaseAddress}api/seen?a=1&a=2", (string)seen["Url"]!);
        Assert.Equal("a=b;c=d", (string)seen["Cookies"]!);
        Assert.Equal("one,two", ((string)seen["Header"]!).Replace(", ", ",", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/api/object", """{"Text":"GET"}""")]
    [InlineData("/api/text", "/api/text")]
    public async Task What_a_function_returns_is_the_body(string path, string expected) =>
        Assert.Equal(expected, await _http.GetStringAsync(path, Token));

    [Fact]
    public async Task Nothing_returned_is_204() =>
        Assert.Equal(HttpStatusCode.NoContent, (await _http.GetAsync("/api/nothing", Token)).StatusCode);

    [Fact]
    public async Task Bytes_are_not_taken_for_text()
    {
        var bytes = new byte[100_000];
        new Random(3).NextBytes(bytes);
        using var response = await _http.PostAsync("/api/bytes", new ByteArrayContent(bytes), Token);
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task An_exception_is_500_without_a_word()
    {
        using var response = await _http.GetAsync("/api/throws", Token);
        Assert.Equal((HttpStatusCode.InternalServerError, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(Token)));
    }

    [Fact]
    public async Task A_body_in_broken_chunks_is_400_with_a_sentence()
    {
        await using var raw = await Conversation.OpenAsync(app.Host.BaseAddress, "/api/bytes", Token);
        await raw.SendRawAsync("zzz\r\nrubbish\r\n");
        var answer = await raw.ReadUntilAsync("cannot be read");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("application/problem+json", answer, StringComparison.Ordinal);
    }
}
