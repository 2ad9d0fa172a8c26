using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

public sealed class BulkTests(AppFixture app) : AppTests(app)
{
    private static readonly object _noop = new { type = "noop", payload = new { } };

    [Fact]
    public async Task Many_tasks_are_created_in_their_order()
    {
        var ada = await SignInAsync();

        var answer = await ada.PostAsJsonAsync("/api/tasks/bulk", new { tasks = Enumerable.Range(0, 500).Select(n => new { type = "noop", payload = new { n } }) });

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var created = await answer.JsonAsync();
        Assert.Equal(500, created["created"]!.GetValue<int>());
        Assert.Equal(Enumerable.Range(0, 500), created["tasks"]!.AsArray().Select(task => task!["payload"]!["n"]!.GetValue<int>()));
        foreach (var task in created["tasks"]!.AsArray())
            Assert.Equal("completed", (await ada.EndAsync(task!.Id())).Text("status"));
    }

    [Fact]
    public async Task One_task_that_cannot_be_made_keeps_the_others_from_it_and_is_named()
    {
        var ada = await SignInAsync();

        var answer = await ada.PostAsJsonAsync("/api/tasks/bulk", new
        {
            tasks = new object[] { _noop, new { type = "sleep", payload = new { } }, new { type = "nothing", payload = new { } }, new { payload = 1, priority = "urgent" } },
        });

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
        Assert.Equal(["/tasks/3/priority", "/tasks/3/type"], problem["errors"]!.AsArray().Select(error => error!.Text("field")).Order());
        answer = await ada.PostAsJsonAsync("/api/tasks/bulk", new { tasks = new object[] { _noop, new { type = "sleep", payload = new { } }, new { type = "nothing", payload = new { } } } });
        problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
        Assert.Equal(["/tasks/1/payload/seconds", "/tasks/2"], problem["errors"]!.AsArray().Select(error => error!.Text("field")));
        Assert.Equal(0, (await ada.GetJsonAsync("/api/tasks"))["total"]!.GetValue<int>());
    }

    [Fact]
    public async Task The_same_again_under_its_key_makes_nothing_twice()
    {
        var ada = await SignInAsync();
        var body = new { tasks = new[] { _noop, _noop } };

        var first = await (await SendAsync(ada, body, "key-1")).JsonAsync();
        var again = await (await SendAsync(ada, body, "key-1")).JsonAsync();

        Assert.Equal((2, 0), (first["created"]!.GetValue<int>(), again["created"]!.GetValue<int>()));
        Assert.Equal(Ids(first), Ids(again));
        Assert.Equal(2, Ids(first).Distinct().Count());
        foreach (var id in Ids(first))
            await ada.EndAsync(id);
    }

