using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Tasklane.Emulator.Tests.Http;

public sealed class HttpTriggersInProcess(WebInProcess app) : HttpTriggerTests(app), IClassFixture<WebInProcess>;

public sealed class HttpTriggersOwnProcess(WebOwnProcess app) : HttpTriggerTests(app), IClassFixture<WebOwnProcess>;

/// <summary>What holds for HTTP functions wherever the worker runs.</summary>
public abstract class HttpTriggerTests(WebHost app)
{
    private readonly HttpClient _http = app.Http;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/WebPlain", "plain")]
    [InlineData("/webplain", "plain")]
    [InlineData("/web/action", """{"someName":"x","someNumber":3}""")]
    [InlineData("/web/object", "")]
    [InlineData("/web/items/7", "7:none:")]
    [InlineData("/web/items/7/red?page=2", "7:red:2")]
    [InlineData("/web/all/far/away", "caught far/away")]
    [InlineData("/web/all/near", "caught near")]
    public async Task Get_of_a_route_answers_what_its_function_says(string path, string expected) =>
        Assert.Equal(expected, await _http.GetStringAsync(path, Token));

    [Theory]
    [InlineData("GET", "/web/items/seven")]
    [InlineData("GET", "/web/nothing")]
    [InlineData("GET", "/")]
    [InlineData("POST", "/WebPlain")]
    [InlineData("DELETE", "/WebPlain")]
    [InlineData("HEAD", "/WebPlain")]
    [InlineData("OPTIONS", "/WebPlain")]
    public async Task What_no_function_takes_is_404(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        Assert.Equal(HttpStatusCode.NotFound, (await _http.SendAsync(request, Token)).StatusCode);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("PATCH")]
    [InlineData("REPORT")]
    public async Task A_function_that_names_no_method_takes_every_one(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/web/any");
        using var response = await _http.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(method == "HEAD" ? "" : method, await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Post_goes_to_the_closer_of_two_routes()
    {
        using var response = await _http.PostAsync("/web/all/near", null, Token);
        Assert.Equal("closer near", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Results_of_minimal_apis_keep_status_and_headers()
    {
        using var response = await _http.GetAsync("/web/result", Token);
        Assert.Equal((HttpStatusCode.Created, "/x/1"), (response.StatusCode, response.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task A_body_binds_in_any_case()
    {
        using var body = new StringContent("""{"SOMENAME":"y","someNumber":4}""", Encoding.UTF8, "application/json");
        using var response = await _http.PostAsync("/web/body", body, Token);
        Assert.Equal("y4", await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task An_exception_is_500_without_a_word()
    {
        using var response = await _http.GetAsync("/web/fails", Token);
        Assert.Equal((HttpStatusCode.InternalServerError, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(Token)));
    }

    [Fact]
    public async Task Half_an_answer_does_not_look_like_a_whole_one()
    {
        // The connection breaks; whether before or after the headers were read is up to the network.
        await Assert.ThrowsAsync<HttpRequestException>(() => _http.GetStringAsync("/web/half", Token));
    }

    [Fact]
    public async Task A_large_body_arrives_whole()
    {
        var bytes = new byte[20_000_000];
        new Random(7).NextBytes(bytes);
        using var body = new StreamContent(new MemoryStream(bytes)) { Headers = { ContentLength = null } };
        using var response = await _http.PostAsync("/web/hash", body, Token);
        Assert.Equal(Convert.ToHexString(SHA256.HashData(bytes)), await response.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task What_a_function_flushes_is_there_at_once()
    {
        var key = Guid.NewGuid().ToString("N");
        using var response = await _http.GetAsync($"/web/events/{key}", HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        Assert.Equal("data: one", await lines.ReadLineAsync(Token));

        // The second is written only after the first was read here.
        using var opened = await _http.PostAsync($"/web/gates/{key}/second", null, Token);
        Assert.Equal("\ndata: two\n\n", await lines.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task A_caller_who_leaves_cancels_the_function()
    {
        var key = Guid.NewGuid().ToString("N");
        using var leave = new CancellationTokenSource();
        var request = _http.GetAsync($"/web/slow/{key}", leave.Token);
        await _http.GetStringAsync($"/web/gates/{key}/started", Token);
        await leave.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        Assert.Equal("open", await _http.GetStringAsync($"/web/gates/{key}/cancelled", Token));
    }

    [Fact]
    public async Task A_body_in_broken_chunks_is_400()
    {
        await using var raw = await Conversation.OpenAsync(app.Host.BaseAddress, "/web/hash", Token);
        await raw.SendRawAsync("zzz\r\nrubbish\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", await raw.ReadUntilAsync("\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_function_sees_the_request_as_the_caller_sent_it_but_for_identities_made_up()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/web/headers?a=%20b&a=c");
        request.Headers.Add("X-Own", "1");
        request.Headers.Add("X-MS-CLIENT-PRINCIPAL", "root");
        request.Headers.Add("x-ms-client-principal-id", "root");
        request.Headers.Add("X-Ms-Client-Principal-Name", "root");
        request.Headers.Add("X-MS-TOKEN-AAD-ACCESS-TOKEN", "root");
        request.Headers.Add("x-ms-invocation-id", "00000000000000000000000000000001");
        using var response = await _http.SendAsync(request, Token);
        var seen = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!;
        Assert.Equal(app.Host.BaseAddress.Authority, (string)seen["host"]!);
        Assert.Equal("http", (string)seen["scheme"]!);
        Assert.Equal("/web/headers?a=%20b&a=c", (string)seen["path"]!);
        var headers = seen["headers"]!.AsObject().Select(header => header.Key).ToArray();
        Assert.Contains("x-own", headers);
        Assert.DoesNotContain(headers, header => header.StartsWith("x-ms-client-principal", StringComparison.Ordinal));
        Assert.DoesNotContain(headers, header => header.StartsWith("x-ms-token", StringComparison.Ordinal));
        Assert.DoesNotContain("root", seen.ToJsonString(), StringComparison.Ordinal);
        Assert.NotEqual("00000000000000000000000000000001", (string?)seen["headers"]!["x-ms-invocation-id"]);
    }

    [Fact]
    public async Task A_signed_in_user_is_seen_by_the_function_whatever_the_letters_of_the_name()
    {
        using var login = await _http.PostAsync(
            "/.auth/login/dev", new StringContent("""{"user":"jörg 李","roles":["admin"]}""", Encoding.UTF8, "application/json"), Token);
        var token = (string)JsonNode.Parse(await login.Content.ReadAsStringAsync(Token))!["token"]!;
        using var request = new HttpRequestMessage(HttpMethod.Get, "/web/headers") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        request.Headers.Add("X-MS-CLIENT-PRINCIPAL-ID", "root");
        using var response = await _http.SendAsync(request, Token);
        var headers = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!["headers"]!;
        Assert.Equal("jörg 李", (string)headers["x-ms-client-principal-id"]!);
        var principal = Encoding.UTF8.GetString(Convert.FromBase64String((string)headers["x-ms-client-principal"]!));
        Assert.Contains("\"roles\"", principal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("here", "out:here")]
    [InlineData("none", null)]
    [InlineData("closed", null)]
    public async Task An_output_beside_the_answer_is_sent_and_its_failure_does_not_change_the_answer(string text, string? sent)
    {
        app.Mail.Sent.Clear();
        using var response = await _http.GetAsync($"/web/mail/{text}", Token);
        Assert.Equal((HttpStatusCode.Created, text), (response.StatusCode, await response.Content.ReadAsStringAsync(Token)));

        // The answer is out before the output is written.
        await app.EndedAsync("WebMail");
        Assert.Equal(sent is null ? [] : [sent], app.Mail.Sent);
    }

    [Fact]
    public async Task A_function_that_needs_a_key_needs_none_here() =>
        Assert.Equal("in", await _http.GetStringAsync("/web/keyed", Token));
}
