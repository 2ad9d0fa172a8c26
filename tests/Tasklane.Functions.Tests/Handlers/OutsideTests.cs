using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Tasklane.Functions.Tests.Http;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

/// <summary>The handlers that reach out, through the whole app.</summary>
public sealed class OutsideTests(AppFixture app) : AppTests(app)
{
    public const string Secret = "the secret of the shared app";
    public const string Key = "sk-of-the-shared-app";

    private readonly LocalServer _outside = app.Outside;

    [Fact]
    public async Task A_webhook_is_sent()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("custom", new { url = _outside.Url("/hook?webhook"), body = new { order = 5 }, headers = new { X = "y" } })).Id();

        var task = await ada.EndAsync(id);

        Assert.Equal((200, "taken"), (task["result"]!["status"]!.GetValue<int>(), task["result"]!.Text("body")));
        var asked = Assert.Single(_outside.Requests, request => request.Path == "/hook?webhook");
        Assert.Equal((id, "y", """{"order":5}"""), (asked.Headers["Tasklane-Task-Id"], asked.Headers["X"], asked.Body));
        Assert.Matches("^t=[0-9]+,v1=[0-9a-f]{64}$", asked.Headers["Tasklane-Signature"]);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://localhost/")]
    [InlineData("http://127.0.0.1:1/")]
    public async Task A_webhook_to_the_inside_fails_for_good_and_says_why(string url)
    {
        var ada = await SignInAsync();
        var task = await ada.EndAsync((await ada.CreateAsync("custom", new { url, body = 1 })).Id());

        Assert.Equal(("failed", "outbound_not_allowed", 0), (task.Text("status"), task["error"]!.Text("code"), task["retryCount"]!.GetValue<int>()));
        Assert.Contains("Tasklane:Outbound:AllowedHosts", task["error"]!.Text("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://2852039166/latest/meta-data", "/payload/url")]
    [InlineData("http://[fe80::1%25eth0]/", "/payload/url")]
    public async Task A_webhook_whose_address_hides_is_refused_at_creation(string url, string field)
    {
        var ada = await SignInAsync();
        var problem = await (await ada.PostAsJsonAsync("/api/tasks", new { type = "custom", payload = new { url, body = 1 } }))
            .ProblemAsync(HttpStatusCode.BadRequest, "payload_invalid");
        Assert.Equal(field, problem["errors"]![0]!.Text("field"));
    }

    [Fact]
    public async Task A_crawl_that_a_scheduler_asked_for_writes_a_file()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("crawl", new { task_id = 12, action = "execute", timestamp = "2026-03-01T08:00:00Z", retry = 0, source = "periodic", delaySeconds = 0 })).Id();

        var task = await ada.EndAsync(id);
        var file = await ada.GetAsync($"/api/tasks/{id}/file");

        Assert.Equal((2, 0), (task["result"]!["pages"]!.GetValue<int>(), task["result"]!["failed"]!.GetValue<int>()));
        Assert.Equal("application/x-ndjson", file.Content.Headers.ContentType?.MediaType);
        var pages = (await file.Content.ReadAsStringAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
        Assert.Equal(["Site", "Page"], pages.Select(page => page.Text("title")));
    }

    [Fact]
    public async Task A_text_is_written_and_the_key_is_seen_nowhere()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("ai_generate", new { prompt = "Say hello.", maxTokens = 10 })).Id();

        var task = await ada.EndAsync(id);
        var logs = await (await ada.GetAsync($"/api/tasks/{id}/logs")).Content.ReadAsStringAsync();

        Assert.Equal(("Hello.", "small-1", "stop"), (task["result"]!.Text("text"), task["result"]!.Text("model"), task["result"]!.Text("finishReason")));
        Assert.DoesNotContain(Key, task.ToJsonString() + logs, StringComparison.Ordinal);
        Assert.Contains(_outside.Requests, request => request.Headers.TryGetValue("Authorization", out var value) && value == $"Bearer {Key}");
    }

    [Fact]
    public async Task An_analysis_has_a_summary_in_words()
    {
        var ada = await SignInAsync();
        var task = await ada.EndAsync((await ada.CreateAsync("log_analysis", new { lines = new[] { "ERROR payment declined" } })).Id());
        Assert.Equal(("Hello.", 1), (task["result"]!["summary"]!.Text("text"), task["result"]!["summary"]!["lines"]!.GetValue<int>()));
    }

    internal static Task AnswerAsync(HttpContext http, string body) => http.Request.Path.Value switch
    {
        "/hook" => http.SayAsync(200, "taken"),
        "/v1/chat/completions" => AiTests.WholeAsync(http, "Hello."),
        "/site/" => http.SayAsync(200, "<title>Site</title><a href=page>page</a>", "text/html"),
        "/site/page" => http.SayAsync(200, "<title>Page</title>", "text/html"),
        _ => http.SayAsync(404),
    };
}
