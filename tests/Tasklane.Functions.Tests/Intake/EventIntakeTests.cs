using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Tasklane.Functions.Tests.Http;

namespace Tasklane.Functions.Tests.Intake;

public sealed class EventIntakeTests(SharedIntake intake)
{
    private static string Cloud(string tag, string id = "1", string type = "tasklane.task") => $$$"""
        {"specversion":"1.0","id":"{{{id}}}","source":"/shop/{{{tag}}}","type":"{{{type}}}","data":{"type":"noop","payload":{},"tags":["{{{tag}}}"]}}
        """;

    [Fact]
    public async Task Event_Grid_is_answered_its_validation_code()
    {
        var app = await intake.AppAsync();
        var answer = await PostAsync(app, """
            [{"id":"1","topic":"/t","subject":"","eventType":"Microsoft.EventGrid.SubscriptionValidationEvent","eventTime":"2026-01-31T08:00:00Z",
              "data":{"validationCode":"512d38b6","validationUrl":"https://example.org"},"dataVersion":"1","metadataVersion":"1"}]
            """, "application/json", ("aeg-event-type", "SubscriptionValidation"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("512d38b6", (await answer.JsonAsync()).Text("validationResponse"));
    }

    [Fact]
    public async Task An_event_of_Event_Grid_is_the_task_that_its_type_is_set_to()
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        var body = $$$"""
            [{"id":"{{{tag}}}","topic":"/t","subject":"s","eventType":"Shop.OrderPlaced","eventTime":"2026-01-31T08:00:00Z","data":{"order":"{{{tag}}}"},"dataVersion":"1"}]
            """;

        var first = await TasksOfAsync(await PostAsync(app, body, "application/json", ("aeg-event-type", "Notification")));
        var again = await TasksOfAsync(await PostAsync(app, body, "application/json", ("aeg-event-type", "Notification")));

        var task = await app.Admin.EndAsAdminAsync(Assert.Single(first));
        Assert.Equal("eventgrid", task.Text("source"));
        Assert.Equal(tag, task["result"]!.Text("order"));
        Assert.Equal(first, again);
    }

    [Theory]
    [InlineData("application/cloudevents+json; charset=utf-8")]
    [InlineData("application/json")]
    public async Task A_structured_CloudEvent_is_a_task(string contentType)
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        Assert.Single(await TasksOfAsync(await PostAsync(app, Cloud(tag), contentType)));
        await app.TaskAsync(tag, "completed");
    }

