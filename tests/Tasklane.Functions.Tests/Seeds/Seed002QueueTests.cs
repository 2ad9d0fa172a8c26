using System.Net;
using System.Net.Http.Json;
using Tasklane.Functions.Tests.Http;
using Xunit;

namespace Tasklane.Functions.Tests.Seeds;

/// <summary>The queue of the log service: its five routes, its words for states, its retries, the analysis that follows stored lines.</summary>
public abstract class Seed002QueueTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task Lines_that_are_stored_are_analysed_and_the_task_is_met_under_the_queue()
    {
        var ada = await SignInAsync();
        var stored = await (await ada.PostAsJsonAsync("/api/logs", new[] { "2026-01-01T00:00:00Z INFO one", "2026-01-01T00:00:01Z ERROR two" })).JsonAsync();
        await ada.EndAsync(stored.Text("taskId"));

        var task = await ada.GetJsonAsync($"/api/v1/queue/tasks/{stored.Text("taskId")}");

        Assert.Equal(("log_analysis", "COMPLETED"), (task.Text("type"), task.Text("status")));
        Assert.Equal(stored["ids"]!.ToJsonString(), task["payload"]!["log_ids"]!.ToJsonString());
        Assert.NotNull(task["result"]!["anomalies"]);
    }

    [Fact]
    public async Task A_log_analysis_is_scheduled_by_ids_with_priority_and_the_seeds_retries()
    {
        var ada = await SignInAsync();
        var ids = (await (await ada.PostAsJsonAsync("/api/logs", new[] { "one", "two" })).JsonAsync())["ids"]!;

        var answer = await ada.PostAsJsonAsync("/api/v1/queue/tasks", new { type = "log_analysis", payload = new { log_ids = ids }, priority = 8 });

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var task = await answer.JsonAsync();
        Assert.Equal($"/api/v1/queue/tasks/{task.Id()}", answer.Headers.Location?.ToString());
        Assert.Equal((10, 0, 3), (task["priority"]!.GetValue<int>(), task["retry_count"]!.GetValue<int>(), task["max_retries"]!.GetValue<int>()));
        var ours = await ada.EndAsync(task.Id());
        Assert.Equal(("high", "http", "quadratic"), (ours.Text("priority"), ours.Text("source"), ours["backoff"]!.Text("kind")));
        Assert.Equal(60, ours["backoff"]!["delaySeconds"]!.GetValue<double>());

        var shorter = await (await ada.PostAsJsonAsync("/api/v1/queue/tasks", new { log_ids = ids })).JsonAsync();
        Assert.Equal("completed", (await ada.EndAsync(shorter.Id())).Text("status"));
    }

    [Fact]
    public async Task Tasks_are_listed_by_the_queues_states()
    {
        var ada = await SignInAsync();
        var waiting = (await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 })).Id();
        await ada.EndAsync((await ada.CreateAsync("noop", new { })).Id());

        var pending = await ada.GetJsonAsync("/api/v1/queue/tasks?status=PENDING");
        var completed = await ada.GetJsonAsync("/api/v1/queue/tasks?status=COMPLETED&type=noop");

        Assert.Equal((1, waiting), (pending["total"]!.GetValue<int>(), pending["tasks"]![0]!.Id()));
        Assert.Equal((1, "COMPLETED"), (completed["total"]!.GetValue<int>(), completed["tasks"]![0]!.Text("status")));
        await (await ada.GetAsync("/api/v1/queue/tasks?status=BROKEN")).ProblemAsync(HttpStatusCode.BadRequest, "unknown_status");
        await ada.DeleteAsync($"/api/v1/queue/tasks/{waiting}");
    }

    [Fact]
    public async Task A_task_is_deleted_for_good_whether_it_waits_or_has_ended_and_refused_while_it_runs()
    {
        var ada = await SignInAsync();
        var bob = await SignInAsync();
        var waiting = (await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 })).Id();
        var done = (await ada.CreateAsync("noop", new { })).Id();
        await ada.EndAsync(done);
        var running = (await ada.CreateAsync("sleep", new { seconds = 1000 })).Id();
        await ada.UntilAsync(running, task => task.Text("status") == "running");

        await (await bob.DeleteAsync($"/api/v1/queue/tasks/{done}")).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
        foreach (var id in (string[])[waiting, done])
        {
            Assert.Equal(HttpStatusCode.OK, (await ada.DeleteAsync($"/api/v1/queue/tasks/{id}")).StatusCode);
            await (await ada.GetAsync($"/api/v1/queue/tasks/{id}")).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
        }
        await (await ada.DeleteAsync($"/api/v1/queue/tasks/{running}")).ProblemAsync(HttpStatusCode.Conflict, "task_running");

        await ada.PostAsync($"/api/tasks/{running}/cancel", null);
        await ada.EndAsync(running);
        Assert.Equal(HttpStatusCode.OK, (await ada.DeleteAsync($"/api/v1/queue/tasks/{running}")).StatusCode);
    }

    [Theory]
    [InlineData("""{"type":"log_analysis"}""", "/payload")]
    [InlineData("""{"payload":{}}""", "/type")]
    [InlineData("""{"log_ids":["a"],"payload":{}}""", "/log_ids")]
    [InlineData("""{"log_ids":["a"],"priority":11}""", "/priority")]
    [InlineData("""{"log_ids":["a"],"retries":1}""", "/retries")]
    [InlineData("""{"type":"log_analysis","payload":{"log_ids":["a"],"ids":["b"]}}""", "/payload/log_ids")]
    public async Task What_cannot_be_queued_is_refused_with_its_field(string body, string field)
    {
        var ada = await SignInAsync();
        var answer = await ada.PostAsync("/api/v1/queue/tasks", new StringContent(body, null, "application/json"));
        Assert.Equal(field, (await answer.ProblemAsync(HttpStatusCode.BadRequest, "invalid_field"))["errors"]![0]!.Text("field"));
    }

    [Fact]
    public async Task Statistics_tell_what_waits_runs_and_has_ended()
    {
        var ada = await SignInAsync();
        await ada.EndAsync((await ada.CreateAsync("noop", new { })).Id());

        var stats = await ada.GetJsonAsync("/api/v1/queue/stats");

        foreach (var name in (string[])["total", "pending", "running", "completed", "failed"])
            Assert.NotNull(stats[name]);
        Assert.True(stats["totals"]!["processed"]!.GetValue<long>() > 0);
        Assert.NotEmpty(stats["workers"]!.AsArray());
    }
}

public sealed class Seed002OnSqlite(AppFixture app) : Seed002QueueTests(app);

public sealed class Seed002OnRedis(AppOnRedis app) : Seed002QueueTests(app), IClassFixture<AppOnRedis>;
