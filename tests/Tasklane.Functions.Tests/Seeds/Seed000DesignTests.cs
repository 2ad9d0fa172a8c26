using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using StackExchange.Redis;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Seeds;

/// <summary>
/// The design of the task queue, walked through from an empty store: its task, its five routes, its six events, its types; in Redis its keys.
/// </summary>
public abstract class Seed000DesignTests
{
    private static readonly string[] _fields =
    [
        "id", "type", "status", "priority", "payload", "result", "error", "progress", "createdAt", "startedAt", "completedAt", "createdBy", "retryCount", "maxRetries",
    ];

    protected abstract Task<TestApp> StartAsync();

    /// <summary>What the store itself shows of a task that waits, one that runs and one that has ended.</summary>
    protected virtual Task LookAsync(string waiting, string running, string ended) => Task.CompletedTask;

    [Fact]
    public async Task The_design_from_an_empty_store_to_what_it_promises()
    {
        await using var app = await StartAsync();
        var alice = await app.ConnectAsync("alice");
        Assert.Equal(0, (await alice.GetAsync("/api/tasks")).GetProperty("total").GetInt32());
        var types = (await alice.GetAsync("/api/tasks/types")).GetProperty("types").EnumerateArray().Select(type => type.GetProperty("name").GetString()).ToList();
        Assert.Superset(new HashSet<string?> { "export", "ai_generate", "batch_process", "custom" }, types.ToHashSet());

        // POST /api/tasks: a task is made, starts, says how far it is, and completes.
        var task = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 0.5 }, priority = "high" });
        var id = Id(task);
        Assert.Superset(_fields.ToHashSet(), task.EnumerateObject().Select(field => field.Name).ToHashSet());
        Assert.Equal(("pending", "high", "alice", 0), (Text(task, "status"), Text(task, "priority"), Text(task, "createdBy"), task.GetProperty("retryCount").GetInt32()));
        foreach (var name in new[] { "task:created", "task:started", "task:progress", "task:completed" })
            await alice.EventAsync(name, id);
        var completed = await alice.TaskAsync(id);
        Assert.Equal(100, completed.GetProperty("progress").GetProperty("percent").GetDouble());
        Assert.Equal(0.5, completed.GetProperty("result").GetProperty("seconds").GetDouble());

        // One that fails, and is retried.
        var failing = Id(await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 0, failTimes = 1 }, maxRetries = 0 }));
        await alice.EventAsync("task:failed", failing);
        Assert.Equal("asked_to_fail", (await alice.TaskAsync(failing)).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.Accepted, (await alice.Http.PostAsync($"/api/tasks/{failing}/retry", null)).StatusCode);
        await alice.EventAsync("task:completed", failing);

        // One that waits, and is cancelled; one that runs, which cannot be.
        var running = Id(await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 100 } }));
        await alice.EventAsync("task:started", running);
        var waiting = Id(await alice.CreateAsync(new { type = "noop", payload = new { }, priority = "low" }));
        await LookAsync(waiting, running, id);
        Assert.Equal(HttpStatusCode.Conflict, (await alice.Http.DeleteAsync($"/api/tasks/{running}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await alice.Http.DeleteAsync($"/api/tasks/{waiting}")).StatusCode);
        await alice.EventAsync("task:cancelled", waiting);

        // GET /api/tasks: all of it, the newest first.
        var list = await alice.GetAsync("/api/tasks");
        Assert.Equal([waiting, running, failing, id], list.GetProperty("tasks").EnumerateArray().Select(Id));
        Assert.Equal((4, 1, 20), (list.GetProperty("total").GetInt32(), list.GetProperty("page").GetInt32(), list.GetProperty("pageSize").GetInt32()));

        // Caching: an answer that is still right costs no body, and a change makes it another one.
        using var first = await alice.Http.GetAsync($"/api/tasks/{running}");
        using var again = new HttpRequestMessage(HttpMethod.Get, $"/api/tasks/{running}");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        await alice.Http.PostAsync($"/api/tasks/{running}/cancel", null);
        await alice.EventAsync("task:cancelled", running);
        using var changed = await alice.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        using var same = new HttpRequestMessage(HttpMethod.Get, $"/api/tasks/{running}");
        same.Headers.IfNoneMatch.Add(changed.Headers.ETag!);
        using var unchanged = await alice.Http.SendAsync(same);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
    }

    private static string Id(JsonElement task) => Text(task, "id");

    private static string Text(JsonElement task, string name) => task.GetProperty(name).GetString()!;
}

/// <summary>The decision of the document: Redis, used directly. Keys are the document's, below the hub's prefix.</summary>
public sealed class Seed000OnRedis(SharedRedis redis) : Seed000DesignTests
{
    private readonly string _hub = SharedRedis.NewHub();

    protected override async Task<TestApp> StartAsync() =>
        await TestApp.StartAsync(await redis.ConnectionStringAsync(), ("Tasklane__Hub", _hub), ("Tasklane__Lanes__MaxRunning", "1"));

    protected override async Task LookAsync(string waiting, string running, string ended)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(await redis.ConnectionStringAsync());
        var database = connection.GetDatabase();
        string Key(string name) => $"{{{_hub}}}:{name}";

        Assert.NotNull(await database.SortedSetScoreAsync(Key("task:queue:low"), waiting));
        Assert.Equal("pending", await database.HashGetAsync(Key($"task:{waiting}"), "status"));
        Assert.NotNull(await database.SortedSetScoreAsync(Key("task:running"), running));
        Assert.Equal(RedisType.List, await database.KeyTypeAsync(Key($"task:events:{ended}")));
        Assert.Equal("completed", await database.HashGetAsync(Key($"task:{ended}"), "status"));
    }
}

/// <summary>The storage of the document's picture.</summary>
public sealed class Seed000OnMySql(SharedMySql mysql) : Seed000DesignTests
{
    protected override async Task<TestApp> StartAsync() => await TestApp.StartAsync(
        null, ("Tasklane__Store", "mysql"), ("Tasklane__MySql", (await mysql.ServerAsync()).ConnectionString), ("Tasklane__Lanes__MaxRunning", "1"));
}

public sealed class Seed000OnSqlite : Seed000DesignTests
{
    protected override Task<TestApp> StartAsync() => TestApp.StartAsync(null, ("Tasklane__Lanes__MaxRunning", "1"));
}
