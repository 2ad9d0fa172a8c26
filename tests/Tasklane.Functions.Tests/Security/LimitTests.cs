using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using Tasklane.Functions.Tests.Http;
using Tasklane.Functions.Tests.Scenarios;
using Xunit;

namespace Tasklane.Functions.Tests.Security;

/// <summary>What one user may ask: so many requests a minute, so many tasks that wait.</summary>
public sealed class LimitTests : IAsyncLifetime
{
    private TestApp _app = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _app = await TestApp.StartAsync(null, ("Tasklane__Limits__RequestsPerMinute", "10"), ("Tasklane__Limits__PendingPerUser", "2"));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task A_user_who_asks_too_often_is_told_when_to_come_again_and_others_are_not_refused()
    {
        var ada = await _app.SignInAsync("ada");
        var bob = await _app.SignInAsync("bob");
        var admin = await _app.SignInAsync("carol", "admin");

        var first = await ada.Http.GetAsync("/api/tasks", Token);
        Assert.Equal("\"user\";q=10;w=60", first.Headers.GetValues("RateLimit-Policy").Single());
        Assert.StartsWith("\"user\";r=9;t=", first.Headers.GetValues("RateLimit").Single(), StringComparison.Ordinal);
        for (var i = 1; i < 10; i++)
            await ada.Http.GetAsync("/api/tasks", Token);
        var refused = await ada.Http.GetAsync("/api/tasks", Token);

        var problem = await refused.ProblemAsync(HttpStatusCode.TooManyRequests, "rate_limited");
        var wait = int.Parse(refused.Headers.GetValues("Retry-After").Single(), CultureInfo.InvariantCulture);
        Assert.InRange(wait, 1, 6);
        Assert.Contains($"{wait} s", problem.Text("detail"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await bob.Http.GetAsync("/api/tasks", Token)).StatusCode);
        for (var i = 0; i < 15; i++)
            Assert.Equal(HttpStatusCode.OK, (await admin.Http.GetAsync("/api/tasks", Token)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await ada.Http.GetAsync("/api/health", Token)).StatusCode);
    }

    [Fact]
    public async Task A_user_with_too_many_tasks_that_wait_makes_no_more()
    {
        var ada = await _app.SignInAsync("dora");
        var later = new { type = "noop", payload = new { }, delaySeconds = 1000 };
        var first = (await ada.Http.CreateAsync("noop", new { }, new { delaySeconds = 1000 })).Id();
        await ada.Http.CreateAsync("noop", new { }, new { delaySeconds = 1000 });

        var refused = await ada.Http.PostAsJsonAsync("/api/tasks", later, Token);
        await refused.ProblemAsync(HttpStatusCode.TooManyRequests, "backlog_full");
        Assert.NotEmpty(refused.Headers.GetValues("Retry-After"));
        await (await ada.Http.PostAsJsonAsync("/api/tasks/bulk", new { tasks = new[] { later, later } }, Token)).ProblemAsync(HttpStatusCode.TooManyRequests, "backlog_full");

        await ada.Http.DeleteAsync($"/api/tasks/{first}", Token);
        Assert.Equal(HttpStatusCode.Accepted, (await ada.Http.PostAsJsonAsync("/api/tasks", later, Token)).StatusCode);
    }
}
