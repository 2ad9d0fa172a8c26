using System.Net;
using System.Net.Http.Json;

namespace Tasklane.Functions.Tests.Http;

/// <summary>What each role may see and do of what belongs to others.</summary>
public sealed class RoleTests(AppFixture app) : AppTests(app)
{
    [Theory]
    [InlineData("", false, false)]
    [InlineData("viewer", true, false)]
    [InlineData("operator", true, true)]
    [InlineData("admin", true, true)]
    public async Task Others_tasks_are_seen_by_viewers_and_changed_by_operators(string role, bool sees, bool acts)
    {
        var ada = await SignInAsync();
        var caller = await SignInAsync(role.Length == 0 ? [] : [role]);
        var id = (await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 })).Id();

        foreach (var path in new[]
        {
            $"/api/tasks/{id}?owner=all", "/api/tasks?owner=all", $"/api/tasks/{id}/logs?owner=all", $"/api/tasks/{id}/children?owner=all", "/api/schedules?owner=all",
            "/api/v1/queue/tasks?owner=all", "/api/admin/tasks", $"/api/admin/tasks/{id}", $"/api/admin/tasks/{id}/logs", "/api/live/pass",
        })
        {
            using var answer = await caller.GetAsync(path);
            Assert.True(answer.StatusCode == (sees ? HttpStatusCode.OK : HttpStatusCode.Forbidden), $"{role} is told {answer.StatusCode} by {path}.");
        }

        await AllowsAsync(acts, await caller.PostAsync($"/api/tasks/{id}/cancel?owner=all", null));
        await AllowsAsync(acts, await caller.PostAsync($"/api/tasks/{id}/retry?owner=all", null));
        await AllowsAsync(acts, await caller.PostAsync($"/api/admin/tasks/{id}/cancel", null));
        await AllowsAsync(acts, await caller.PostAsync($"/api/admin/tasks/{id}/retry", null));
        await AllowsAsync(acts, await caller.DeleteAsync($"/api/admin/tasks/{id}"));
        await AllowsAsync(acts, await caller.PostAsJsonAsync("/api/tasks/bulk", new { action = "cancel", filter = new { owner = "all", tag = "nobody-has-it" } }));
        await AllowsAsync(role == "admin", await caller.PostAsJsonAsync("/api/admin/tasks", new { taskType = "noop", @params = new { }, delaySeconds = 1000 }));
        // Everybody has tasks of their own.
        var own = (await caller.CreateAsync("noop", new { })).Id();
        Assert.Equal("completed", (await caller.EndAsync(own)).Text("status"));
        await caller.PostAsJsonAsync("/api/tasks/bulk", new { action = "cancel", filter = new { owner = "me", status = "pending" } });
        await ada.DeleteAsync($"/api/tasks/{id}");
    }

    private static async Task AllowsAsync(bool expected, HttpResponseMessage answer)
    {
        using (answer)
        {
            if (expected)
                // The task may have gone on meanwhile: then what is asked of it is a conflict, but nobody is forbidden to ask.
                Assert.True(answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Conflict, $"{answer.RequestMessage!.RequestUri} answered {answer.StatusCode}.");
            else
                await answer.ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        }
    }
}
