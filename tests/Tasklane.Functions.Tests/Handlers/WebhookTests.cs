using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tasklane.Handlers.Outbound;
using Tasklane.Handlers.Webhooks;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class WebhookTests
{
    private const string Secret = "a secret of enough letters";
    private const string Former = "the secret before that one";
    private static readonly TaskTypes Types = TaskTypes.Of([typeof(WebhookHandler)]);

    [Fact]
    public async Task The_body_goes_out_as_it_was_given_signed_by_every_secret()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(202, "已收到"));
        var run = new TestRun { Time = new ManualTimeProvider() };

        var outcome = await RunAsync(server, run, """{"url":"http://hooks.example.com/in?a=1","body":{"a" : 1.50, "字":"值"},"method":"put","headers":{"X-Mine":"yes","Content-Type":"application/cloudevents+json"}}""");

        var asked = Assert.Single(server.Requests);
        Assert.Equal(("PUT", "/in?a=1", """{"a" : 1.50, "字":"值"}"""), (asked.Method, asked.Path, asked.Body));
        Assert.Equal(("yes", "application/cloudevents+json", "hooks.example.com"), (asked.Headers["X-Mine"], asked.Headers["Content-Type"], asked.Headers["Host"]));
        Assert.Equal((run.Task.Id, run.Task.Id, "1"), (asked.Headers["Tasklane-Task-Id"], asked.Headers["Idempotency-Key"], asked.Headers["Tasklane-Attempt"]));
        var time = run.Time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        Assert.Equal($"t={time},v1={Hmac(Secret)},v1={Hmac(Former)}", asked.Headers["Tasklane-Signature"]);
        Assert.Equal(new WebhookResult(202, "已收到", false), outcome.Result);

        string Hmac(string secret) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{asked.Body}")));
    }

    [Fact]
    public async Task A_long_answer_is_cut_between_characters()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(200, "x" + new string('字', 20_000)));

        var result = Assert.IsType<WebhookResult>((await RunAsync(server, new TestRun())).Result);

        Assert.True(result.IsCut);
        Assert.Equal("x" + new string('字', (32 * 1024 - 1) / 3), result.Body);
    }

    [Theory]
    [InlineData(400, "webhook_refused", false)]
    [InlineData(401, "webhook_refused", false)]
    [InlineData(404, "webhook_refused", false)]
    [InlineData(410, "webhook_refused", false)]
    [InlineData(408, "webhook_unavailable", true)]
    [InlineData(425, "webhook_unavailable", true)]
    [InlineData(429, "webhook_unavailable", true)]
    [InlineData(500, "webhook_unavailable", true)]
    [InlineData(503, "webhook_unavailable", true)]
    public async Task What_the_receiver_refuses_fails_for_good_and_the_rest_is_tried_again(int status, string code, bool retry)
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(status, "because", headers: ("Retry-After", "120")));

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => RunAsync(server, new TestRun()));

        Assert.Equal((code, retry), (failure.Code, failure.Retry));
        Assert.Contains(status.ToString(CultureInfo.InvariantCulture), failure.Message, StringComparison.Ordinal);
        Assert.Equal(retry, failure.Message.Contains("after 120 s", StringComparison.Ordinal));
        Assert.Contains("because", JsonSerializer.Serialize(failure.Details), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://hooks.example.com/other")]
    [InlineData("http://169.254.169.254/latest")]
    public async Task A_redirect_is_refused(string location)
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(307, headers: ("Location", location)));

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => RunAsync(server, new TestRun()));

        Assert.Equal(("webhook_redirect", false), (failure.Code, failure.Retry));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("http://inside.example.com/", OutboundErrors.AddressRefused)]
    [InlineData("http://metadata.example.com/latest/meta-data", OutboundErrors.AddressRefused)]
    [InlineData("http://169.254.169.254/latest/meta-data", OutboundErrors.AddressRefused)]
    [InlineData("http://[::ffff:169.254.169.254]/", OutboundErrors.AddressRefused)]
    [InlineData("http://[fd00:ec2::254]/", OutboundErrors.AddressRefused)]
    [InlineData("http://2852039166/", OutboundErrors.UrlRefused)]
    [InlineData("http://elsewhere.example/", OutboundErrors.NotAllowed)]
    public async Task Nothing_inside_is_asked(string url, string code)
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(200));
        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => RunAsync(server, new TestRun(), $$"""{"url":"{{url}}","body":1}"""));
        Assert.Equal((code, false, 0), (failure.Code, failure.Retry, server.Requests.Count));
    }

    [Fact]
    public async Task A_name_that_leads_to_metadata_a_moment_later_is_not_asked_again()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(503, headers: ("Connection", "close")));
        var resolved = new Queue<string>(["93.184.215.14", "169.254.169.254"]);
        var network = OutboundTests.Network(server.Port);
        using var http = new OutboundHttp(
            OutboundTests.Allowing("hooks.example.com"), TimeProvider.System, network with { Resolve = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(resolved.Dequeue())]) });
        var handler = new WebhookHandler(http, new TasklaneOptions { Webhook = { Secrets = [Secret] } });
        var payload = new WebhookPayload("http://hooks.example.com/", JsonSerializer.SerializeToElement(1));

        var first = await Assert.ThrowsAsync<TaskFailedException>(() => handler.RunAsync(payload, new TestRun()));
        var second = await Assert.ThrowsAsync<TaskFailedException>(() => handler.RunAsync(payload, new TestRun()));

        Assert.Equal(("webhook_unavailable", OutboundErrors.AddressRefused), (first.Code, second.Code));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Without_a_secret_nothing_is_sent()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(200));
        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => RunAsync(server, new TestRun(), secrets: []));
        Assert.Equal(("webhook_secret_missing", false, 0), (failure.Code, failure.Retry, server.Requests.Count));
        Assert.Contains("Tasklane:Webhook:Secrets:0", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"url":"ftp://example.com","body":1}""", "/payload/url", "http or https")]
    [InlineData("""{"url":"http://2130706433/","body":1}""", "/payload/url", "four decimal numbers")]
    [InlineData("""{"url":"http://u:p@example.com/","body":1}""", "/payload/url", "user name")]
    [InlineData("""{"url":"http://example.com/"}""", "/payload/body", "")]
    [InlineData("""{"url":"http://example.com/","body":1,"headers":{"host":"a"}}""", "/payload/headers", "'host'")]
    [InlineData("""{"url":"http://example.com/","body":1,"headers":{"Content-Length":"1"}}""", "/payload/headers", "'Content-Length'")]
    [InlineData("""{"url":"http://example.com/","body":1,"headers":{"Transfer-Encoding":"chunked"}}""", "/payload/headers", "'Transfer-Encoding'")]
    [InlineData("""{"url":"http://example.com/","body":1,"headers":{"CONNECTION":"close"}}""", "/payload/headers", "'CONNECTION'")]
    [InlineData("""{"url":"http://example.com/","body":1,"headers":{"tasklane-signature":"t=1"}}""", "/payload/headers", "'tasklane-signature'")]
    [InlineData("""{"url":"http://example.com/","body":1,"headers":{"Proxy-Authorization":"x"}}""", "/payload/headers", "'Proxy-Authorization'")]
    [InlineData("""{"url":"http://example.com/","body":1,"headers":{"A":"1","a":"2"}}""", "/payload/headers", "more than once")]
    [InlineData("""{"url":"http://example.com/","body":1,"headers":{"A b":"1"}}""", "/payload/headers", "no name of a header")]
    [InlineData("""{"url":"http://example.com/","body":1,"headers":{"A":"1\r\nHost: x"}}""", "/payload/headers", "value of 'A'")]
    [InlineData("""{"url":"http://example.com/","body":1,"method":"delete"}""", "/payload/method", "")]
    public void A_bad_payload_is_refused_at_creation_with_its_field(string payload, string field, string text)
    {
        Assert.True(Types.TryGet("custom", out var type));
        var errors = type.Validate(Encoding.UTF8.GetBytes(payload));
        Assert.Contains(errors, error => error.Field == field && error.Args.Select(one => $"{one}").Append("").Any(one => one.Contains(text, StringComparison.Ordinal)));
    }

    [Fact]
    public void Secrets_that_are_too_short_or_too_many_are_told_and_not_shown()
    {
        var told = string.Join('\n', new TasklaneOptions { Webhook = { Secrets = ["short-one", Secret, Former] } }.Problems());
        Assert.Contains("Tasklane:Webhook:Secrets:0 has 9 characters", told, StringComparison.Ordinal);
        Assert.Contains("has 3 secrets", told, StringComparison.Ordinal);
        Assert.DoesNotContain("short-one", told, StringComparison.Ordinal);
    }

    private static async Task<Outcome> RunAsync(LocalServer server, TestRun run, string payload = """{"url":"http://hooks.example.com/","body":{}}""", string[]? secrets = null)
    {
        var options = new TasklaneOptions { Webhook = { Secrets = secrets ?? [Secret, Former] } };
        using var http = new OutboundHttp(
            OutboundTests.Allowing("*.example.com", "169.254.169.254", "[::ffff:169.254.169.254]", "[fd00:ec2::254]"), TimeProvider.System, OutboundTests.Network(server.Port));
        return await new WebhookHandler(http, options).RunAsync(JsonSerializer.Deserialize<WebhookPayload>(payload, HandlerJson.Options)!, run);
    }
}
