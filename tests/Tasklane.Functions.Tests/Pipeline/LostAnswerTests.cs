using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Functions.Tests.Http;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Stores.Sql;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Functions.Tests.Pipeline;

/// <summary>The store writes how an attempt ended, and the worker does not hear of it.</summary>
public sealed class LostAnswerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The sweep repairs nothing within the test: it looks for what is a grant's time overdue.</summary>
    [Theory]
    [InlineData(nameof(ITaskStore.CompleteAsync))]
    [InlineData(nameof(ITaskStore.BackOffAsync))]
    public async Task An_end_that_was_written_is_found_and_the_task_goes_on(string lost)
    {
        using var data = new Testbed.TempDirectory();
        await using var host = await TestApp.HostAsync(
            new Dictionary<string, string>
            {
                ["Tasklane__Sqlite"] = Path.Combine(data.Path, "tasks.db"),
                ["Tasklane__GrantSeconds"] = "300",
            },
            data.Path, Token,
            options =>
            {
                options.OwnProcess = false;
                options.ConfigureServices = services => services.AddSingleton(provider =>
                    LosingStore.Over(provider.GetRequiredService<SqlStores>().Tasks, lost));
            });
        using var http = host.CreateClient();
        var signedIn = await http.PostAsJsonAsync("/.auth/login/dev", new { user = "ada" }, Token);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", (await signedIn.Content.ReadFromJsonAsync<JsonNode>(Token))!.Text("token"));

        var task = await http.CreateAsync("sleep", new { seconds = 0, failTimes = 1 }, new { maxRetries = 1, backoff = new { kind = "fixed", delaySeconds = 0.1 } });
        var instance = TaskIds.InstanceOf(task.Id(), 0);
        var orchestration = await host.DurableTaskClient.WaitForInstanceCompletionAsync(instance, Token);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, orchestration.RuntimeStatus);
        var ended = (await http.GetFromJsonAsync<JsonNode>($"/api/tasks/{task.Id()}", Token))!;
        Assert.Equal("completed", ended.Text("status"));
        Assert.Equal(1, ended["retryCount"]!.GetValue<int>());
    }

    /// <summary>A real store whose answer to the first call of one kind gets lost.</summary>
    public class LosingStore : DispatchProxy
    {
        private ITaskStore? _store;
        private string? _lost;

        public static ITaskStore Over(ITaskStore store, string lost)
        {
            var proxy = Create<ITaskStore, LosingStore>();
            (((LosingStore)(object)proxy)._store, ((LosingStore)(object)proxy)._lost) = (store, lost);
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            var answer = targetMethod!.Invoke(_store, args);
            if (targetMethod.Name != _lost)
                return answer;
            _lost = null;
            return LoseAsync((Task<Ended>)answer!);
        }

        private static async Task<Ended> LoseAsync(Task<Ended> answer)
        {
            await answer;
            throw new TaskException(TaskErrors.OutcomeUnknown, "The answer got lost.");
        }
    }
}
