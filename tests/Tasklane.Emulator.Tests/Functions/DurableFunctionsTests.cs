using System.Collections;
using System.Net;
using System.Reflection;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Tests.Http;
using Xunit;

namespace Tasklane.Emulator.Tests.Functions;

/// <summary>The patterns of Durable Functions through the real worker and extension.</summary>
public abstract class DurableFunctionsTests(bool ownProcess) : IAsyncLifetime
{
    private FunctionsTestHost _host = null!;

    internal static readonly string[] Names =
    [
        "DurableCounter", "DurableStart", "DurableWait", "DurableLinks", "Chain", "GreetByName", "FanOut", "Double", "Twice", "Approval", "Monitor",
        "CountTries", "CountUnderLock", "Parent", "Child", "Retried", "ThirdTime", "CallHttp", "CountTo", "WaitForGo", "Fail", "FailFirst",
        "SecondTime", "Shaped", "Grow", "Broken", "Break", "Quotes", "EchoCall", "SlowCall",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private DurableTaskClient Client => _host.DurableTaskClient;

    public async ValueTask InitializeAsync() =>
        _host = await WebHost.StartAsync(typeof(global::Probe.Program).Assembly, ownProcess, options => options.Functions = Names);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_http_function_starts_an_orchestration_and_waits_for_it()
    {
        using var http = _host.CreateClient();
        var id = await (await http.PostAsync("durable/start/Chain", null, Token)).Content.ReadAsStringAsync(Token);
        Assert.Equal($"\"hello ann of {id};hello ben of {id};{id}\"", await http.GetStringAsync($"durable/wait/{id}", Token));
        Assert.Contains(
            $"http://localhost:{_host.BaseAddress.Port}/runtime/webhooks/durabletask/instances/{id}",
            await http.GetStringAsync($"durable/links/{id}", Token),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_orchestrator_is_refused()
    {
        using var http = _host.CreateClient();
        using var response = await http.PostAsync("durable/start/Nobody", null, Token);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => Client.ScheduleNewOrchestrationInstanceAsync("Nobody", Token));
        Assert.Contains("'Nobody' doesn't exist", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activities_fan_out() => Assert.Equal(2450, await RunAsync<int>("FanOut", 50));

    [Fact]
    public async Task A_person_decides_or_the_time_is_up()
    {
        var decided = await Client.ScheduleNewOrchestrationInstanceAsync("Approval", TimeSpan.FromHours(1), Token);
        await Client.RaiseEventAsync(decided, "decided", true, Token);
        Assert.Equal("approved", (await EndAsync(decided)).ReadOutputAs<string>());
        Assert.Equal("escalated", await RunAsync<string>("Approval", TimeSpan.FromMilliseconds(5)));
    }

    [Fact]
    public async Task A_monitor_polls_and_says_how_often()
    {
        var ended = await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync("Monitor", Token));
        Assert.Equal(3, ended.ReadOutputAs<int>());
        Assert.Equal("""{"polls":3}""", ended.SerializedCustomStatus);
    }

    [Fact]
    public async Task A_locked_entity_is_one_orchestrations_at_a_time()
    {
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => RunAsync<int>("CountUnderLock", "k"))), step => Assert.Equal(1, step));
        var entity = await Client.Entities.GetEntityAsync(new EntityInstanceId("DurableCounter", "k"), Token);
        Assert.Equal("""{"Total":5}""", entity!.State.Value);
    }

    [Fact]
    public async Task A_parent_gets_its_childs_answer() => Assert.Equal("from the parent", await RunAsync<string>("Parent"));

    [Fact]
    public async Task A_failing_activity_is_tried_again() => Assert.Equal(3, await RunAsync<int>("Retried"));

    [Fact]
    public async Task Continue_as_new_begins_again() => Assert.Equal(5, await RunAsync<int>("CountTo", 1));

