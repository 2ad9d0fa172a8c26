using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tasklane.Emulator.Testing;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Functions.Tests.Http;

/// <summary>What callers are told when the service itself is in trouble.</summary>
public sealed class FailureTests
{
    [Fact]
    public async Task A_store_that_is_away_is_503_with_a_time_to_come_back_and_the_health_says_so()
    {
        await using var host = await StartAsync(new TaskException(TaskErrors.StoreUnavailable, "connection to 10.1.2.3 refused"));
        var ada = await SignInAsync(host);

        var answer = await ada.PostAsJsonAsync("/api/tasks", new { type = "noop", payload = new { } });

        var problem = await answer.ProblemAsync(HttpStatusCode.ServiceUnavailable, "store_unavailable");
        Assert.NotNull(answer.Headers.RetryAfter);
        Assert.DoesNotContain("10.1.2.3", problem.ToJsonString(), StringComparison.Ordinal);
        var health = await ada.GetAsync("/api/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        var store = (await health.JsonAsync())["dependencies"]!.AsArray().Single(one => one!.Text("name") == "store")!;
        Assert.Equal("unhealthy", store.Text("status"));
        Assert.Equal(HttpStatusCode.OK, (await ada.GetAsync("/api/health/live")).StatusCode);
    }

    [Fact]
    public async Task What_nobody_foresaw_is_500_and_tells_nothing_but_where_to_look()
    {
        await using var host = await StartAsync(new InvalidOperationException("password=hunter2"));
        var ada = await SignInAsync(host);

        var problem = await (await ada.GetAsync("/api/tasks")).ProblemAsync(HttpStatusCode.InternalServerError, "internal_error");

        Assert.DoesNotContain("hunter2", problem.ToJsonString(), StringComparison.Ordinal);
        Assert.Matches("trace id [0-9a-f-]{32,36}", problem.Text("detail"));
    }

    // Replacing a service reaches into the worker, so this one runs in this process whatever the others do.
    private static Task<FunctionsTestHost> StartAsync(Exception failure) => TestApp.HostAsync(
        new Dictionary<string, string> { ["Tasklane__Sqlite"] = Path.Combine(Path.GetTempPath(), "never-made.db") },
        Directory.CreateTempSubdirectory("tasklane-failing-").FullName,
        TestContext.Current.CancellationToken,
        options =>
        {
            options.OwnProcess = false;
            options.ConfigureServices = services => services.Replace(ServiceDescriptor.Singleton(FailingStore.With(failure)));
        });

    private static async Task<HttpClient> SignInAsync(FunctionsTestHost host)
    {
        var client = host.CreateClient();
        var answer = await client.PostAsJsonAsync("/.auth/login/aad", new { user = "ada" });
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A store that starts and then fails whatever is asked of it.</summary>
    public class FailingStore : DispatchProxy
    {
        private Exception? _failure;

        public static ITaskStore With(Exception failure)
        {
            var store = Create<ITaskStore, FailingStore>();
            ((FailingStore)(object)store)._failure = failure;
            return store;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(ITaskStore.InitializeAsync) ? Task.CompletedTask : throw _failure!;
    }
}
