using System.Net;
using System.Net.Http.Json;
using System.Text;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>Who may see what.</summary>
public sealed class OwnershipTests(AppFixture app) : AppTests(app)
{
    [Theory]
    [InlineData("GET", "/api/tasks")]
    [InlineData("POST", "/api/tasks")]
    [InlineData("GET", "/api/tasks/types")]
    [InlineData("GET", "/api/tasks/0123456789abcdef0123456789abcdef")]
    [InlineData("GET", "/api/v1/queue/stats")]
    [InlineData("POST", "/api/logs")]
    [InlineData("POST", "/api/negotiate")]
    [InlineData("GET", "/api/nothing")]
    public async Task Without_a_sign_in_everything_is_401(string method, string path)
    {
        using var nobody = Anonymous();
        await (await nobody.SendAsync(new HttpRequestMessage(new HttpMethod(method), path))).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task A_forged_principal_is_nobody()
    {
        using var forger = Anonymous();
        forger.DefaultRequestHeaders.Add("X-MS-CLIENT-PRINCIPAL-ID", "root");
        forger.DefaultRequestHeaders.Add("X-MS-CLIENT-PRINCIPAL", Convert.ToBase64String(Encoding.UTF8.GetBytes("""{"claims":[{"typ":"roles","val":"admin"}]}""")));
        await (await forger.GetAsync("/api/tasks?owner=all")).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");

        var ada = await SignInAsync();
        ada.DefaultRequestHeaders.Add("X-MS-CLIENT-PRINCIPAL-ID", "root");
        Assert.NotEqual("root", (await ada.CreateAsync("noop", new { })).Text("createdBy"));
        await (await ada.GetAsync("/api/tasks?owner=all")).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task Another_users_task_is_not_found_whatever_is_asked_of_it()
    {
        var (ada, bob) = (await SignInAsync(), await SignInAsync());
        var id = (await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 })).Id();

        foreach (var path in new[] { "", "/logs", "/events", "/file" })
            await (await bob.GetAsync($"/api/tasks/{id}{path}")).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
        await (await bob.DeleteAsync($"/api/tasks/{id}")).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
        await (await bob.PostAsync($"/api/tasks/{id}/cancel", null)).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
        await (await bob.PostAsync($"/api/tasks/{id}/retry", null)).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
        await (await bob.GetAsync($"/api/tasks/{id}?owner=all")).ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
        Assert.Equal(0, (await bob.GetJsonAsync("/api/tasks"))["total"]!.GetValue<long>());
        Assert.Equal("pending", (await ada.GetJsonAsync($"/api/tasks/{id}")).Text("status"));
    }

    [Fact]
    public async Task An_admin_meets_others_tasks_only_when_asking_for_them()
    {
        var (ada, admin) = (await SignInAsync(), await SignInAsync("admin"));
        var task = await ada.CreateAsync("noop", new { }, new { delaySeconds = 1000 });
        var (id, owner) = (task.Id(), task.Text("createdBy"));

        await (await admin.GetAsync($"/api/tasks/{id}")).ProblemAsync(HttpStatusCode.NotFound, "task_not_found");
        Assert.Equal(owner, (await admin.GetJsonAsync($"/api/tasks/{id}?owner=all")).Text("createdBy"));
        Assert.Equal(1, (await admin.GetJsonAsync($"/api/tasks?owner={owner}"))["total"]!.GetValue<long>());
        Assert.Equal(0, (await admin.GetJsonAsync("/api/tasks?owner=me"))["total"]!.GetValue<long>());
        Assert.True((await admin.GetJsonAsync("/api/tasks?owner=all"))["total"]!.GetValue<long>() >= 1);
        Assert.Equal(HttpStatusCode.OK, (await admin.DeleteAsync($"/api/tasks/{id}?owner=all")).StatusCode);
    }
}
