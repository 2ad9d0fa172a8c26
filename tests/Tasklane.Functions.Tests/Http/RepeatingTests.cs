using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks.Http;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>Every request that creates something is safe to repeat, under an Idempotency-Key or by its nature.</summary>
public sealed class RepeatingTests(AppFixture app) : AppTests(app)
{
    /// <summary>A new one has to say which it is, here and in GUARANTEES.md.</summary>
    [Fact]
    public void Every_request_that_is_posted_takes_a_key_or_is_idempotent()
    {
        string[] underKey =
        [
            "AdminCreateTask", "AdminRetryTask", "BulkTasks", "CreateFile", "CreateSchedule", "CreateTask", "CreateLogs", "QueueCreateTask", "RetryTask", "RunSchedule",
        ];
        string[] byNature =
            ["AdminCancelTask", "AppendFile", "CancelTask", "Events", "Negotiate", "PauseSchedule", "ReplaceSchedule", "RequeuePoison", "ResumeSchedule"];

        var posted =
            from type in typeof(TasksApi).Assembly.GetTypes()
            from method in type.GetMethods()
            let function = method.GetCustomAttribute<FunctionAttribute>()
            where function is not null
            from parameter in method.GetParameters()
            let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
            where trigger?.Methods is { } methods && methods.Any(name => name is "post" or "put" or "patch")
            select function.Name;

        Assert.Equal(underKey.Concat(byNature).Order(), posted.Order());
    }

    [Fact]
    public async Task Log_lines_sent_again_under_their_key_are_the_first_ones_and_are_analysed_once()
    {
        var ada = await SignInAsync();
        var first = await SendAsync(ada, "/api/logs", "batch-7", new[] { "one", "two" });
        var accepted = await first.JsonAsync();
        var again = await SendAsync(ada, "/api/logs", "batch-7", new[] { "one", "two" });

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (first.StatusCode, again.StatusCode));
        Assert.Equal(accepted.ToJsonString(), (await again.JsonAsync()).ToJsonString());
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal(1, (await ada.GetJsonAsync("/api/tasks"))["total"]!.GetValue<int>());
        await (await SendAsync(ada, "/api/logs", "batch-7", new[] { "one", "three" })).ProblemAsync(HttpStatusCode.Conflict, "idempotency_conflict");
        await (await SendAsync(ada, "/api/tasks", "batch-7", new { type = "noop", payload = new { } })).ProblemAsync(HttpStatusCode.Conflict, "idempotency_conflict");
        var bob = await SignInAsync();
        Assert.NotEqual(accepted.Text("taskId"), (await (await SendAsync(bob, "/api/logs", "batch-7", new[] { "one", "two" })).JsonAsync()).Text("taskId"));
        Assert.Equal(2, (await ada.EndAsync(accepted.Text("taskId")))["result"]!["summary"]!["lines"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_retry_sent_again_under_its_key_begins_no_further_run()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 })).Id();
        await ada.DeleteAsync($"/api/tasks/{id}");

        var first = await SendAsync(ada, $"/api/tasks/{id}/retry", "again-1", null);
        await ada.EndAsync(id);
        var repeated = await SendAsync(ada, $"/api/tasks/{id}/retry", "again-1", null);

        Assert.Equal((HttpStatusCode.Accepted, HttpStatusCode.Accepted), (first.StatusCode, repeated.StatusCode));
        Assert.Equal("completed", (await repeated.JsonAsync()).Text("status"));
        await (await SendAsync(ada, $"/api/tasks/{id}/retry", "again-2", null)).ProblemAsync(HttpStatusCode.Conflict, "task_not_retryable");
        var other = (await ada.CreateAsync("noop", new { })).Id();
        await (await SendAsync(ada, $"/api/tasks/{other}/retry", "again-1", null)).ProblemAsync(HttpStatusCode.Conflict, "idempotency_conflict");
    }

    [Theory]
    [InlineData("/api/logs")]
    [InlineData("/api/tasks")]
    [InlineData("/api/tasks/00000000000000000000000000000000/retry")]
    public async Task A_text_that_cannot_be_a_key_is_refused_by_the_header_s_name(string path)
    {
        var ada = await SignInAsync();
        object? body = path.EndsWith("retry", StringComparison.Ordinal) ? null : path.EndsWith("logs", StringComparison.Ordinal) ? new[] { "x" } : new { type = "noop", payload = new { } };

        var problem = await (await SendAsync(ada, path, new string('k', 201), body)).ProblemAsync(HttpStatusCode.BadRequest, "invalid_field");

        Assert.Equal("Idempotency-Key", Assert.Single(problem["errors"]!.AsArray())!.Text("field"));
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string key, object? body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        return client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
