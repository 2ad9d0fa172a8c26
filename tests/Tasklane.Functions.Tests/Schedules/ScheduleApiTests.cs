using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Tasklane.Functions.Tests.Http;
using Xunit;

namespace Tasklane.Functions.Tests.Schedules;

public sealed class ScheduleApiTests(AppFixture app) : AppTests(app)
{
    private static readonly object _noop = new { type = "noop", payload = new { n = 1 }, tags = new[] { "mine" } };

    [Fact]
    public async Task A_schedule_makes_a_task_at_each_tick_and_tells_of_them()
    {
        var ada = await SignInAsync();
        var schedule = await MadeAsync(ada, new { name = "often", everySeconds = 1, task = _noop });
        var path = $"/api/schedules/{schedule.Id()}";

        var fired = await UntilAsync(ada, path, now => now["fired"]!.GetValue<int>() >= 2);
        await ada.DeleteAsync(path);

        Assert.Equal(("often", "once", "skip", null), (fired.Text("name"), fired.Text("missed"), fired.Text("overlap"), fired["lastError"]));
        Assert.Equal(10, schedule["next"]!.AsArray().Count);
        var tasks = (await ada.GetJsonAsync($"/api/tasks?tag=schedule:{schedule.Id()}"))["tasks"]!.AsArray();
        Assert.True(tasks.Count >= 2);
        foreach (var task in tasks)
        {
            var ended = await ada.EndAsync(task!.Id());
            Assert.Equal(("completed", "schedule"), (ended.Text("status"), ended.Text("source")));
            Assert.Equal(["mine", $"schedule:{schedule.Id()}"], ended["tags"]!.AsArray().Select(tag => tag!.GetValue<string>()));
        }
        await (await ada.GetAsync(path)).ProblemAsync(HttpStatusCode.NotFound, "schedule_not_found");
    }

