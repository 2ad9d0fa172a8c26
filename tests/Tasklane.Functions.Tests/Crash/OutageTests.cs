using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Testbed;

namespace Tasklane.Functions.Tests.Crash;

/// <summary>What a user meets while something below the app is dead, and when it is back.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task A_task_cut_short_goes_on_when_the_process_is_back()
    {
        var data = Directory.CreateTempSubdirectory("tasklane-cut-").FullName;
        await using var app = await AppProcess.StartAsync(data);
        using var http = await SignIns.AsAsync(app.Url, "alice");
        var answer = await http.PostAsJsonAsync("/api/tasks", new { type = "sleep", payload = new { seconds = 2 } });
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString();
        await EventAsync(http, id!, "task:progress", 1);

        await app.KillAsync();
        var dead = TimeProvider.System.GetTimestamp();
        await app.RestartAsync();

        // Its lease of ten seconds is not over: the restarted worker knows that its former self is dead.
        await EventAsync(http, id!, "task:started", 2);
        TestContext.Current.SendDiagnosticMessage($"Went on {TimeProvider.System.GetElapsedTime(dead).TotalSeconds:0.0} s after the kill.");
        await EventAsync(http, id!, "task:completed", 1);
        var task = await http.GetFromJsonAsync<JsonElement>($"/api/tasks/{id}");
        Assert.Equal(0, task.GetProperty("retryCount").GetInt32());
        Assert.Equal(2, task.GetProperty("attempt").GetInt32());
    }

    [Fact]
    public async Task A_stopped_process_gives_its_tasks_back_and_is_gone_soon()
    {
        var data = Directory.CreateTempSubdirectory("tasklane-stop-").FullName;
        await using var app = await AppProcess.StartAsync(data);
        using var http = await SignIns.AsAsync(app.Url, "alice");
        var ids = new List<string>();
        for (var n = 0; n < 5; n++)
        {
            var answer = await http.PostAsJsonAsync("/api/tasks", new { type = "sleep", payload = new { seconds = 3 } });
            ids.Add((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!);
        }
        foreach (var id in ids)
            await EventAsync(http, id, "task:progress", 1);

        // Well below the grace: handlers that stop when told hold nothing up.
        Assert.Equal(0, await app.StopAsync(TimeSpan.FromSeconds(20)));

        await app.RestartAsync();
        foreach (var id in ids)
        {
            await EventAsync(http, id, "task:completed", 1);
            Assert.Equal(0, (await http.GetFromJsonAsync<JsonElement>($"/api/tasks/{id}")).GetProperty("retryCount").GetInt32());
        }
    }

    [Fact]
    public async Task With_redis_dead_requests_are_503_and_all_is_well_when_it_is_back()
    {
        await using var redis = await RedisServer.StartAsync(aof: true, appendFsync: "always");
        await using var app = await TestApp.StartAsync(redis.ConnectionString);
        var alice = await app.ConnectAsync("alice");
        var underWay = await alice.CreateAsync(new { type = "sleep", payload = new { seconds = 1 } });
        var id = underWay.GetProperty("id").GetString()!;
        await alice.EventAsync("task:started", id);

        await redis.KillAsync();
        var refused = await alice.Http.PostAsJsonAsync("/api/tasks", new { type = "noop", payload = new { } });
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
        // Unknown where it was sent before the client noticed.
        Assert.Contains((await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString(), (string?[])["store_unavailable", "outcome_unknown"]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await alice.Http.GetAsync("/api/health/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await alice.Http.GetAsync("/api/health/live")).StatusCode);

        await redis.RestartAsync();
        // What ran when the store died ends by itself, its result is not lost, and its end is pushed.
        await alice.EventAsync("task:completed", id);
        var later = await alice.CreateAsync(new { type = "noop", payload = new { } });
        await alice.EventAsync("task:completed", later.GetProperty("id").GetString()!);
    }

    private static async Task EventAsync(HttpClient http, string id, string name, int times)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var answer = await http.GetFromJsonAsync<JsonElement>($"/api/tasks/{id}/events?after=0&limit=1000");
            if (answer.GetProperty("events").EnumerateArray().Count(change => change.GetProperty("event").GetString() == name) >= times)
                return;
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30), $"{name} did not come {times} times: {answer}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }
}