    [Fact]
    public async Task A_call_over_http_brings_back_the_answer()
    {
        var answer = await CallAsync(new
        {
            method = "PUT",
            uri = new Uri(_host.BaseAddress, "durable/echo"),
            content = "body",
            headers = new Dictionary<string, string[]> { ["x-question"] = ["why"], ["Content-Type"] = ["text/css"] },
        });
        Assert.Equal(201, answer.GetProperty("statusCode").GetInt32());
        Assert.Equal("text/css|body", answer.GetProperty("content").GetString());
        Assert.Equal("why", answer.GetProperty("headers").GetProperty("x-answer").GetString());
    }

    [Fact]
    public async Task Work_accepted_over_http_is_polled_until_it_is_done()
    {
        var key = Guid.NewGuid();
        var answer = await CallAsync(new { method = "POST", uri = new Uri(_host.BaseAddress, $"durable/slow/{key}"), polls = true });
        Assert.Contains($"GET /durable/slow/{key}", answer.GetProperty("content").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_nobody_answers_fails_and_a_managed_identity_is_refused_by_name()
    {
        var closed = await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync("CallHttp", new { method = "GET", uri = "http://127.0.0.1:1/" }, Token));
        Assert.Equal(OrchestrationRuntimeStatus.Failed, closed.RuntimeStatus);
        var token = await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync(
            "CallHttp",
            new { method = "GET", uri = _host.BaseAddress, identity = "https://vault.azure.net" },
            Token));
        Assert.Contains("managed identity", token.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inputs_are_read_in_any_case_and_written_in_pascal_case()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("Shaped", new { sides = 3, NAME = "triangle" }, Token);
        Assert.Equal("""{"Name":"TRIANGLE","Sides":4,"Kind":1}""", (await EndAsync(id)).SerializedOutput);
    }

    [Theory]
    [InlineData("Break", "System.InvalidTimeZoneException: bad day")]
    [InlineData("Quotes", "\"a\" {b} ä")]
    [InlineData("Nothing", "ActivityTaskNotFound: No activity task named 'Nothing' was found.")]
    public async Task An_activity_answers_fails_or_is_not_there(string activity, string expected) =>
        Assert.Contains(expected, await RunAsync<string>("Broken", activity), StringComparison.Ordinal);

    [Fact]
    public async Task A_failed_orchestration_is_rewound()
    {
        var id = await Client.ScheduleNewOrchestrationInstanceAsync("FailFirst", Token);
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await EndAsync(id)).RuntimeStatus);
        await Client.RewindInstanceAsync(id, "again", Token);
        Assert.Equal(2, (await EndAsync(id)).ReadOutputAs<int>());
    }

    private async Task<JsonElement> CallAsync(object request) =>
        JsonElement.Parse((await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync("CallHttp", request, Token))).SerializedOutput!);

    private async Task<T> RunAsync<T>(string name, object? input = null)
    {
        var ended = await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync(name, input, Token));
        Assert.True(ended.RuntimeStatus == OrchestrationRuntimeStatus.Completed, $"{ended.RuntimeStatus}: {ended.FailureDetails}");
        return ended.ReadOutputAs<T>()!;
    }

    private Task<OrchestrationMetadata> EndAsync(string id) => _host.WaitForInstanceAsync(id, TimeSpan.FromSeconds(60), Token);

    public sealed class InProcess() : DurableFunctionsTests(ownProcess: false)
    {
        [Fact]
        public async Task The_apps_client_stays_in_the_process()
        {
            using var http = _host.CreateClient();
            using var started = await http.PostAsync("durable/start/Chain", null, Token);
            started.EnsureSuccessStatusCode();

            // Under another key the extension would have made a second client, one that connects.
            var type = AppDomain.CurrentDomain.GetAssemblies()
                .Single(assembly => assembly.GetName().Name == "Microsoft.Azure.Functions.Worker.Extensions.DurableTask")
                .GetType("Microsoft.Azure.Functions.Worker.Extensions.DurableTask.FunctionsDurableClientProvider", throwOnError: true)!;
            var clients = (IDictionary)type.GetField("clients", BindingFlags.Instance | BindingFlags.NonPublic)!
                .GetValue(_host.Services.GetRequiredService(type))!;
            Assert.Single(clients);
        }
    }

    public sealed class OwnProcess() : DurableFunctionsTests(ownProcess: true);
}
