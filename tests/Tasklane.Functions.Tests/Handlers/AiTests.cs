using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Tasklane.Functions.Tests.Http;
using Tasklane.Handlers.Ai;
using Tasklane.Handlers.LogAnalysis;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Handlers;

public sealed class AiTests
{
    private const string Key = "sk-test-0123456789abcdef";

    [Fact]
    public async Task A_text_is_taken_as_it_is_written()
    {
        var goOn = new Signal("go on");
        await using var server = await LocalServer.StartAsync(async (http, _) =>
        {
            await http.TellAsync("Hello", ", ");
            await goOn.WaitAsync();
            await http.TellAsync("世界");
            await http.EndAsync("stop", input: 7, output: 3);
        });
        var run = new TestRun();

        var asking = AskAsync(server, run, new AiGeneratePayload("Say hello.", "Be kind.", MaxTokens: 50, Temperature: 0.5));
        await run.Reported.UntilAsync(characters => characters == 7);
        goOn.Send();
        var result = await asking;

        Assert.Equal(new AiGenerateResult("Hello, 世界", "small-1", "stop", new AiUsage(7, 3, 10)), result);
        Assert.Equal((9, 9, "9 characters"), run.Progress[^1]);
        var asked = Assert.Single(server.Requests);
        var body = JsonNode.Parse(asked.Body)!;
        Assert.Equal(("/v1/chat/completions", $"Bearer {Key}", "small"), (asked.Path, asked.Headers["Authorization"], body.Text("model")));
        Assert.Equal(["system Be kind.", "user Say hello."], body["messages"]!.AsArray().Select(message => $"{message!.Text("role")} {Content(message!)}"));
        Assert.Equal((true, 0.5), (body["stream"]!.GetValue<bool>(), body["temperature"]!.GetValue<double>()));
        Assert.Contains("50", asked.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_that_is_too_long_for_a_result_is_a_file()
    {
        var line = new string('文', 997) + "\r\n\t";
        await using var server = await LocalServer.StartAsync(async (http, _) =>
        {
            for (var i = 0; i < 1200; i++)
                await http.TellAsync(line);
            await http.EndAsync("length");
        });
        var run = new TestRun();

        var result = await AskAsync(server, run, new AiGeneratePayload("Write.", Model: "other"));

        Assert.Equal(string.Concat(Enumerable.Repeat(line, 1200)), run.File(result.File!));
        Assert.Equal(("length", 4000, 4), (result.FinishReason, result.Text.Length, run.Chunks.Count));
        Assert.Equal("text/plain; charset=utf-8", result.File!.ContentType);
        Assert.Equal("other", JsonNode.Parse(server.Requests.Single().Body)!.Text("model"));
    }

    [Fact]
    public async Task A_service_that_falls_silent_is_given_up()
    {
        var clock = new ManualTimeProvider();
        await using var server = await LocalServer.StartAsync(async (http, _) =>
        {
            await http.TellAsync("Once");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var run = new TestRun { Time = clock };

        var asking = AskAsync(server, run, time: clock);
        await run.Reported.UntilAsync(characters => characters == 4);
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(asking.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => asking);

        Assert.Equal(("ai_stalled", true), (failure.Code, failure.Retry));
        Assert.Contains("60 s, after 4 characters", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_stream_that_breaks_off_fails_the_attempt(bool politely)
    {
        var run = new TestRun();
        await using var server = await LocalServer.StartAsync(async (http, _) =>
        {
            await http.TellAsync("Once upon");
            await run.Reported.UntilAsync(characters => characters == 9);
            if (!politely)
                http.Abort();
        });

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => AskAsync(server, run));

        Assert.Equal(("ai_broken_off", true), (failure.Code, failure.Retry));
        Assert.Contains("9 characters", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_service_that_says_when_is_asked_again_then(int status)
    {
        var clock = new ManualTimeProvider();
        LocalServer? asked = null;
        await using var server = asked = await LocalServer.StartAsync((http, _) => asked!.Requests.Count == 1
            ? http.SayAsync(status, "{}", "application/json", ("Retry-After", "20"))
            : WholeAsync(http, "done"));
        var run = new TestRun { Time = clock };

        var asking = AskAsync(server, run, time: clock);
        await run.Logged.NextAsync();
        while (clock.ActiveTimers == 0)
            await Task.Yield();
        clock.Advance(TimeSpan.FromSeconds(19));
        Assert.Single(server.Requests);
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal("done", (await asking).Text);
        Assert.Contains("after 20 s", run.Lines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("61", -1, "after 61 s")]
    [InlineData("Thu, 01 Jan 2026 01:00:00 GMT", -1, "after 3600 s")]
    [InlineData("20", 0, "after 20 s")]
    [InlineData(null, -1, "too many requests")]
    public async Task A_wait_that_is_too_long_fails_the_attempt(string? wait, int slices, string said)
    {
        var clock = new ManualTimeProvider();
        await using var server = await LocalServer.StartAsync((http, _) =>
            http.SayAsync(429, """{"error":{"message":"Slow down."}}""", "application/json", wait is null ? [] : [("Retry-After", wait)]));

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => AskAsync(server, new TestRun { Time = clock, SliceChecks = slices }, time: clock));

        Assert.Equal(("ai_rate_limited", true), (failure.Code, failure.Retry));
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.Contains("Slow down.", failure.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(400, "ai_refused", false)]
    [InlineData(401, "ai_refused", false)]
    [InlineData(404, "ai_refused", false)]
    [InlineData(302, "ai_refused", false)]
    [InlineData(408, "ai_unavailable", true)]
    [InlineData(500, "ai_unavailable", true)]
    [InlineData(503, "ai_unavailable", true)]
    public async Task What_the_service_refuses_fails_for_good_and_never_tells_the_key(int status, string code, bool retry)
    {
        await using var server = await LocalServer.StartAsync((http, _) =>
            http.SayAsync(status, $$$"""{"error":{"message":"Incorrect API key provided: {{{Key}}}.","code":"{{{Key}}}"}}""", "application/json", ("Location", "/elsewhere")));
        var run = new TestRun();

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => AskAsync(server, run));

        Assert.Equal((code, retry), (failure.Code, failure.Retry));
        Assert.Contains("Incorrect API key provided: ***.", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, failure.Message + JsonSerializer.Serialize(failure.Details) + string.Concat(run.Lines), StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("<html>Sign in</html>")]
    [InlineData("data: {\"choices\":\"x\"}\n\n")]
    [InlineData("data: {}\n\n")]
    [InlineData("data: []\n\n")]
    [InlineData("data: {\"error\":{\"message\":\"overloaded\"}}\n\n")]
    [InlineData("data: nonsense\n\n")]
    public async Task An_answer_that_is_none_fails_the_attempt(string body)
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(200, body, "text/event-stream"));
        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => AskAsync(server, new TestRun()));
        Assert.True(failure is { Code: "ai_broken_off" or "ai_unavailable", Retry: true }, failure.ToString());
    }

    [Fact]
    public async Task A_service_that_repeats_the_key_does_not_bring_it_into_the_result()
    {
        await using var server = await LocalServer.StartAsync((http, _) => WholeAsync(http, $"Your key is {Key}."));
        Assert.Equal("Your key is ***.", (await AskAsync(server, new TestRun())).Text);
    }

    [Theory]
    [InlineData("", "small", "ai_not_configured", "Tasklane:Ai:Endpoint", false)]
    [InlineData("http://127.0.0.1:1/v1", "", "ai_no_model", "Tasklane:Ai:Model", false)]
    [InlineData("http://127.0.0.1:1/v1", "small", "ai_unavailable", "could not be asked", true)]
    public async Task A_service_that_is_not_there_is_told(string endpoint, string model, string code, string said, bool retry)
    {
        using var ai = new AiClient(new TasklaneOptions { Ai = { Endpoint = endpoint, Key = Key, Model = model } }, TimeProvider.System);
        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => new AiGenerateHandler(ai).RunAsync(new AiGeneratePayload("Hi"), new TestRun()));
        Assert.Equal((code, retry), (failure.Code, failure.Retry));
        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_it()
    {
        await using var server = await LocalServer.StartAsync(async (http, _) =>
        {
            await http.TellAsync("Once");
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        var run = new TestRun();
        var asking = AskAsync(server, run);
        await run.Reported.UntilAsync(characters => characters == 4);
        run.Stop();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task An_analysis_is_also_told_in_words_beside_its_numbers()
    {
        await using var server = await LocalServer.StartAsync((http, _) => WholeAsync(http, " Payments failed. "));
        using var ai = Client(server);
        string[] lines = [.. Enumerable.Range(0, 50).Select(i => $"ERROR payment {i} declined")];

        var result = (LogAnalysisResult)(await new LogAnalysisHandler(new MemoryLines(), ai).RunAsync(new LogAnalysisPayload(Lines: lines), new TestRun())).Result!;

        Assert.Equal(("Payments failed.", 50), (result.Summary.Text, result.Summary.Lines));
        Assert.Contains("payment <*> declined", server.Requests.Single().Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_analysis_stands_without_words_when_the_service_fails()
    {
        await using var server = await LocalServer.StartAsync((http, _) => http.SayAsync(500));
        using var ai = Client(server);
        var run = new TestRun();

        var result = (LogAnalysisResult)(await new LogAnalysisHandler(new MemoryLines(), ai).RunAsync(new LogAnalysisPayload(Lines: ["ERROR a"]), run)).Result!;

        Assert.Equal((null, 1), (result.Summary.Text, result.Summary.Lines));
        Assert.Contains(run.Lines, line => line.StartsWith("There is no summary in words: The AI service answered 500", StringComparison.Ordinal));
    }

    internal static async Task WholeAsync(HttpContext http, string text)
    {
        await http.TellAsync(text);
        await http.EndAsync("stop");
    }

    private static async Task<AiGenerateResult> AskAsync(LocalServer server, TestRun run, AiGeneratePayload? payload = null, TimeProvider? time = null)
    {
        using var ai = Client(server, time);
        return (AiGenerateResult)(await new AiGenerateHandler(ai).RunAsync(payload ?? new AiGeneratePayload("Hi"), run)).Result!;
    }

    private static AiClient Client(LocalServer server, TimeProvider? time = null) =>
        new(new TasklaneOptions { Ai = { Endpoint = server.Url("/v1"), Key = Key, Model = "small" } }, time ?? TimeProvider.System);

    private static string Content(JsonNode message) => message["content"] is JsonArray parts ? string.Concat(parts.Select(part => part!.Text("text"))) : message.Text("content");
}

/// <summary>OpenAI's stream of events, as a server writes it.</summary>
internal static class ChatStream
{
    public static async Task TellAsync(this HttpContext http, params string[] pieces)
    {
        if (!http.Response.HasStarted)
            http.Response.ContentType = "text/event-stream";
        foreach (var piece in pieces)
            await http.EventAsync($$"""[{"index":0,"delta":{"role":"assistant","content":{{JsonSerializer.Serialize(piece)}}},"finish_reason":null}]""");
    }

    public static async Task EndAsync(this HttpContext http, string reason, int input = 1, int output = 1)
    {
        await http.EventAsync($$"""[{"index":0,"delta":{},"finish_reason":"{{reason}}"}]""");
        await http.EventAsync("[]", string.Create(CultureInfo.InvariantCulture, $$""","usage":{"prompt_tokens":{{input}},"completion_tokens":{{output}},"total_tokens":{{input + output}}}"""));
        await http.Response.WriteAsync("data: [DONE]\n\n");
    }

    private static async Task EventAsync(this HttpContext http, string choices, string more = "")
    {
        await http.Response.WriteAsync($$"""data: {"id":"c1","object":"chat.completion.chunk","created":1767225600,"model":"small-1","choices":{{choices}}{{more}}}""" + "\n\n");
        await http.Response.Body.FlushAsync();
    }
}
