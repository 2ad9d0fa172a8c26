using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>Every method on every route: what there is, and what is said where there is nothing.</summary>
public sealed class MethodTests(AppFixture app) : AppTests(app)
{
    /// <summary>Of every function with a route, so that a new one cannot forget it.</summary>
    private static readonly (string Route, string[] Methods, bool IsAnonymous)[] Routes = [..
        from method in typeof(TaskService).Assembly.GetTypes().SelectMany(type => type.GetMethods())
        where method.IsDefined(typeof(FunctionAttribute))
        from parameter in method.GetParameters()
        let trigger = parameter.GetCustomAttribute<HttpTriggerAttribute>()
        where trigger is { Route: not null, Methods: not null } && !trigger!.Route!.Contains('*', StringComparison.Ordinal)
        let route = trigger!.Route!.Replace(":length(32)", "", StringComparison.Ordinal)
        group (Methods: trigger!.Methods!, IsAnonymous: method.IsDefined(typeof(AllowAnonymousAttribute))) by route into same
        select (same.Key, same.SelectMany(one => one.Methods).Select(name => name.ToUpperInvariant()).Distinct().Order(StringComparer.Ordinal).ToArray(), same.Any(one => one.IsAnonymous))];

    [Fact]
    public async Task Head_answers_as_get_does_without_the_body()
    {
        var ada = await SignInAsync("admin");
        var id = (await ada.EndAsync((await ada.CreateAsync("export", new { what = "logs" })).Id())).Id();
        var schedule = await ada.PostAsJsonAsync("/api/schedules", new { cron = "0 0 1 1 *", task = new { type = "noop", payload = new { } } });
        var scheduleId = (await schedule.JsonAsync()).Id();
        var fileId = (await (await ada.PostAsync("/api/files", new StringContent("a"))).JsonAsync()).Id();
        var tried = 0;
        foreach (var (route, methods, isAnonymous) in Routes.Where(one => one.Methods.Contains("GET")))
        {
            Assert.True(methods.Contains("HEAD"), route);
            foreach (var client in new[] { ada, Anonymous() })
            {
                var its = route.StartsWith("api/schedules/", StringComparison.Ordinal) ? scheduleId : route.StartsWith("api/files/", StringComparison.Ordinal) ? fileId : id;
                var path = $"/{route.Replace("{id}", its, StringComparison.Ordinal).Replace("{box}", "queue", StringComparison.Ordinal)}";
                if (route == "api/schedules/preview")
                    path += "?cron=0+0+*+*+*";
                var get = await client.GetAsync(path);
                var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));

                Assert.True(get.StatusCode == head.StatusCode, $"{path}: {get.StatusCode}, {head.StatusCode}");
                Assert.Equal(client == ada || isAnonymous ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, head.StatusCode);
                Assert.Equal(get.Content.Headers.ContentType?.ToString(), head.Content.Headers.ContentType?.ToString());
                Assert.Equal(get.Headers.ETag, head.Headers.ETag);
                Assert.NotNull(head.Content.Headers.ContentLength);
                Assert.Empty(await head.Content.ReadAsByteArrayAsync());
                tried++;
            }
        }
        Assert.True(tried >= 22, $"{tried}");
    }

    [Theory]
    [InlineData("OPTIONS")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    public async Task A_method_that_a_route_has_not_is_a_problem_with_those_it_has(string method)
    {
        using var nobody = Anonymous();
        foreach (var (route, methods, _) in Routes.Where(one => !one.Methods.Contains(method)))
        {
            var path = $"/{route.Replace("{id}", new string('0', 32), StringComparison.Ordinal)}";
            var answer = await nobody.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

            await answer.ProblemAsync(HttpStatusCode.MethodNotAllowed, "method_not_allowed");
            Assert.Equal(methods, answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
        }
        await (await nobody.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/api/nothing"))).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        var ada = await SignInAsync();
        await (await ada.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/api/nothing"))).ProblemAsync(HttpStatusCode.NotFound, "route_not_found");
    }

    [Fact]
    public async Task Whether_a_task_is_there_is_not_told_to_anybody()
    {
        using var nobody = Anonymous();
        await (await nobody.GetAsync("/api/tasks/42")).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        await (await nobody.GetAsync($"/api/tasks/{new string('0', 32)}")).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }
}
