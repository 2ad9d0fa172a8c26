using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Nodes;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Testing;
using Tasklane.Functions.Tests.Http;
using Tasklane.Functions.Tests.Scenarios;
using Tasklane.Stores.Sql;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Functions.Tests.Pipeline;

public sealed class PurgeTests : IAsyncLifetime
{
    private readonly Testbed.TempDirectory _data = new();
    private readonly AgedStore.Plan _plan = new();
    private FunctionsTestHost _host = null!;
    private HttpClient _http = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await TestApp.HostAsync(
            new Dictionary<string, string> { ["Tasklane__Sqlite"] = Path.Combine(_data.Path, "tasks.db") }, _data.Path, Token,
            options =>
            {
                options.OwnProcess = false;
                options.ConfigureServices = services => services.AddSingleton(provider =>
                    AgedStore.Over(provider.GetRequiredService<SqlStores>().Tasks, _plan));
            });
        _http = _host.CreateClient();
        var signedIn = await _http.PostAsJsonAsync("/.auth/login/dev", new { user = "ada" }, Token);
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer", (await signedIn.Content.ReadFromJsonAsync<JsonNode>(Token))!.Text("token"));
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
        _data.Dispose();
    }

    [Fact]
    public async Task Purge_meets_an_orchestration_that_runs_it_is_ended_and_purged_with_its_task_the_next_time()
    {
        var running = await _http.CreateAsync("sleep", new { seconds = 300 });
        var instance = await InstanceOfAsync(running);
        var ended = await EndedAsync();
        _plan.Listed.Add(new PurgeableTask(running.Id(), 0));

        await PurgeAsync();

        Assert.Null(await _host.DurableTaskClient.GetInstanceAsync($"{ended}-0", Token));
        Assert.Equal([ended], _plan.Purged);
        var left = await _host.DurableTaskClient.WaitForInstanceCompletionAsync(instance, Token);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, left.RuntimeStatus);
        await OpenOrchestrations.AssertNoneAsync(_host);

        await PurgeAsync();

        Assert.Null(await _host.DurableTaskClient.GetInstanceAsync(instance, Token));
        Assert.Equal([ended, running.Id()], _plan.Purged);
    }

    [Fact]
    public async Task Purge_that_dies_in_the_middle_has_purged_no_row_whose_orchestration_is_left()
    {
        var ended = await EndedAsync();
        _plan.Dies = true;
        await Record.ExceptionAsync(PurgeAsync);

        Assert.Null(await _host.DurableTaskClient.GetInstanceAsync($"{ended}-0", Token));
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync($"/api/tasks/{ended}", Token)).StatusCode);

        _plan.Dies = false;
        await PurgeAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync($"/api/tasks/{ended}", Token)).StatusCode);
    }

    private Task PurgeAsync() => _host.InvokeAsync("Purge", cancellationToken: Token);

    private async Task<string> EndedAsync()
    {
        var task = await _http.CreateAsync("noop", new { });
        await _host.WaitForInstanceAsync(await InstanceOfAsync(task), cancellationToken: Token);
        return task.Id();
    }

    private async Task<string> InstanceOfAsync(JsonNode task)
    {
        while (true)
        {
            await foreach (var instance in _host.DurableTaskClient.GetAllInstancesAsync())
            {
                if (instance.InstanceId.StartsWith(task.Id() + "-", StringComparison.Ordinal))
                    return instance.InstanceId;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Token);
        }
    }

    /// <summary>A real store, to whose purge every task is past its retention.</summary>
    public class AgedStore : DispatchProxy
    {
        private ITaskStore? _store;
        private Plan? _plan;

        public sealed class Plan
        {
            /// <summary>Found purgeable although they have not ended.</summary>
            public List<PurgeableTask> Listed { get; } = [];

            /// <summary>Tasks that were to be purged, by their ids.</summary>
            public List<string> Purged { get; } = [];

            public bool Dies { get; set; }
        }

        public static ITaskStore Over(ITaskStore store, Plan plan)
        {
            var proxy = Create<ITaskStore, AgedStore>();
            (((AgedStore)(object)proxy)._store, ((AgedStore)(object)proxy)._plan) = (store, plan);
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.Name switch
        {
            nameof(ITaskStore.ListPurgeableAsync) => ListAsync((DateTimeOffset)args![0]!, (int)args[1]!),
            nameof(ITaskStore.PurgeAsync) => PurgeAsync((IReadOnlyList<PurgeableTask>)args![0]!, (DateTimeOffset)args[1]!),
            _ => targetMethod.Invoke(_store, args),
        };

        private async Task<IReadOnlyList<PurgeableTask>> ListAsync(DateTimeOffset endedBefore, int limit) =>
            [.. _plan!.Listed.Where(task => !_plan.Purged.Contains(task.Id)), .. await _store!.ListPurgeableAsync(endedBefore.AddDays(2), limit, Token)];

        private Task<int> PurgeAsync(IReadOnlyList<PurgeableTask> tasks, DateTimeOffset endedBefore)
        {
            if (_plan!.Dies) throw new InvalidOperationException("The process dies here.");
            _plan.Purged.AddRange(tasks.Select(task => task.Id));
            return _store!.PurgeAsync(tasks, endedBefore.AddDays(2), Token);
        }
    }
}