    [Fact]
    public async Task Tasks_are_cancelled_by_their_ids_each_on_its_own()
    {
        var ada = await SignInAsync();
        var bob = await SignInAsync();
        var waiting = (await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 })).Id();
        var done = (await ada.CreateAsync("noop", new { })).Id();
        await ada.EndAsync(done);
        var others = (await bob.CreateAsync("noop", new { }, new { delaySeconds = 1000 })).Id();

        var answer = await ada.PostAsJsonAsync("/api/tasks/bulk", new { action = "cancel", ids = new[] { waiting, done, others, "rubbish" } });

        var told = await answer.JsonAsync();
        Assert.Equal((4, 1), (told["matched"]!.GetValue<int>(), told["changed"]!.GetValue<int>()));
        Assert.Equal(
            [(done, "task_not_cancellable"), (others, "task_not_found"), ("rubbish", "task_not_found")],
            told["skipped"]!.AsArray().Select(one => (one!.Id(), one!.Text("code"))));
        Assert.Equal("cancelled", (await ada.EndAsync(waiting)).Text("status"));
        await bob.DeleteAsync($"/api/tasks/{others}");
    }

    [Fact]
    public async Task Those_that_match_are_counted_first_then_cancelled_retried_and_deleted()
    {
        var ada = await SignInAsync();
        for (var i = 0; i < 3; i++)
            await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000, tags = new[] { "red" } });
        var blue = (await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000, tags = new[] { "blue" } })).Id();
        var filter = new { tag = "red" };

        Assert.Equal(3, await CountAsync(new { action = "cancel", filter, dryRun = true }, "matched"));
        Assert.Equal(3, await CountAsync(new { action = "cancel", filter }, "changed"));
        Assert.Equal(3, await CountAsync(new { action = "retry", filter }, "changed"));
        foreach (var task in (await ada.GetJsonAsync("/api/tasks?tag=red"))["tasks"]!.AsArray())
            await ada.EndAsync(task!.Id());
        Assert.Equal(3, await CountAsync(new { action = "delete", filter = new { tag = "red", status = "completed" } }, "changed"));

        Assert.Equal(0, (await ada.GetJsonAsync("/api/tasks?tag=red"))["total"]!.GetValue<int>());
        Assert.Equal(HttpStatusCode.OK, (await ada.DeleteAsync($"/api/tasks/{blue}")).StatusCode);

        async Task<int> CountAsync(object body, string name) =>
            (await (await ada.PostAsJsonAsync("/api/tasks/bulk", body)).JsonAsync())[name]!.GetValue<int>();
    }

    [Fact]
    public async Task Many_that_match_are_a_task_of_their_own()
    {
        var ada = await SignInAsync();
        for (var i = 0; i < 2; i++)
        {
            var made = await ada.PostAsJsonAsync("/api/tasks/bulk", new
            {
                tasks = Enumerable.Range(0, 300).Select(_ => new { type = "noop", payload = new { }, delaySeconds = 1000, tags = new[] { "many" } }),
            });
            Assert.Equal(HttpStatusCode.Accepted, made.StatusCode);
        }

        var answer = await ada.PostAsJsonAsync("/api/tasks/bulk", new { action = "cancel", filter = new { owner = "me" } });

        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var bulk = await ada.EndAsync((await answer.JsonAsync()).Id());
        Assert.Equal(("bulk", "completed"), (bulk.Text("type"), bulk.Text("status")));
        Assert.Equal(["owner"], bulk["payload"]!["filter"]!.AsObject().Where(part => part.Value is not null).Select(part => part.Key));
        Assert.Equal((600, 600), (bulk!["result"]!["matched"]!.GetValue<int>(), bulk["result"]!["changed"]!.GetValue<int>()));
        Assert.Equal(600, (await ada.GetJsonAsync("/api/tasks?status=cancelled&tag=many"))["total"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_type_of_the_service_itself_cannot_be_asked_for()
    {
        var ada = await SignInAsync();

        var answer = await ada.PostAsJsonAsync("/api/tasks", new { type = "bulk", payload = new { action = "delete", filter = new { owner = "bob" }, matched = 1 } });

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "unknown_task_type");
        Assert.DoesNotContain("bulk,", problem.Text("detail"), StringComparison.Ordinal);
        Assert.DoesNotContain(
            (await ada.GetJsonAsync("/api/tasks/types"))["types"]!.AsArray(), type => type!.Text("name") == "bulk");
    }

    [Theory]
    [InlineData("""{"action":"delete","filter":{}}""", "/filter")]
    [InlineData("""{"action":"delete","filter":{"tag":""}}""", "/filter/tag")]
    [InlineData("""{"action":"delete","filter":{"status":"gone"}}""", "/filter/status")]
    [InlineData("""{"action":"delete","filter":{"colour":"red"}}""", "/filter/colour")]
    [InlineData("""{"action":"explode","ids":["a"]}""", "/action")]
    [InlineData("""{"action":"cancel"}""", "/ids")]
    [InlineData("""{"action":"cancel","ids":[],"filter":{"tag":"a"}}""", "/ids")]
    [InlineData("""{"action":"cancel","ids":["a"],"tasks":[{"type":"noop","payload":{}}]}""", "/tasks")]
    [InlineData("""{"tasks":[]}""", "/tasks")]
    [InlineData("""{"ids":["a"]}""", "/action")]
    [InlineData("""{"action":"cancel","ids":"a"}""", "/ids")]
    [InlineData("""{"action":"cancel","ids":["a"],"dryRun":"yes"}""", "/dryRun")]
    public async Task A_request_that_could_mean_something_else_is_refused_with_its_field(string body, string field)
    {
        var ada = await SignInAsync();

        var answer = await ada.PostAsync("/api/tasks/bulk", new StringContent(body, null, "application/json"));

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
        Assert.Equal(field, problem["errors"]![0]!.Text("field"));
    }

    [Fact]
    public async Task Somebody_elses_tasks_need_the_role_admin()
    {
        var ada = await SignInAsync();
        var answer = await ada.PostAsJsonAsync("/api/tasks/bulk", new { action = "delete", filter = new { owner = "all" } });
        await answer.ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
    }

    private static IEnumerable<string> Ids(JsonNode answer) => answer["tasks"]!.AsArray().Select(task => task!.Id());

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, object body, string key) => client.SendAsync(
        new HttpRequestMessage(HttpMethod.Post, "/api/tasks/bulk") { Content = JsonContent.Create(body), Headers = { { "Idempotency-Key", key } } });
}