    [Fact]
    public async Task A_binary_CloudEvent_is_a_task()
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        var answer = await PostAsync(app, $$"""{"type":"noop","payload":{},"tags":["{{tag}}"]}""", "application/json",
            ("ce-specversion", "1.0"), ("ce-id", tag), ("ce-source", "/shop%20one"), ("ce-type", "tasklane.task"), ("ce-time", "2026-01-31T08:00:00Z"));
        Assert.Single(await TasksOfAsync(answer));
        await app.TaskAsync(tag, "completed");
    }

    [Fact]
    public async Task A_batch_is_tasks_and_a_bad_event_in_it_is_poison_and_holds_up_none()
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        var answer = await PostAsync(app, $"[{Cloud(tag, "1")},{Cloud(tag, "2", "no.such")},{Cloud(tag, "3")},{Cloud(tag, "1")}]", "application/cloudevents-batch+json");

        var tasks = await TasksOfAsync(answer);
        Assert.Equal(3, tasks.Count);
        Assert.Equal(2, tasks.Distinct().Count()); // two of them are one event
        var poison = await app.PoisonAsync("queue", tag);
        Assert.Equal(("eventgrid", "unknown_event_type"), (poison.Text("source"), poison.Text("code")));
        Assert.Contains("Shop_OrderPlaced", poison.Text("reason"), StringComparison.Ordinal);
        Assert.Equal(2, (await app.TasksAsync(tag, found => found.All(task => task.Text("status") == "completed"))).Count);
        await app.Admin.DeleteAsync($"/api/admin/poison/queue/{poison.Id()}");
    }

    [Theory]
    [InlineData("""{"specversion":"1.0","source":"/s","type":"t","data":{}}""", "invalid_field", "The Id property")]
    [InlineData("""{"specversion":"0.3","id":"1","source":"/s","type":"t","data":{}}""", "invalid_field", "/specversion must be one of 1.0, not '0.3'")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/s","type":"tasklane.task"}""", "invalid_field", "/data is missing")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/s","type":"tasklane.task","data":{"type":"noop"}}""", "invalid_field", "/payload is missing")]
    [InlineData("""{"specversion":"1.0","id":"1","source":"/s","type":"no.such","data":{}}""", "unknown_event_type", "tasklane.task, Shop_OrderPlaced")]
    [InlineData("""{"eventType":"x"}""", "invalid_field", "is no event")]
    [InlineData("[1]", "invalid_field", "must be object")]
    [InlineData("[", "invalid_json", "Line 1")]
    public async Task A_lone_event_that_can_be_no_task_is_refused_with_its_reason(string body, string code, string reason)
    {
        var app = await intake.AppAsync();
        var problem = await (await PostAsync(app, body, "application/json")).ProblemAsync(HttpStatusCode.BadRequest, code);
        Assert.Contains(reason, problem.Text("detail"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_says_that_the_sender_may()
    {
        var app = await intake.AppAsync();
        using var client = app.Host.CreateClient();
        using var ask = new HttpRequestMessage(HttpMethod.Options, $"/api/events?code={IntakeApp.EventKey}");
        ask.Headers.Add("WebHook-Request-Origin", "eventgrid.azure.net");
        ask.Headers.Add("WebHook-Request-Rate", "120");
        var answer = await client.SendAsync(ask);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("eventgrid.azure.net", Assert.Single(answer.Headers.GetValues("WebHook-Allowed-Origin")));
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("WebHook-Allowed-Rate")));
        using var bare = new HttpRequestMessage(HttpMethod.Options, $"/api/events?code={IntakeApp.EventKey}");
        await (await client.SendAsync(bare)).ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");
    }

    [Fact]
    public async Task Only_a_key_or_a_role_lets_a_sender_in()
    {
        var (app, tag) = (await intake.AppAsync(), IntakeApp.NewTag());
        using var nobody = app.Host.CreateClient();
        var (bob, sender) = (await app.SignInAsync("bob"), await app.SignInAsync("robot", "events"));

        await (await SendAsync(nobody, "/api/events")).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await (await SendAsync(nobody, "/api/events?code=wrong")).ProblemAsync(HttpStatusCode.Unauthorized, "wrong_key");
        await (await SendAsync(app.Admin, "/api/events", ("aeg-sas-key", "wrong"))).ProblemAsync(HttpStatusCode.Unauthorized, "wrong_key");
        await (await SendAsync(bob, "/api/events")).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        using var options = new HttpRequestMessage(HttpMethod.Options, "/api/events");
        await (await nobody.SendAsync(options)).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");

        Assert.Equal(HttpStatusCode.OK, (await SendAsync(sender, "/api/events")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(nobody, $"/api/events?code={IntakeApp.EventKey}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(nobody, $"/api/events?access_token={IntakeApp.EventKey}")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(nobody, "/api/events", ("Authorization", $"SharedAccessKey {IntakeApp.EventKey}"))).StatusCode);
        await app.TaskAsync(tag, "completed");

        Task<HttpResponseMessage> SendAsync(HttpClient client, string path, params (string, string)[] headers) =>
            EventIntakeTests.SendAsync(client, path, Cloud(tag), "application/cloudevents+json", headers);
    }

    private static Task<HttpResponseMessage> PostAsync(IntakeApp app, string body, string contentType, params (string, string)[] headers) =>
        SendAsync(app.Host.CreateClient(), "/api/events", body, contentType, [("aeg-sas-key", IntakeApp.EventKey), .. headers]);

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string body, string contentType, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8) };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        foreach (var (name, value) in headers)
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        return client.SendAsync(request);
    }

    private static async Task<IReadOnlyList<string>> TasksOfAsync(HttpResponseMessage answer)
    {
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return [.. (await answer.JsonAsync())["tasks"]!.AsArray().Select(id => id!.GetValue<string>())];
    }
}

/// <summary>Where there is no storage account to keep poison in, and no key.</summary>
public sealed class EventsWithoutStorageTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task A_batch_with_a_bad_event_is_refused_and_its_others_are_tasks_once()
    {
        var (tag, admin) = (IntakeApp.NewTag(), await SignInAsync("admin"));
        var batch = $$$"""
            [{"specversion":"1.0","id":"1","source":"/{{{tag}}}","type":"no.such","data":{}},
             {"specversion":"1.0","id":"2","source":"/{{{tag}}}","type":"tasklane.task","data":{"type":"noop","payload":{},"tags":["{{{tag}}}"]}}]
            """;
        for (var i = 0; i < 2; i++)
        {
            using var body = new StringContent(batch, Encoding.UTF8, "application/cloudevents-batch+json");
            var problem = await (await admin.PostAsync("/api/events", body)).ProblemAsync(HttpStatusCode.BadRequest, "unknown_event_type");
            Assert.Contains("'no.such'", problem.Text("detail"), StringComparison.Ordinal);
        }
        Assert.Single((await admin.GetJsonAsync($"/api/tasks?owner=all&tag={tag}"))["tasks"]!.AsArray());

        using var other = Anonymous();
        using var one = new StringContent(batch, Encoding.UTF8, "application/cloudevents-batch+json");
        await (await other.PostAsync("/api/events?code=a-key-of-events-0123456789", one)).ProblemAsync(HttpStatusCode.Unauthorized, "wrong_key");
    }
}

internal static class AdminApi
{
    /// <summary>Asks until somebody's task has ended.</summary>
    public static Task<JsonNode> EndAsAdminAsync(this HttpClient admin, string id) => IntakeApp.UntilAsync(
        () => admin.GetJsonAsync($"/api/tasks/{id}?owner=all"), task => task.Text("status") is "completed" or "failed" or "cancelled");
}
