using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Functions.Tests.Http;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Stores.Sql;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Functions.Tests.Pipeline;

public sealed class PurgeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Purge_meets_an_orchestration_that_runs_it_is_ended_and_the_others_are_forgotten()
    {
        var purged = new List<string>();
        using var data = new Testbed.TempDirectory();
        await using var host = await TestApp.HostAsync(
            new Dictionary<string, string> { ["Tasklane__Sqlite"] = Path.Combine(data.Path, "tasks.db") }, data.Path, Token,
            options =>
            {
                options.OwnProcess = false;
                options.ConfigureServices = services => services.AddSingleton(provider =>
                    PurgingStore.Over(provider.GetRequiredService<SqlStores>().Tasks, purged));
            });
        using var http = host.CreateClient();
        var signedIn = await http.PostAsJsonAsync("/.auth/login/dev", new { user = "ada" }, Token);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", (await signedIn.Content.ReadFromJsonAsync<JsonNode>(Token))!.Text("token"));
        var running = await InstanceOfAsync(await http.CreateAsync("sleep", new { seconds = 300 }));
        var ended = await InstanceOfAsync(await http.CreateAsync("noop", new { }));
        await host.WaitForInstanceAsync(ended, cancellationToken: Token);

        purged.AddRange([running, ended]);
        await host.InvokeAsync("Purge", cancellationToken: Token);

        Assert.Null(await host.DurableTaskClient.GetInstanceAsync(ended, Token));
        var left = await host.DurableTaskClient.WaitForInstanceCompletionAsync(running, Token);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, left.RuntimeStatus);
        await OpenOrchestrations.AssertNoneAsync(host);

        async Task<string> InstanceOfAsync(JsonNode task)
        {
            while (true)
            {
                await foreach (var instance in host.DurableTaskClient.GetAllInstancesAsync())
                {
                    if (instance.InstanceId.StartsWith(task.Id() + "-", StringComparison.Ordinal))
                        return instance.InstanceId;
                }

                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
            }
        }
    }

    /// <summary>A real store, but for the tasks that it says are past their retention.</summary>
    public class PurgingStore : DispatchProxy
    {
        private ITaskStore? _store;
        private List<string>? _purged;

        public static ITaskStore Over(ITaskStore store, List<string> purged)
        {
            var proxy = Create<ITaskStore, PurgingStore>();
            ((PurgingStore)(object)proxy)._store = store;
            ((PurgingStore)(object)proxy)._purged = purged;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            if (targetMethod!.Name != nameof(ITaskStore.PurgeAsync))
                return targetMethod.Invoke(_store, args);
            IReadOnlyList<string> purged = [.. _purged!];
            _purged!.Clear();
            return Task.FromResult(purged);
        }
    }
}
