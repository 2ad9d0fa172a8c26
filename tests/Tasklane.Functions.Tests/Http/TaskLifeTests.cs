using System.Net;
using System.Net.Http.Json;
using System.Text;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

public sealed class TaskLifeTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task A_task_is_created_run_and_told_with_every_field()
    {
        var ada = await SignInAsync();
        var answer = await ada.PostAsync("/api/tasks", Json("""
            {"type":"noop","payload":{"名":"值","n":[1.50,null]},"priority":"high","maxRetries":1,"timeoutSeconds":9,"tags":["a","b"],
             "backoff":{"kind":"fixed","delaySeconds":2}}
            """));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var created = await answer.JsonAsync();
        Assert.Equal($"/api/tasks/{created.Id()}", answer.Headers.Location?.ToString());
        Assert.Equal("pending", created.Text("status"));

        var task = await ada.EndAsync(created.Id());

        Assert.Equal("completed", task.Text("status"));
        Assert.Equal("""{"名":"值","n":[1.50,null]}""", task["payload"]!.ToJsonString(Relaxed));
        Assert.Equal(task["payload"]!.ToJsonString(), task["result"]!.ToJsonString());
        Assert.Equal("high", task.Text("priority"));
        Assert.Equal("http", task.Text("source"));
        Assert.Equal(["a", "b"], task["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()));
        Assert.Equal("""{"kind":"fixed","delaySeconds":2,"factor":2,"maxDelaySeconds":3600}""", task["backoff"]!.ToJsonString());
        foreach (var field in new[] { "createdAt", "startedAt", "completedAt" })
            Assert.EndsWith("Z", task.Text(field), StringComparison.Ordinal);
        foreach (var field in new[] { "error", "progress", "cancelledAt", "runAt" })
            Assert.True(task.AsObject().TryGetPropertyValue(field, out var value) && value is null, field);
        Assert.Equal(3, task["version"]!.GetValue<long>());
        Assert.Equal((0, 1, 9), (task["retryCount"]!.GetValue<int>(), task["maxRetries"]!.GetValue<int>(), task["timeoutSeconds"]!.GetValue<int>()));
    }

    [Fact]
    public async Task Events_after_a_version_are_what_a_client_missed()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("noop", new { })).Id();
        await ada.EndAsync(id);

        var all = (await ada.GetJsonAsync($"/api/tasks/{id}/events"))["events"]!.AsArray();
        var missed = (await ada.GetJsonAsync($"/api/tasks/{id}/events?after=1&limit=1"))["events"]!.AsArray();

        Assert.Equal(["task:created", "task:started", "task:completed"], all.Select(one => one!.Text("event")));
        Assert.Equal("task:started", Assert.Single(missed)!.Text("event"));
        Assert.Equal("running", missed[0]!["changed"]!.Text("status"));
    }

    [Fact]
    public async Task A_failing_task_backs_off_and_completes_and_its_log_tells()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("sleep", new { seconds = 0.01, failTimes = 2 }, new { backoff = new { kind = "fixed", delaySeconds = 0.05 } })).Id();

        var task = await ada.EndAsync(id);
        var logs = await ada.GetJsonAsync($"/api/tasks/{id}/logs?page=2&pageSize=1");

        Assert.Equal("completed", task.Text("status"));
        Assert.Equal(2, task["retryCount"]!.GetValue<int>());
        Assert.Equal(3, task["attempt"]!.GetValue<int>());
        Assert.True(logs["total"]!.GetValue<long>() >= 3);
        var line = Assert.Single(logs["logs"]!.AsArray())!;
        Assert.Contains("attempt 2", line.Text("message"), StringComparison.Ordinal);
        Assert.Equal("info", line.Text("level"));
        Assert.Equal(0, (await ada.GetJsonAsync($"/api/tasks/{id}/logs?level=error"))["total"]!.GetValue<long>());
    }

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(0, 2)]
    [InlineData(1, 2)]
    [InlineData(2, 3)]
    [InlineData(1, 1)]
    [InlineData(3, 1000)]
    [InlineData(900, 10)]
    public async Task A_log_is_followed_from_the_lines_that_one_has(int after, int limit)
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("sleep", new { seconds = 0, failTimes = 4 }, new { maxRetries = 5, backoff = new { kind = "fixed", delaySeconds = 0.01 } })).Id();
        await ada.EndAsync(id);

        var all = (await ada.GetJsonAsync($"/api/tasks/{id}/logs?pageSize=200"))["logs"]!.AsArray();
        Assert.True(all.Count >= 5);
        var some = await ada.GetJsonAsync($"/api/tasks/{id}/logs?after={after}&limit={limit}");

        Assert.Equal(all.Skip(after).Take(limit).Select(line => line!.Text("message")), some["logs"]!.AsArray().Select(line => line!.Text("message")));
        Assert.Equal(all.Count, some["total"]!.GetValue<long>());
    }

    [Fact]
    public async Task A_failed_task_tells_why_and_is_retried_by_hand()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("sleep", new { seconds = 0, failTimes = 9 }, new { maxRetries = 0 })).Id();
        var failed = await ada.EndAsync(id);
        Assert.Equal("failed", failed.Text("status"));
        Assert.Equal("asked_to_fail", failed["error"]!.Text("code"));

        var answer = await ada.PostAsync($"/api/tasks/{id}/retry", null);

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var again = await answer.JsonAsync();
        Assert.Equal("pending", again.Text("status"));
        Assert.Null(again["error"]);
        await ada.EndAsync(id);
    }

    [Fact]
    public async Task A_running_task_is_not_deleted_but_stops_when_asked()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("sleep", new { seconds = 600 })).Id();
        await ada.UntilAsync(id, task => task.Text("status") == "running" && task["progress"] is not null);

        var refused = await ada.SendAsync(new HttpRequestMessage(HttpMethod.Delete, $"/api/tasks/{id}") { Headers = { { "Accept-Language", "zh-CN" } } });
        Assert.Equal("无法取消正在执行的任务", (await refused.ProblemAsync(HttpStatusCode.Conflict, "task_running")).Text("title"));
        var asked = await ada.PostAsync($"/api/tasks/{id}/cancel", null);
        Assert.Equal(HttpStatusCode.Accepted, asked.StatusCode);
        Assert.True((await asked.JsonAsync())["cancelRequested"]!.GetValue<bool>());

        var task = await ada.EndAsync(id);

        Assert.Equal("cancelled", task.Text("status"));
        Assert.NotNull(task["cancelledAt"]);
        Assert.Equal(HttpStatusCode.OK, (await ada.PostAsync($"/api/tasks/{id}/cancel", null)).StatusCode);
    }

    [Fact]
    public async Task A_delayed_task_is_deleted_before_its_time()
    {
        var ada = await SignInAsync();
        var created = await ada.CreateAsync("noop", new { }, new { delaySeconds = 3600 });
        Assert.NotNull(created["runAt"]);

        var answer = await ada.DeleteAsync($"/api/tasks/{created.Id()}");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("cancelled", (await answer.JsonAsync()).Text("status"));
        await (await ada.PostAsync($"/api/tasks/{(await ada.CreateAsync("noop", new { }, new { delaySeconds = 1e6 })).Id()}/retry", null))
            .ProblemAsync(HttpStatusCode.Conflict, "task_not_retryable");
    }

    [Fact]
    public async Task A_delayed_task_runs_when_its_time_has_come()
    {
        var ada = await SignInAsync();
        var created = await ada.CreateAsync("noop", new { }, new { delaySeconds = 0.3 });

        var task = await ada.EndAsync(created.Id());

        Assert.Equal("completed", task.Text("status"));
        Assert.True(DateTimeOffset.Parse(task.Text("startedAt")) >= DateTimeOffset.Parse(created.Text("runAt")).AddMilliseconds(-50));
    }

    [Fact]
    public async Task An_ended_task_is_neither_cancelled_nor_retried()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("noop", new { })).Id();
        await ada.EndAsync(id);

        await (await ada.DeleteAsync($"/api/tasks/{id}")).ProblemAsync(HttpStatusCode.Conflict, "task_not_cancellable");
        await (await ada.PostAsync($"/api/tasks/{id}/retry", null)).ProblemAsync(HttpStatusCode.Conflict, "task_not_retryable");
    }

    [Fact]
    public async Task A_key_used_again_finds_the_first_task_and_refuses_another()
    {
        var ada = await SignInAsync();
        var bob = await SignInAsync();
        ada.DefaultRequestHeaders.Add("Idempotency-Key", "order-7");
        bob.DefaultRequestHeaders.Add("Idempotency-Key", "order-7");
        var first = await ada.CreateAsync("noop", new { n = 1 }, new { delaySeconds = 100 });

        Assert.Equal(first.Id(), (await ada.CreateAsync("noop", new { n = 1 }, new { delaySeconds = 100 })).Id());
        Assert.NotEqual(first.Id(), (await bob.CreateAsync("noop", new { n = 1 }, new { delaySeconds = 100 })).Id());
        await (await ada.PostAsJsonAsync("/api/tasks", new { type = "noop", payload = new { n = 2 } })).ProblemAsync(HttpStatusCode.Conflict, "idempotency_conflict");
        ada.DefaultRequestHeaders.Remove("Idempotency-Key");
        ada.DefaultRequestHeaders.Add("Idempotency-Key", new string('k', 201));
        await (await ada.PostAsJsonAsync("/api/tasks", new { type = "noop", payload = new { } })).ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
    }

    [Fact]
    public async Task A_version_that_the_client_has_is_not_sent_again()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("noop", new { })).Id();
        await ada.EndAsync(id);
        var tag = (await ada.GetAsync($"/api/tasks/{id}")).Headers.ETag!;

        HttpRequestMessage Ask(string known) => new(HttpMethod.Get, $"/api/tasks/{id}") { Headers = { { "If-None-Match", known } } };
        var same = await ada.SendAsync(Ask($"\"0\", {tag.Tag}"));

        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Equal(tag, same.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotModified, (await ada.SendAsync(Ask($"W/{tag.Tag}"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ada.SendAsync(Ask("\"0\""))).StatusCode);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
