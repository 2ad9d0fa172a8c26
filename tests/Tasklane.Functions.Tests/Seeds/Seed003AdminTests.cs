using System.Net;
using System.Net.Http.Json;
using Tasklane.Functions.Tests.Http;
using Xunit;

namespace Tasklane.Functions.Tests.Seeds;

/// <summary>The admin's routes, with the shapes of the document.</summary>
public sealed class Seed003AdminTests(AppFixture app) : AppTests(app)
{
    [Fact]
    public async Task The_list_has_everybodys_tasks_in_the_documents_shape()
    {
        var ada = await SignInAsync();
        var admin = await SignInAsync("admin");
        var id = (await ada.CreateAsync("sleep", new { seconds = 0.01 }, new { tags = new[] { "seed-003" } })).Id();
        await ada.EndAsync(id);

        var list = await admin.GetJsonAsync("/api/admin/tasks?tag=seed-003&page=1");

        Assert.Equal((1, 1), (list["total"]!.GetValue<int>(), list["page"]!.GetValue<int>()));
        var task = list["tasks"]![0]!;
        Assert.Equal((id, "sleep", "completed"), (task.Text("taskId"), task.Text("taskType"), task.Text("status")));
        Assert.Equal(100, task["percent"]!.GetValue<double>());
        Assert.Equal(task["total"]!.GetValue<long>(), task["progress"]!.GetValue<long>());
        Assert.All((string[])["createdAt", "startedAt"], name => Assert.EndsWith("Z", task.Text(name), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Details_have_params_error_and_retries()
    {
        var ada = await SignInAsync();
        var admin = await SignInAsync("admin");
        var answer = await admin.PostAsJsonAsync("/api/admin/tasks", new { taskType = "sleep", @params = new { seconds = 0.01, failTimes = 1 }, maxRetries = 0 });
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var id = (await answer.JsonAsync()).Text("taskId");
        Assert.Equal($"/api/admin/tasks/{id}", answer.Headers.Location?.ToString());
        await admin.EndAsync(id);

        var task = await admin.GetJsonAsync($"/api/admin/tasks/{id}");

        Assert.Equal("""{"seconds":0.01,"failTimes":1}""", task["params"]!.ToJsonString());
        Assert.Equal(("failed", 0), (task.Text("status"), task["retryCount"]!.GetValue<int>()));
        Assert.NotEmpty(task.Text("error"));
        await (await ada.GetAsync($"/api/admin/tasks/{id}")).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task A_running_task_of_somebody_else_is_cancelled_and_its_log_read()
    {
        var ada = await SignInAsync();
        var admin = await SignInAsync("admin");
        var id = (await ada.CreateAsync("sleep", new { seconds = 1000 })).Id();
        await ada.UntilAsync(id, task => task.Text("status") == "running");

        var cancel = await admin.PostAsync($"/api/admin/tasks/{id}/cancel", null);

        Assert.Equal(HttpStatusCode.Accepted, cancel.StatusCode);
        await ada.EndAsync(id);
        Assert.Equal("cancelled", (await admin.GetJsonAsync($"/api/admin/tasks/{id}")).Text("status"));
        var logs = await admin.GetJsonAsync($"/api/admin/tasks/{id}/logs");
        Assert.Equal(1, logs["page"]!.GetValue<int>());
        Assert.All(logs["logs"]!.AsArray(), line => Assert.Contains(line!.Text("level"), (string[])["DEBUG", "INFO", "WARNING", "ERROR"]));
        Assert.Equal(HttpStatusCode.Accepted, (await admin.PostAsync($"/api/admin/tasks/{id}/retry", null)).StatusCode);
        await ada.UntilAsync(id, task => task.Text("status") == "running");
        await (await admin.DeleteAsync($"/api/admin/tasks/{id}")).ProblemAsync(HttpStatusCode.Conflict, "task_running");
        await admin.PostAsync($"/api/admin/tasks/{id}/cancel", null);
        await ada.EndAsync(id);
    }

    [Fact]
    public async Task Every_admin_route_needs_the_role()
    {
        var ada = await SignInAsync();
        var id = (await ada.CreateAsync("noop", new { })).Id();
        await ada.EndAsync(id);

        foreach (var (method, path) in ((HttpMethod, string)[])
        [
            (HttpMethod.Get, ""), (HttpMethod.Post, ""), (HttpMethod.Get, $"/{id}"), (HttpMethod.Delete, $"/{id}"),
            (HttpMethod.Post, $"/{id}/cancel"), (HttpMethod.Post, $"/{id}/retry"), (HttpMethod.Get, $"/{id}/logs"),
        ])
        {
            var answer = await ada.SendAsync(new HttpRequestMessage(method, $"/api/admin/tasks{path}"));
            await answer.ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        }
    }
}
