using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>What a client need not be sent again.</summary>
public sealed class CachingTests(AppFixture app) : AppTests(app)
{
    [Theory]
    [InlineData("/api/tasks")]
    [InlineData("/api/tasks?status=completed&pageSize=5")]
    [InlineData("/api/v1/queue/tasks")]
    [InlineData("/api/tasks/types")]
    [InlineData("/api/openapi.json")]
    [InlineData("/api/schedules")]
    [InlineData("/api/schedules/{schedule}")]
    [InlineData("/api/schedules/{schedule}/runs")]
    [InlineData("/api/v1/queue/stats/history?range=30d")]
    [InlineData("/api/tasks/{id}")]
    [InlineData("/api/v1/queue/tasks/{id}")]
    [InlineData("/api/tasks/{id}/logs")]
    [InlineData("/api/tasks/{id}/events?limit=2")]
    public async Task A_client_that_has_the_answer_is_told_so(string path)
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("noop", new { })).Id();
        await ada.EndAsync(id);
        var plan = new { cron = "0 3 1 1 *", task = new { type = "noop", payload = new { } } };
        var schedule = await (await ada.PostAsJsonAsync("/api/schedules", plan)).JsonAsync();
        path = path.Replace("{id}", id, StringComparison.Ordinal).Replace("{schedule}", schedule.Id(), StringComparison.Ordinal);

        for (var attempt = 0; ; attempt++)
        {
            var first = await ada.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
            var tag = first.Headers.ETag;
            Assert.NotNull(tag);
            Assert.Equal("no-cache, private", first.Headers.CacheControl!.ToString());
            var again = await AskAsync(ada, path, tag.ToString());
            if (again.StatusCode == HttpStatusCode.NotModified || path.Contains("history", StringComparison.Ordinal) && attempt < 20)
            {
                // The history is everybody's: other tests may have moved it between.
                if (again.StatusCode != HttpStatusCode.NotModified)
                    continue;
                Assert.Empty(await again.Content.ReadAsByteArrayAsync());
                Assert.Equal(HttpStatusCode.NotModified, (await AskAsync(ada, path, $"\"other\", W/{tag.Tag}")).StatusCode);
                Assert.Equal(HttpStatusCode.OK, (await AskAsync(ada, path, "\"other\"")).StatusCode);
                return;
            }
            Assert.Fail($"{path}: {again.StatusCode}");
        }
    }

    [Fact]
    public async Task A_list_is_new_as_soon_as_a_change_has_been_answered()
    {
        var ada = await SignInAsync();
        for (var i = 1; i <= 20; i++)
        {
            var before = (await ada.GetAsync("/api/tasks")).Headers.ETag!.ToString();
            var id = (await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 })).Id();
            var after = await AskAsync(ada, "/api/tasks", before);
            Assert.Equal(HttpStatusCode.OK, after.StatusCode);
            var page = await after.JsonAsync();
            Assert.Equal((i, id), (page["total"]!.GetValue<int>(), page["tasks"]![0]!.Id()));
        }
    }

    [Fact]
    public async Task The_wish_that_a_task_stop_makes_another_tag()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("sleep", new { seconds = 600 })).Id();
        await ada.UntilAsync(id, task => task.Text("status") == "running" && task["progress"] is not null);
        while (true)
        {
            var running = (await ada.GetAsync($"/api/tasks/{id}")).Headers.ETag!.ToString();
            if ((await AskAsync(ada, $"/api/tasks/{id}", running)).StatusCode == HttpStatusCode.NotModified)
            {
                await ada.PostAsync($"/api/tasks/{id}/cancel", null);
                Assert.Equal(HttpStatusCode.OK, (await AskAsync(ada, $"/api/tasks/{id}", running)).StatusCode);
                break;
            }
        }
        await ada.EndAsync(id);
    }

    [Fact]
    public async Task Nobody_is_told_that_they_have_what_they_may_not_see()
    {
        var (ada, bob) = (await SignInAsync(), await SignInAsync());
        var id = (await ada.CreateAsync("noop", new { })).Id();
        await ada.EndAsync(id);
        var tag = (await ada.GetAsync($"/api/tasks/{id}")).Headers.ETag!.ToString();
        foreach (var path in new[] { $"/api/tasks/{id}", $"/api/tasks/{id}/logs", $"/api/tasks/{id}/events" })
        {
            await (await AskAsync(bob, path, tag)).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
            await (await AskAsync(bob, path, "*")).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
        }
    }

    [Fact]
    public async Task The_statistics_tell_how_often_the_cache_knew()
    {
        var ada = await SignInAsync();
        for (var i = 0; i < 5; i++)
            await ada.GetJsonAsync("/api/v1/queue/stats");
        var cache = (await ada.GetJsonAsync("/api/v1/queue/stats"))["cache"]!;
        foreach (var kind in new[] { "list", "stats", "history", "schedules" })
            Assert.True(cache[kind]!["hits"]!.GetValue<long>() >= 0);
        Assert.True(cache["stats"]!["hits"]!.GetValue<long>() + cache["stats"]!["misses"]!.GetValue<long>() >= 5);
        Assert.InRange(cache["hitRate"]!.GetValue<double>(), 0, 1);
        Assert.Contains("tasklane_cache_reads_total{kind=\"stats\",result=\"hit\"} ", await ada.GetStringAsync("/api/metrics"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1h", 60)]
    [InlineData("24h", 600)]
    [InlineData("7d", 3600)]
    [InlineData("30d", 3600)]
    public async Task The_history_has_ranges(string range, int step)
    {
        var ada = await SignInAsync();
        await ada.EndAsync((await ada.CreateAsync("noop", new { })).Id());
        var history = await ada.GetJsonAsync($"/api/v1/queue/stats/history?range={range}");
        Assert.Equal((range, step), (history.Text("range"), history["stepSeconds"]!.GetValue<int>()));
        var points = history["points"]!.AsArray();
        Assert.InRange(points.Count, 1, 720);
        Assert.True(points.Sum(point => point!["completed"]!.GetValue<long>()) > 0);
        Assert.All(points, point => Assert.Equal(0, DateTimeOffset.Parse(point!.Text("at"), System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds() % step));
    }

    [Theory]
    [InlineData("range=2h", "range", "1h, 24h, 7d, 30d")]
    [InlineData("range=1h&minutes=5", "minutes", "range")]
    public async Task A_range_that_there_is_not_is_refused_with_those_there_are(string query, string field, string wayOut)
    {
        var ada = await SignInAsync();
        var problem = await (await ada.GetAsync($"/api/v1/queue/stats/history?{query}")).ProblemAsync(HttpStatusCode.BadRequest, "invalid_query");
        Assert.Contains(field, problem.Text("detail"), StringComparison.Ordinal);
        Assert.Contains(wayOut, problem.Text("detail"), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> AskAsync(HttpClient client, string path, string known)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return client.SendAsync(request);
    }
}
