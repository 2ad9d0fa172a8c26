using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Tasklane.Functions.Tests.Http;

/// <summary>Tasks that wait for others, and tasks that make others.</summary>
public sealed class WorkflowTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task A_chain_and_a_fan_in_are_one_request()
    {
        var ada = await SignInAsync();

        var answer = await SendAsync(ada, "flow-1");
        var made = answer["tasks"]!.AsArray().Select(task => task!).ToArray();

        Assert.Equal([false, true, true, true], made.Select(task => task["blocked"]!.GetValue<bool>()));
        Assert.Equal([made[1].Id(), made[2].Id()], made[3]["after"]!["tasks"]!.AsArray().Select(id => id!.GetValue<string>()));
        var ended = new List<JsonNode>();
        foreach (var task in made)
            ended.Add(await ada.EndAsync(task.Id()));
        Assert.All(ended, task => Assert.Equal("completed", task.Text("status")));
        Assert.All(ended.Skip(1), task => Assert.True(string.CompareOrdinal(task.Text("startedAt"), ended[0].Text("completedAt")) >= 0));
        Assert.True(string.CompareOrdinal(ended[3].Text("startedAt"), ended[2].Text("completedAt")) >= 0);

        // The same again under its key finds the same tasks, though the ids that new ones would have got are others.
        var again = await SendAsync(ada, "flow-1");
        Assert.Equal(made.Select(task => task.Id()), again["tasks"]!.AsArray().Select(task => task!.Id()));

        static async Task<JsonNode> SendAsync(HttpClient client, string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/tasks/bulk")
            {
                Content = JsonContent.Create(new
                {
                    tasks = new object[]
                    {
                        new { @ref = "load", type = "sleep", payload = new { seconds = 0.2 } },
                        new { @ref = "left", type = "noop", payload = new { }, after = new[] { "load" } },
                        new { @ref = "right", type = "sleep", payload = new { seconds = 0.1 }, after = new[] { "load" } },
                        new { type = "noop", payload = new { }, after = new { tasks = new[] { "left", "right" } } },
                    },
                }),
            };
            request.Headers.Add("Idempotency-Key", key);
            return await (await client.SendAsync(request)).JsonAsync();
        }
    }

    [Fact]
    public async Task What_waits_for_a_task_that_fails_ends_as_it_asked_to()
    {
        var ada = await SignInAsync();
        var failing = (await ada.CreateAsync("sleep", new { seconds = 0.1, failTimes = 1 }, new { maxRetries = 0 })).Id();
        var cancelled = (await ada.CreateAsync("noop", new { }, new { after = new[] { failing } })).Id();
        var failed = (await ada.CreateAsync("noop", new { }, new { after = new { tasks = new[] { failing }, onFailure = "fail" } })).Id();
        var runs = (await ada.CreateAsync("noop", new { }, new { after = new { tasks = new[] { failing, cancelled }, any = true, onFailure = "run" } })).Id();

        Assert.Equal("cancelled", (await ada.EndAsync(cancelled)).Text("status"));
        var error = (await ada.EndAsync(failed))["error"]!;
        Assert.Equal(("predecessor_failed", $"Task {failing}, which it waited for, is failed."), (error.Text("code"), error.Text("message")));
        Assert.Equal("completed", (await ada.EndAsync(runs)).Text("status"));
    }

    [Fact]
    public async Task A_task_waits_for_one_that_has_ended_no_longer_than_for_any()
    {
        var ada = await SignInAsync();
        var done = (await ada.CreateAsync("noop", new { })).Id();
        await ada.EndAsync(done);

        Assert.Equal("completed", (await ada.EndAsync((await ada.CreateAsync("noop", new { }, new { after = new[] { done } })).Id())).Text("status"));
    }

    [Fact]
    public async Task Nobody_waits_for_a_task_that_is_not_theirs_or_that_there_is_not()
    {
        var ada = await SignInAsync();
        var bob = await SignInAsync();
        var bobs = (await bob.CreateAsync("noop", new { })).Id();
        await bob.EndAsync(bobs);

        foreach (var id in new[] { bobs, new string('0', 32) })
            await (await ada.PostAsJsonAsync("/api/tasks", new { type = "noop", payload = new { }, after = new[] { id } })).ProblemAsync(HttpStatusCode.BadRequest, "after_not_found");
        Assert.Equal(0, (await ada.GetJsonAsync("/api/tasks"))["total"]!.GetValue<int>());
    }

    [Theory]
    [InlineData("""{"type":"noop","payload":{},"after":"x"}""", "/after")]
    [InlineData("""{"type":"noop","payload":{},"after":[]}""", "/after/tasks")]
    [InlineData("""{"type":"noop","payload":{},"after":["x"]}""", "/after/tasks/0")]
    [InlineData("""{"type":"noop","payload":{},"after":{"any":1,"tasks":["x"]}}""", "/after/any")]
    [InlineData("""{"type":"noop","payload":{},"after":{}}""", "/after/tasks")]
    [InlineData("""{"type":"noop","payload":{},"after":{"tasks":["x"],"onFailure":"explode"}}""", "/after/onFailure")]
    [InlineData("""{"type":"noop","payload":{},"ref":"a"}""", "/ref")]
    public async Task What_cannot_be_waited_for_is_named(string body, string field)
    {
        var ada = await SignInAsync();

        var answer = await ada.PostAsync("/api/tasks", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
        Assert.Equal([field], problem["errors"]!.AsArray().Select(error => error!.Text("field")));
    }

    [Fact]
    public async Task Names_within_a_request_must_be_those_of_earlier_tasks_and_each_be_given_once()
    {
        var ada = await SignInAsync();

        var answer = await ada.PostAsJsonAsync("/api/tasks/bulk", new
        {
            tasks = new object[]
            {
                new { @ref = "a", type = "noop", payload = new { }, after = new[] { "b" } },
                new { @ref = "b", type = "noop", payload = new { }, after = new[] { "b" } },
                new { @ref = "a", type = "noop", payload = new { } },
            },
        });

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
        Assert.Equal(["/tasks/0/after/tasks/0", "/tasks/1/after/tasks/0", "/tasks/2/ref"], problem["errors"]!.AsArray().Select(error => error!.Text("field")));
    }

    [Fact]
    public async Task A_batch_runs_a_task_for_each_payload_and_tells_what_became_of_them()
    {
        var ada = await SignInAsync();
        var payloads = Enumerable.Range(0, 40).Select(n => new { n });

        var batch = (await ada.CreateAsync("batch_process", new { type = "noop", payloads, shared = new { of = 40, n = -1 } })).Id();
        var ended = await ada.EndAsync(batch);

        Assert.Equal("completed", ended.Text("status"));
        Assert.Equal("""{"total":40,"completed":40,"failed":0,"cancelled":0,"failures":[]}""", ended["result"]!.ToJsonString());
        Assert.Equal("""{"current":40,"total":40,"percent":100,"message":null}""", ended["progress"]!.ToJsonString());
        Assert.True(ended["hasChildren"]!.GetValue<bool>());
        Assert.Equal("""{"total":40,"pending":0,"running":0,"completed":40,"failed":0,"cancelled":0}""", (await ada.GetJsonAsync($"/api/tasks/{batch}/children")).ToJsonString());
        var children = (await ada.GetJsonAsync($"/api/tasks?parent={batch}&pageSize=200"))["tasks"]!.AsArray();
        Assert.All(children, child => Assert.Equal((batch, "task"), (child!.Text("parent"), child!.Text("source"))));
        Assert.Equal(Enumerable.Range(0, 40), children.Select(child => child!["payload"]!["n"]!.GetValue<int>()).Order());
        Assert.All(children, child => Assert.Equal(40, child!["payload"]!["of"]!.GetValue<int>()));
    }

    [Fact]
    public async Task A_batch_that_collects_tells_which_of_its_tasks_failed()
    {
        var ada = await SignInAsync();
        var payloads = new[] { new { seconds = 0.1, failTimes = 0 }, new { seconds = 0.1, failTimes = 9 }, new { seconds = 0.1, failTimes = 0 } };

        var ended = await ada.EndAsync((await ada.CreateAsync("batch_process", new { type = "sleep", payloads, maxRetries = 0 })).Id());

        Assert.Equal("completed", ended.Text("status"));
        Assert.Equal((2, 1), (ended["result"]!["completed"]!.GetValue<int>(), ended["result"]!["failed"]!.GetValue<int>()));
        Assert.Equal("asked_to_fail", Assert.Single(ended["result"]!["failures"]!.AsArray())!.Text("code"));
    }

    [Fact]
    public async Task A_batch_that_fails_fast_stops_the_others()
    {
        var ada = await SignInAsync();
        var payloads = new object[] { new { seconds = 100 }, new { seconds = 0.1, failTimes = 9 }, new { seconds = 100 } };

        var batch = (await ada.CreateAsync("batch_process", new { type = "sleep", payloads, maxRetries = 0, onFailure = "fail_fast" })).Id();
        var ended = await ada.EndAsync(batch);

        Assert.Equal(("failed", "child_failed"), (ended.Text("status"), ended["error"]!.Text("code")));
        Assert.Equal("asked_to_fail", Assert.Single(ended["error"]!["details"]!["failed"]!.AsArray())!.Text("code"));
        var states = new List<string>();
        foreach (var child in (await ada.GetJsonAsync($"/api/tasks?parent={batch}"))["tasks"]!.AsArray())
            states.Add((await ada.EndAsync(child!.Id())).Text("status"));
        Assert.Equal(["cancelled", "cancelled", "failed"], states.Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_batch_that_is_run_again_runs_only_what_has_not_completed(bool isCancelled)
    {
        var ada = await SignInAsync();
        var payloads = new object[] { new { seconds = 0.05 }, new { seconds = isCancelled ? 1.5 : 0.05, failTimes = isCancelled ? 0 : 1 } };
        var batch = (await ada.CreateAsync("batch_process", new { type = "sleep", payloads, maxRetries = 0, onFailure = "fail_fast" })).Id();
        if (isCancelled)
        {
            await ada.UntilAsync(batch, task => task["progress"] is { } progress && progress["current"]!.GetValue<int>() == 1);
            await ada.PostAsync($"/api/tasks/{batch}/cancel", null);
        }
        await ada.EndAsync(batch);

        Assert.Equal(HttpStatusCode.Accepted, (await ada.PostAsync($"/api/tasks/{batch}/retry", null)).StatusCode);
        var ended = await ada.EndAsync(batch);

        Assert.Equal("completed", ended.Text("status"));
        Assert.Equal("""{"total":2,"completed":2,"failed":0,"cancelled":0,"failures":[]}""", ended["result"]!.ToJsonString());
        var children = (await ada.GetJsonAsync($"/api/tasks?parent={batch}"))["tasks"]!.AsArray();
        Assert.Equal([1, 2], children.Select(child => child!["attempt"]!.GetValue<int>()).Order());
    }

    [Fact]
    public async Task A_cancelled_batch_takes_its_tasks_with_it()
    {
        var ada = await SignInAsync();
        var batch = (await ada.CreateAsync("batch_process", new { type = "sleep", payloads = Enumerable.Repeat(new { seconds = 100 }, 5) })).Id();
        await ada.UntilAsync(batch, task => task["blocked"]!.GetValue<bool>());

        Assert.Equal(HttpStatusCode.OK, (await ada.PostAsync($"/api/tasks/{batch}/cancel", null)).StatusCode);

        foreach (var child in (await ada.GetJsonAsync($"/api/tasks?parent={batch}"))["tasks"]!.AsArray())
            Assert.Equal("cancelled", (await ada.EndAsync(child!.Id())).Text("status"));
    }

    [Fact]
    public async Task A_batch_with_a_payload_that_does_not_fit_is_refused_as_a_whole()
    {
        var ada = await SignInAsync();

        var answer = await ada.PostAsJsonAsync("/api/tasks", new { type = "batch_process", payload = new { type = "sleep", payloads = new object[] { new { seconds = 1 }, new { minutes = 1 } } } });

        var problem = await answer.ProblemAsync(HttpStatusCode.BadRequest, "payload_invalid");
        Assert.Contains("does not fit the type at 1: /payload/minutes", problem.Text("detail"), StringComparison.Ordinal);
        await (await ada.PostAsJsonAsync("/api/tasks", new { type = "batch_process", payload = new { type = "bulk", payloads = new object[] { new { } } } }))
            .ProblemAsync(HttpStatusCode.BadRequest, "payload_invalid");
    }

    [Fact]
    public async Task A_unique_task_is_reused_refused_or_replaced()
    {
        var ada = await SignInAsync();
        var first = (await ada.CreateAsync("sleep", new { seconds = 100 }, new { unique = new { key = "daily" } })).Id();

        Assert.Equal(first, (await ada.CreateAsync("noop", new { }, new { unique = new { key = "daily" } })).Id());
        var refused = await (await ada.PostAsJsonAsync("/api/tasks", new { type = "noop", payload = new { }, unique = new { key = "daily", onConflict = "reject" } }))
            .ProblemAsync(HttpStatusCode.Conflict, "not_unique");
        Assert.Contains(first, refused.Text("detail"), StringComparison.Ordinal);
        await ada.UntilAsync(first, task => task.Text("status") == "running");

        var second = await ada.CreateAsync("noop", new { }, new { unique = new { key = "daily", onConflict = "replace" } });
        Assert.NotEqual(first, second.Id());
        var (former, latter) = (await ada.EndAsync(first), await ada.EndAsync(second.Id()));
        Assert.Equal(("cancelled", "completed", "daily"), (former.Text("status"), latter.Text("status"), latter.Text("uniqueKey")));
        Assert.True(string.CompareOrdinal(latter.Text("startedAt"), former.Text("cancelledAt")) >= 0);
    }

    [Theory]
    [InlineData("""{"type":"noop","payload":{},"unique":"x"}""", "/unique")]
    [InlineData("""{"type":"noop","payload":{},"unique":{}}""", "/unique/key")]
    [InlineData("""{"type":"noop","payload":{},"unique":{"key":""}}""", "/unique/key")]
    [InlineData("""{"type":"noop","payload":{},"unique":{"key":"a","forSeconds":-1}}""", "/unique/forSeconds")]
    [InlineData("""{"type":"noop","payload":{},"unique":{"key":"a","onConflict":"fight"}}""", "/unique/onConflict")]
    [InlineData("""{"type":"noop","payload":{},"after":["00000000000000000000000000000000"],"unique":{"key":"a","onConflict":"replace"}}""", "/unique/onConflict")]
    public Task A_unique_key_that_cannot_be_one_is_named(string body, string field) => What_cannot_be_waited_for_is_named(body, field);
}
