using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Functions;

/// <summary>CallHttpAsync against a server elsewhere, as the Durable extension of Azure's host (3.18) makes its requests.</summary>
public sealed class CallHttpTests(CallHttpApp app) : IClassFixture<CallHttpApp>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_failure_is_an_answer_like_any_other(int status)
    {
        await using var server = await CountingServer.StartAsync((http, _) =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.RetryAfter = "1";
            return http.Response.WriteAsync("no");
        });

        var answer = await AnswerAsync(new { method = "GET", uri = server.Address });

        Assert.Equal(status, answer.GetProperty("statusCode").GetInt32());
        Assert.Equal("no", answer.GetProperty("content").GetString());
        Assert.Equal("1", answer.GetProperty("headers").GetProperty("Retry-After").GetString());
        Assert.Single(server.Asked);
    }

    // The worker hands its HttpRetryOptions to the activity and not to the engine: a status to retry on fails the call, once.
    [Theory]
    [InlineData(503, new int[0], "Response status code does not indicate success: 503 (Service Unavailable).")]
    [InlineData(404, new int[0], "Response status code does not indicate success: 404 (Not Found).")]
    [InlineData(429, new[] { 429, 503 }, "Status code TooManyRequests received, retry requested.")]
    public async Task With_retry_options_a_failure_fails_the_call_at_once(int status, int[] retryOn, string message)
    {
        await using var server = await CountingServer.StartAsync(status, status, 200);

        var ended = await EndAsync("CallHttp", new { method = "GET", uri = server.Address, retryAfter = TimeSpan.FromMilliseconds(1), retryOn });

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains(message, ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("(unknown)", ended.FailureDetails.InnerFailure!.ErrorType);
        Assert.Single(server.Asked);
    }

    [Fact]
    public async Task With_retry_options_a_status_they_do_not_name_is_an_answer()
    {
        await using var server = await CountingServer.StartAsync(503);

        var answer = await AnswerAsync(
            new { method = "GET", uri = server.Address, retryAfter = TimeSpan.FromMilliseconds(1), retryOn = new[] { 429 } });

        Assert.Equal(503, answer.GetProperty("statusCode").GetInt32());
    }

    [Fact]
    public async Task Retry_options_without_an_interval_are_refused()
    {
        await using var server = await CountingServer.StartAsync(200);

        var ended = await EndAsync("CallHttp", new { method = "GET", uri = server.Address, retryAfter = TimeSpan.Zero });

        Assert.Contains("FirstRetryInterval", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }

    [Fact]
    public async Task An_orchestrator_that_tries_again_itself_gets_the_third_answer()
    {
        await using var server = await CountingServer.StartAsync(503, 503, 200);

        var ended = await EndAsync("CallHttpAgain", new { method = "GET", uri = server.Address, retryAfter = TimeSpan.FromMilliseconds(1) });

        Assert.Equal("answer 3", JsonElement.Parse(ended.SerializedOutput!).GetProperty("content").GetString());
        Assert.Equal(3, server.Asked.Count);
    }

    [Theory]
    [InlineData("7", null, 7)]
    [InlineData(null, null, 30)]
    [InlineData(null, "90000", 90)]
    [InlineData("Fri, 02 Jan 2026 00:00:00 GMT", "90000", 90)]
    public async Task Accepted_work_is_asked_for_after_the_time_that_the_answer_or_host_json_gives(string? retryAfter, string? interval, int seconds)
    {
        var clock = new ManualTimeProvider();
        await using var server = await CountingServer.StartAsync(clock, (http, number) =>
        {
            if (number == 3)
                return http.Response.WriteAsync("done");
            http.Response.StatusCode = 202;
            http.Response.Headers.Location = "/status";
            http.Response.Headers.RetryAfter = retryAfter;
            return Task.CompletedTask;
        });
        await using var host = await CallHttpApp.HostAsync(o =>
        {
            o.TimeProvider = clock;
            if (interval is not null)
                o.Settings["AzureFunctionsJobHost__extensions__durableTask__httpSettings__defaultAsyncRequestSleepTimeMilliseconds"] = interval;
        });

        var end = EndAsync(host, "CallHttp", new
        {
            method = "POST",
            uri = new Uri(server.Address, "/work"),
            content = "body",
            polls = true,
            headers = new Dictionary<string, string[]> { ["x-functions-key"] = ["secret"], ["x-of"] = ["mine"] },
        });
        while (!end.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.Equal("done", JsonElement.Parse((await end).SerializedOutput!).GetProperty("content").GetString());
        Assert.Equal(["POST /work", "GET /status", "GET /status"], server.Asked.Select(one => one.What));
        Assert.True(server.Asked[1].At - server.Asked[0].At >= TimeSpan.FromSeconds(seconds));
        Assert.True(server.Asked[2].At - server.Asked[1].At >= TimeSpan.FromSeconds(seconds));
        Assert.Equal("mine", server.Asked[2].Headers["x-of"]);
        Assert.False(server.Asked[2].Headers.ContainsKey("x-functions-key"));
    }

    [Theory]
    [InlineData(302, "GET /there", "")]
    [InlineData(307, "POST /there", "body")]
    public async Task A_redirect_is_followed(int status, string expected, string body)
    {
        await using var server = await CountingServer.StartAsync((http, number) =>
        {
            http.Response.StatusCode = number == 1 ? status : 200;
            if (number == 1)
                http.Response.Headers.Location = "/there";
            return Task.CompletedTask;
        });

        Assert.Equal(200, (await AnswerAsync(new { method = "POST", uri = server.Address, content = "body" })).GetProperty("statusCode").GetInt32());
        Assert.Equal([("POST /", "body"), (expected, body)], server.Asked.Select(one => (one.What, one.Body)));
    }

    [Fact]
    public async Task A_call_that_takes_longer_than_its_time_fails()
    {
        await using var server = await CountingServer.StartAsync(async (http, _) =>
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing));

        var ended = await EndAsync("CallHttp", new { method = "GET", uri = server.Address, timeout = TimeSpan.FromMilliseconds(50) });

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("00:00:00.05", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Equal("(unknown)", ended.FailureDetails.InnerFailure!.ErrorType);
    }

    [Fact]
    public async Task Headers_and_content_go_and_come_as_they_are()
    {
        await using var server = await CountingServer.StartAsync((http, _) =>
        {
            http.Response.ContentType = "application/json";
            http.Response.Headers.Append("x-several", "1");
            http.Response.Headers.Append("x-several", "2");
            return http.Response.WriteAsync("{}");
        });

        var answer = await AnswerAsync(new
        {
            method = "PATCH",
            uri = server.Address,
            content = "ä",
            headers = new Dictionary<string, string[]> { ["x-many"] = ["a", "b"] },
        });

        var asked = Assert.Single(server.Asked);
        Assert.Equal(("PATCH /", "ä", "text/plain"), (asked.What, asked.Body, asked.Headers["Content-Type"].ToString()));
        Assert.Equal(["a", "b"], asked.Headers["x-many"].SelectMany(value => value!.Split(',', StringSplitOptions.TrimEntries)));
        Assert.StartsWith("Microsoft.Azure.WebJobs.Extensions.DurableTask/", asked.Headers["User-Agent"].ToString(), StringComparison.Ordinal);
        // The SDK writes several values as one.
        Assert.Equal(["1,2"], answer.GetProperty("headers").GetProperty("x-several").EnumerateArray().Select(value => value.GetString()));

        // Those of the content stay behind, its type too.
        Assert.False(answer.GetProperty("headers").TryGetProperty("Content-Type", out _));
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-8")]
    [InlineData("application/json", "application/json")]
    public async Task A_media_type_replaces_plain_text(string given, string expected)
    {
        await using var server = await CountingServer.StartAsync(200);

        await AnswerAsync(Typed(server, given));

        Assert.Equal(expected, Assert.Single(server.Asked).Headers["Content-Type"]);
    }

    [Theory]
    [InlineData("versionMatchStrategy", "Loose", "extensions.durableTask.versionMatchStrategy 'Loose' is none of None, Strict, CurrentOrOlder.")]
    [InlineData("httpSettings__defaultAsyncRequestSleepTimeMilliseconds", "soon", "'soon' is no number of milliseconds.")]
    public async Task Settings_of_the_extension_that_make_no_sense_stop_the_start_with_a_sentence(string name, string value, string sentence)
    {
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => CallHttpApp.HostAsync(
            options => options.Settings[$"AzureFunctionsJobHost__extensions__durableTask__{name}"] = value));

        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", "The format of value 'application/json; charset=utf-8' is invalid.")]
    [InlineData("multipart/form-data; boundary=x", "Multipart content is not supported with CallHttpAsync.")]
    public async Task A_content_type_with_a_charset_or_of_several_parts_is_refused(string given, string message)
    {
        await using var server = await CountingServer.StartAsync(200);

        var ended = await EndAsync("CallHttp", Typed(server, given));

        Assert.Contains(message, ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
        Assert.Empty(server.Asked);
    }

    private static object Typed(CountingServer server, string type) => new
    {
        method = "POST",
        uri = server.Address,
        content = "a=b",
        headers = new Dictionary<string, string[]> { ["content-type"] = [type] },
    };

    private async Task<JsonElement> AnswerAsync(object call)
    {
        var ended = await EndAsync("CallHttp", call);
        Assert.True(ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{ended.RuntimeStatus}: {ended.FailureDetails}");
        return JsonElement.Parse(ended.SerializedOutput!);
    }

    private Task<OrchestrationMetadata> EndAsync(string name, object call) => EndAsync(app.Host, name, call);

    private static async Task<OrchestrationMetadata> EndAsync(FunctionsTestHost host, string name, object call) => await host.WaitForInstanceAsync(
        await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync(name, call, Token), TimeSpan.FromSeconds(60), Token);
}

public sealed class CallHttpApp : IAsyncLifetime
{
    public FunctionsTestHost Host { get; private set; } = null!;

    public static Task<FunctionsTestHost> HostAsync(Action<FunctionsTestHostOptions>? configure = null) => WebHost.StartAsync(
        typeof(Probe.Program).Assembly,
        ownProcess: false,
        options =>
        {
            options.Functions = ["CallHttp", "CallHttpAgain"];
            configure?.Invoke(options);
        });

    public async ValueTask InitializeAsync() => Host = await HostAsync();

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
