using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>Types, statistics, health.</summary>
public sealed class ServiceTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task Types_come_with_a_schema_that_says_what_a_payload_may_be()
    {
        var ada = await SignInAsync();
        var types = (await ada.GetJsonAsync("/api/tasks/types"))["types"]!.AsArray().ToDictionary(type => type!.Text("name"));

        Assert.Superset(new HashSet<string> { "export", "log_analysis", "noop", "sleep" }, types.Keys.ToHashSet());
        var sleep = types["sleep"]!["schema"]!;
        Assert.Equal("number", sleep["properties"]!["seconds"]!.Text("type"));
        Assert.Equal(86400, sleep["properties"]!["seconds"]!["maximum"]!.GetValue<double>());
        Assert.Equal("seconds", Assert.Single(sleep["required"]!.AsArray())!.GetValue<string>());
        Assert.False(sleep["additionalProperties"]!.GetValue<bool>());
        Assert.Equal(["csv", "json", "ndjson"], types["export"]!["schema"]!["properties"]!["format"]!["enum"]!.AsArray().Select(one => one!.GetValue<string>()));
        Assert.All(types.Values, type => Assert.NotEmpty(type!.Text("description")));
    }

    [Fact]
    public async Task Statistics_count_what_has_been_done()
    {
        var ada = await SignInAsync();
        var before = await ada.GetJsonAsync("/api/v1/queue/stats");
        await ada.EndAsync((await ada.CreateAsync("noop", new { })).Id());
        await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 });

        var after = await ada.GetJsonAsync("/api/v1/queue/stats");
        var history = (await ada.GetJsonAsync("/api/v1/queue/stats/history?minutes=5"))["minutes"]!.AsArray();

        long Grew(Func<JsonNode, JsonNode?> which) => which(after)!.GetValue<long>() - which(before)!.GetValue<long>();
        Assert.True(Grew(stats => stats["totals"]!["created"]) >= 2);
        Assert.True(Grew(stats => stats["totals"]!["processed"]) >= 1);
        Assert.True(Grew(stats => stats["total"]) >= 2);
        Assert.True(after["delayed"]!.GetValue<long>() >= 1);
        Assert.NotNull(after["depth"]!["low"]);
        Assert.NotNull(after["latency"]!["waitMs"]!["p99"]);
        Assert.NotEqual("", Assert.Single(after["workers"]!.AsArray())!["name"]!.GetValue<string>());
        Assert.True(history.Sum(minute => minute!["completed"]!.GetValue<long>()) >= 1);
    }

    [Fact]
    public async Task The_history_tells_how_full_the_queue_was()
    {
        var ada = await SignInAsync();

        // Noted by the sweeper, every few seconds.
        JsonNode? minute = null;
        while (minute is null)
        {
            var history = await ada.GetJsonAsync("/api/v1/queue/stats/history?minutes=5");
            minute = history["minutes"]!.AsArray().LastOrDefault(one => one!["running"] is not null);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        Assert.True(minute["running"]!.GetValue<long>() >= 0);
        Assert.True(minute["oldestWaitingSeconds"]!.GetValue<double>() >= 0);
        Assert.Equal(["high", "normal", "low"], minute["depth"]!.AsObject().Select(lane => lane.Key));
    }

    [Theory]
    [InlineData("minutes=0")]
    [InlineData("minutes=1441")]
    public async Task A_history_is_a_day_at_most(string query)
    {
        var ada = await SignInAsync();
        await (await ada.GetAsync($"/api/v1/queue/stats/history?{query}")).ProblemAsync(HttpStatusCode.BadRequest, "invalid_query");
    }

    [Theory]
    [InlineData("/api/health")]
    [InlineData("/api/health/ready")]
    public async Task Health_tells_of_every_dependency_to_anybody(string path)
    {
        using var nobody = Anonymous();
        var health = await nobody.GetJsonAsync(path);

        Assert.Equal("healthy", health.Text("status"));
        Assert.Equal(["store", "durable"], health["dependencies"]!.AsArray().Select(one => one!.Text("name")));
        Assert.Equal("healthy", (await nobody.GetJsonAsync("/api/health/live")).Text("status"));
    }

    [Fact]
    public async Task Logs_are_stored_and_analysed()
    {
        var ada = await SignInAsync();
        var start = new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
        var lines = Enumerable.Range(0, 400).Select(i => (object)$"{start.AddSeconds(i * 5):O} INFO request {i} served")
            .Concat(Enumerable.Range(0, 60).Select(i => (object)new { at = start.AddSeconds(900 + (i / 10)), level = "ERROR", service = "pay", message = $"card {i} refused" }));

        var answer = await ada.PostAsJsonAsync("/api/logs", new { lines });
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var accepted = await answer.JsonAsync();
        Assert.Equal(460, accepted["ids"]!.AsArray().Count);
        var task = await ada.EndAsync(accepted.Text("taskId"));

        Assert.Equal("completed", task.Text("status"));
        Assert.Equal(460, task["result"]!["summary"]!["lines"]!.GetValue<int>());
        var burst = Assert.Single(task["result"]!["anomalies"]!.AsArray(), one => one!.Text("kind") == "burst")!;
        Assert.Equal("card <*> refused", burst.Text("template"));
        Assert.Equal("critical", burst.Text("severity"));
        Assert.Equal("logs", task.Text("source"));
    }

    [Theory]
    [InlineData("""{"lines":[]}""", "/lines")]
    [InlineData("""{}""", "/lines")]
    [InlineData("""{"lines":"x"}""", "/lines")]
    [InlineData("""{"lines":[{"at":"2026-03-01T00:00:00Z"}]}""", "/lines/0/message")]
    [InlineData("""["a",{"message":"b","at":"noon"}]""", "/1/at")]
    [InlineData("""["a",7]""", "/1")]
    [InlineData("""[{"message":"b","host":"c"}]""", "/0/host")]
    [InlineData("""[{"message":"b","level":"info","level":"error"}]""", "/0/level")]
    [InlineData("""{"lines":["a"],"lines":["b"]}""", "/lines")]
    [InlineData("""[{"message":"b","level":"a level that is far too long"}]""", "/0/level")]
    public async Task Log_lines_that_cannot_be_used_are_named(string body, string field)
    {
        var ada = await SignInAsync();
        var problem = await (await ada.PostAsync("/api/logs", new StringContent(body, null, "application/json")))
            .ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
        Assert.Contains(problem["errors"]!.AsArray(), error => error!.Text("field") == field);
    }
}
