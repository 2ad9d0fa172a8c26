using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Seeds;

/// <summary>The backend service, the API and the notifications of the owner's specification, one fact per scenario, on one store.</summary>
public abstract class Seed001Scenarios
{
    protected abstract Task<string?> RedisAsync();

    private async Task<TestApp> StartAsync(params (string, string)[] settings) => await TestApp.StartAsync(await RedisAsync(), settings);

    [Fact]
    public async Task Create_task_with_priority()
    {
        await using var app = await StartAsync(("Tasklane__Lanes__MaxRunning", "1"));
        var alice = await app.ConnectAsync("alice");
        var first = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 60 } });
        await alice.EventAsync("task:started", Id(first));

        var task = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 0 }, priority = "high" });

        Assert.Equal("pending", task.GetProperty("status").GetString());
        Assert.Equal("high", task.GetProperty("priority").GetString());
        Assert.True(task.GetProperty("createdAt").GetDateTimeOffset() > DateTimeOffset.UnixEpoch);
        var stats = await alice.GetAsync("/api/v1/queue/stats");
        Assert.Equal(1, stats.GetProperty("depth").GetProperty("high").GetInt64());
    }

    [Fact]
    public async Task Process_task_by_worker()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var task = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 60 } });

        var started = await alice.EventAsync("task:started", Id(task));

        Assert.Equal("running", started.Changed.GetProperty("status").GetString());
        Assert.Equal("running", (await alice.TaskAsync(Id(task))).GetProperty("status").GetString());
    }

    [Fact]
    public async Task Task_completion_notification()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var bob = await app.ConnectAsync("bob");
        var task = await alice.CreateAsync(new { type = "noop", payload = new { n = 7 } });

        var completed = await alice.EventAsync("task:completed", Id(task));

        Assert.Equal("completed", completed.Changed.GetProperty("status").GetString());
        Assert.Equal(7, completed.Changed.GetProperty("result").GetProperty("n").GetInt32());
        var now = await alice.TaskAsync(Id(task));
        Assert.Equal("completed", now.GetProperty("status").GetString());
        Assert.Equal(7, now.GetProperty("result").GetProperty("n").GetInt32());
        // Bob's own later event has come; so alice's earlier one is not on its way to him.
        var his = await bob.CreateAsync(new { type = "noop", payload = new { } });
        await bob.EventAsync("task:completed", Id(his));
        Assert.DoesNotContain(bob.Seen, seen => seen.Id == Id(task));
    }

    [Fact]
    public async Task Task_failure_with_retry()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var task = await alice.CreateAsync(new
        {
            type = "sleep",
            payload = new { seconds = 0, failTimes = 1 },
            backoff = new { kind = "fixed", delaySeconds = 0.05 },
        });

        var retrying = await alice.EventAsync("task:retrying", Id(task));
        Assert.Equal("pending", retrying.Changed.GetProperty("status").GetString());
        Assert.Equal(1, retrying.Changed.GetProperty("retryCount").GetInt32());

        await alice.EventAsync("task:completed", Id(task));
        Assert.Equal(1, (await alice.TaskAsync(Id(task))).GetProperty("retryCount").GetInt32());
        Assert.Equal(2, alice.Seen.Count(seen => seen.Id == Id(task) && seen.Name == "task:started"));
    }

    [Fact]
    public async Task Task_failure_without_retry()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var task = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 0, failTimes = 5 }, maxRetries = 0 });

        var failed = await alice.EventAsync("task:failed", Id(task));

        Assert.Equal("failed", failed.Changed.GetProperty("status").GetString());
        var now = await alice.TaskAsync(Id(task));
        Assert.Equal("failed", now.GetProperty("status").GetString());
        Assert.NotEqual("", now.GetProperty("error").GetProperty("message").GetString());
        Assert.Equal(failed.Changed.GetProperty("error").GetProperty("code").GetString(), now.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public async Task List_tasks_with_pagination()
    {
        await using var app = await StartAsync();
        var alice = await app.SignInAsync("alice");
        var created = new List<string>();
        for (var n = 0; n < 5; n++)
            created.Add(Id(await alice.CreateAsync(new { type = "noop", payload = new { n } })));

        var page = await alice.GetAsync("/api/tasks?page=2&pageSize=2");

        Assert.Equal(5, page.GetProperty("total").GetInt32());
        Assert.Equal(2, page.GetProperty("page").GetInt32());
        Assert.Equal(2, page.GetProperty("pageSize").GetInt32());
        created.Reverse();
        Assert.Equal(created[2..4], page.GetProperty("tasks").EnumerateArray().Select(Id));
    }

    [Fact]
    public async Task Filter_tasks_by_status()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var running = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 60 } });
        var done = await alice.CreateAsync(new { type = "noop", payload = new { } });
        await alice.EventAsync("task:started", Id(running));
        await alice.EventAsync("task:completed", Id(done));

        Assert.Equal([Id(running)], (await alice.GetAsync("/api/tasks?status=running")).GetProperty("tasks").EnumerateArray().Select(Id));
        Assert.Equal([Id(done)], (await alice.GetAsync("/api/tasks?status=completed")).GetProperty("tasks").EnumerateArray().Select(Id));
    }

    [Fact]
    public async Task Get_task_details()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var task = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 0.3 }, tags = new[] { "nightly" } });
        await alice.EventAsync("task:completed", Id(task));

        var details = await alice.TaskAsync(Id(task));

        Assert.Equal("alice", details.GetProperty("createdBy").GetString());
        Assert.Equal(0.3, details.GetProperty("payload").GetProperty("seconds").GetDouble());
        Assert.Equal(100, details.GetProperty("progress").GetProperty("percent").GetDouble());
        Assert.Equal("nightly", Assert.Single(details.GetProperty("tags").EnumerateArray()).GetString());
        foreach (var name in (string[])["result", "error", "startedAt", "completedAt", "retryCount", "maxRetries", "timeoutSeconds", "backoff", "version", "source"])
            Assert.True(details.TryGetProperty(name, out _), $"The details have no '{name}'.");
    }

    [Fact]
    public async Task Cancel_pending_task()
    {
        await using var app = await StartAsync(("Tasklane__Lanes__MaxRunning", "1"));
        var alice = await app.ConnectAsync("alice");
        var first = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 60 } });
        await alice.EventAsync("task:started", Id(first));
        var waiting = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 0 } });

        var answer = await alice.Http.DeleteAsync($"/api/tasks/{Id(waiting)}");

        Assert.True(answer.IsSuccessStatusCode);
        await alice.EventAsync("task:cancelled", Id(waiting));
        Assert.Equal("cancelled", (await alice.TaskAsync(Id(waiting))).GetProperty("status").GetString());
        Assert.Equal(0, (await alice.GetAsync("/api/v1/queue/stats")).GetProperty("depth").GetProperty("normal").GetInt64());
    }

    [Fact]
    public async Task Cancel_running_task()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var task = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 60 } });
        await alice.EventAsync("task:started", Id(task));

        using var request = new HttpRequestMessage(HttpMethod.Delete, $"/api/tasks/{Id(task)}");
        request.Headers.AcceptLanguage.ParseAdd("zh-CN");
        var refused = await alice.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        var problem = await refused.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("task_running", problem.GetProperty("code").GetString());
        Assert.Contains("无法取消正在执行的任务", problem.ToString());
        Assert.Equal("running", (await alice.TaskAsync(Id(task))).GetProperty("status").GetString());

        // The other way asks the handler to stop.
        var asked = await alice.Http.PostAsync($"/api/tasks/{Id(task)}/cancel", null);
        Assert.True(asked.IsSuccessStatusCode);
        await alice.EventAsync("task:cancelled", Id(task));
    }

    [Fact]
    public async Task Retry_failed_task()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var task = await alice.CreateAsync(new
        {
            type = "sleep",
            payload = new { seconds = 0, failTimes = 2 },
            maxRetries = 1,
            backoff = new { kind = "fixed", delaySeconds = 0.05 },
        });
        var failed = await alice.EventAsync("task:failed", Id(task));

        var answer = await alice.Http.PostAsync($"/api/tasks/{Id(task)}/retry", null);

        Assert.True(answer.IsSuccessStatusCode);
        var retried = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("pending", retried.GetProperty("status").GetString());
        Assert.Equal(0, retried.GetProperty("retryCount").GetInt32());
        await alice.EventAsync("task:retrying", Id(task), seen => seen.Version > failed.Version);
        await alice.EventAsync("task:completed", Id(task));
    }

    [Fact]
    public async Task Subscribe_to_task_updates()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        await alice.Live!.InvokeAsync("subscribe", ["mine"]);

        var task = await alice.CreateAsync(new { type = "noop", payload = new { } });
        await alice.EventAsync("task:completed", Id(task));

        var mine = alice.Seen.Where(seen => seen.Id == Id(task)).ToArray();
        Assert.Equal(["task:created", "task:started", "task:completed"], mine.Select(seen => seen.Name));
        Assert.Equal([1L, 2L, 3L], mine.Select(seen => seen.Version));
    }

    [Fact]
    public async Task Only_an_admin_with_a_pass_watches_everybody()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var boss = await app.ConnectAsync("boss", "admin");
        var pass = (await boss.GetAsync("/api/live/pass")).GetProperty("pass").GetString();

        // Nobody watches yet, so nothing is sent to those who do.
        await alice.EventAsync("task:completed", Id(await alice.CreateAsync(new { type = "noop", payload = new { } })));
        Assert.DoesNotContain(app.Host.Outputs.Of("PushTaskEvents"), output => output.Json.Contains("watchers", StringComparison.Ordinal));

        await boss.Live!.InvokeAsync("subscribe", ["all", pass]);
        await Assert.ThrowsAsync<SignalRClientException>(() => alice.Live!.InvokeAsync("subscribe", ["all", pass]));
        Assert.Equal(HttpStatusCode.Forbidden, (await alice.Http.GetAsync("/api/live/pass")).StatusCode);

        var task = await alice.CreateAsync(new { type = "noop", payload = new { } });
        await boss.EventAsync("task:completed", Id(task));
    }

    [Fact]
    public async Task Receive_task_progress_update()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        var task = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 1 } });

        var progress = await alice.EventAsync("task:progress", Id(task), seen => seen.Changed.GetProperty("progress").GetProperty("percent").GetDouble() is > 0 and < 100);

        Assert.Equal(Id(task), progress.Id);
        Assert.True(progress.Changed.GetProperty("progress").GetProperty("current").GetInt64() > 0);
        await alice.EventAsync("task:completed", Id(task));
        // At most ten a second, and the client never sees a version go back.
        var versions = alice.Seen.Where(seen => seen.Id == Id(task)).Select(seen => seen.Version).ToArray();
        Assert.Equal(versions.Order(), versions);
        Assert.InRange(alice.Seen.Count(seen => seen.Id == Id(task) && seen.Name == "task:progress"), 1, 14);
    }

    protected static string Id(JsonElement task) => task.GetProperty("id").GetString()!;
}

public sealed class Seed001ScenariosOnSqlite : Seed001Scenarios
{
    protected override Task<string?> RedisAsync() => Task.FromResult<string?>(null);
}

public sealed class Seed001ScenariosOnRedis(SharedRedis redis) : Seed001Scenarios
{
    protected override async Task<string?> RedisAsync() => await redis.ConnectionStringAsync();
}