    [Fact]
    public async Task One_that_is_paused_makes_nothing_until_it_is_resumed_and_can_be_run_by_hand()
    {
        var ada = await SignInAsync();
        var id = (await MadeAsync(ada, new { everySeconds = 1, paused = true, task = _noop })).Id();

        Assert.Null((await ada.GetJsonAsync($"/api/schedules/{id}"))["nextAt"]);
        var run = new HttpRequestMessage(HttpMethod.Post, $"/api/schedules/{id}/run") { Headers = { { "Idempotency-Key", "now" } } };
        var first = await (await ada.SendAsync(run)).JsonAsync();
        var again = await (await ada.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/api/schedules/{id}/run") { Headers = { { "Idempotency-Key", "now" } } })).JsonAsync();
        Assert.Equal(first.Id(), again.Id());
        await ada.EndAsync(first.Id());
        Assert.Equal(1, (await ada.GetJsonAsync($"/api/schedules/{id}/runs"))["total"]!.GetValue<int>());

        await ada.PostAsync($"/api/schedules/{id}/resume", null);
        await UntilAsync(ada, $"/api/schedules/{id}", now => now["fired"]!.GetValue<int>() >= 1);
        var paused = await (await ada.PostAsync($"/api/schedules/{id}/pause", null)).JsonAsync();
        Assert.True(paused["paused"]!.GetValue<bool>());
        foreach (var task in (await ada.GetJsonAsync($"/api/schedules/{id}/runs"))["tasks"]!.AsArray())
            await ada.EndAsync(task!.Id());
    }

    [Fact]
    public async Task A_schedule_is_replaced_and_keeps_what_it_has_done()
    {
        var ada = await SignInAsync();
        var made = await MadeAsync(ada, new { cron = "0 0 1 1 *", task = _noop });

        var answer = await ada.PutAsJsonAsync($"/api/schedules/{made.Id()}", new { cron = "30 4 * * 1-5", timeZone = "Asia/Shanghai", overlap = "cancel", missed = "all", task = _noop });

        var changed = await answer.JsonAsync();
        Assert.Equal(("30 4 * * 1-5", "Asia/Shanghai", "cancel", "all"), (changed.Text("cron"), changed.Text("timeZone"), changed.Text("overlap"), changed.Text("missed")));
        Assert.Equal((made.Text("createdAt"), 2), (changed.Text("createdAt"), changed["version"]!.GetValue<int>()));
        Assert.All(changed["next"]!.AsArray(), tick => Assert.EndsWith("T20:30:00.000Z", tick!.GetValue<string>(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_same_again_under_its_key_is_the_same_schedule_and_another_under_it_is_refused()
    {
        var ada = await SignInAsync();
        var body = new { cron = "0 0 1 1 *", task = _noop };

        var first = await SendAsync(ada, body, "key");
        var again = await SendAsync(ada, body, "key");

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (first.StatusCode, again.StatusCode));
        Assert.Equal((await first.JsonAsync()).Id(), (await again.JsonAsync()).Id());
        Assert.Single((await ada.GetJsonAsync("/api/schedules"))["schedules"]!.AsArray());
        await (await SendAsync(ada, new { cron = "0 0 2 1 *", task = _noop }, "key")).ProblemAsync(HttpStatusCode.Conflict, "idempotency_conflict");
    }

    [Fact]
    public async Task Schedules_are_their_owners_own_and_an_admin_meets_them_all()
    {
        var ada = await SignInAsync();
        var bob = await SignInAsync();
        var admin = await SignInAsync("admin");
        var id = (await MadeAsync(ada, new { cron = "0 0 1 1 *", task = _noop })).Id();

        Assert.Empty((await bob.GetJsonAsync("/api/schedules"))["schedules"]!.AsArray());
        foreach (var (method, path) in ((HttpMethod, string)[])
            [(HttpMethod.Get, ""), (HttpMethod.Delete, ""), (HttpMethod.Post, "/run"), (HttpMethod.Post, "/pause"), (HttpMethod.Post, "/resume"), (HttpMethod.Get, "/runs")])
            await (await bob.SendAsync(new HttpRequestMessage(method, $"/api/schedules/{id}{path}"))).ProblemAsync(HttpStatusCode.NotFound, "schedule_not_found");
        Assert.Contains((await admin.GetJsonAsync("/api/schedules?owner=all&pageSize=200"))["schedules"]!.AsArray(), schedule => schedule!.Id() == id);
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"/api/schedules/{id}?owner=all")).StatusCode);
    }

    [Fact]
    public async Task A_plan_is_previewed_without_being_made()
    {
        var ada = await SignInAsync();

        var next = (await ada.GetJsonAsync("/api/schedules/preview?cron=0%200%20*%20*%20*&timeZone=UTC&count=3"))["next"]!.AsArray();

        Assert.Equal(3, next.Count);
        Assert.All(next, tick => Assert.EndsWith("T00:00:00.000Z", tick!.GetValue<string>(), StringComparison.Ordinal));
        await (await ada.GetAsync("/api/schedules/preview?cron=nonsense")).ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
    }

    [Theory]
    [InlineData("""{"task":{"type":"noop","payload":{}}}""", "/cron")]
    [InlineData("""{"cron":"* * * *","task":{"type":"noop","payload":{}}}""", "/cron")]
    [InlineData("""{"cron":"0 0 30 2 *","task":{"type":"noop","payload":{}}}""", "/cron")]
    [InlineData("""{"cron":"* * * * *","everySeconds":5,"task":{"type":"noop","payload":{}}}""", "/cron")]
    [InlineData("""{"cron":"* * * * *","timeZone":"Mars/Olympus","task":{"type":"noop","payload":{}}}""", "/timeZone")]
    [InlineData("""{"everySeconds":60,"timeZone":"UTC","task":{"type":"noop","payload":{}}}""", "/timeZone")]
    [InlineData("""{"everySeconds":0.5,"task":{"type":"noop","payload":{}}}""", "/everySeconds")]
    [InlineData("""{"at":"2020-01-01T00:00:00Z","task":{"type":"noop","payload":{}}}""", "/at")]
    [InlineData("""{"cron":"* * * * *","missed":"never","task":{"type":"noop","payload":{}}}""", "/missed")]
    [InlineData("""{"cron":"* * * * *","overlap":"both","task":{"type":"noop","payload":{}}}""", "/overlap")]
    [InlineData("""{"cron":"* * * * *"}""", "/task")]
    [InlineData("""{"cron":"* * * * *","task":{"type":"noop","payload":{},"delaySeconds":5}}""", "/task/delaySeconds")]
    [InlineData("""{"cron":"* * * * *","task":{"type":"sleep","payload":{}}}""", "/task/payload/seconds")]
    [InlineData("""{"cron":"* * * * *","task":{"type":"nothing","payload":{}}}""", "/task")]
    [InlineData("""{"cron":"* * * * *","colour":"red","task":{"type":"noop","payload":{}}}""", "/colour")]
    public async Task A_plan_that_cannot_be_kept_is_refused_with_its_field(string body, string field)
    {
        var ada = await SignInAsync();

        var answer = await ada.PostAsync("/api/schedules", new StringContent(body, null, "application/json"));

        Assert.Equal(field, (await answer.ProblemAsync(HttpStatusCode.BadRequest, "invalid_field"))["errors"]![0]!.Text("field"));
    }

    internal static async Task<JsonNode> MadeAsync(HttpClient client, object body)
    {
        var answer = await client.PostAsJsonAsync("/api/schedules", body);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await answer.JsonAsync();
    }

    internal static async Task<JsonNode> UntilAsync(HttpClient client, string path, Func<JsonNode, bool> wanted)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var now = await client.GetJsonAsync(path);
            if (wanted(now))
                return now;
            Assert.False(patience.IsCancellationRequested, $"It did not become as wanted within a minute: {now}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, object body, string key) => client.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/api/schedules") { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", key } } });
}
