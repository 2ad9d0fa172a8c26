using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using DocsDurable;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Testing;

namespace Tasklane.TestHost.Tests;

/// <summary>The patterns of the public documentation of Durable Functions, in an app that knows nothing of this host.</summary>
public sealed class DurableTests
{
    private static readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fan_out_fan_in_is_started_over_HTTP_and_its_status_can_be_asked_for(bool ownProcess)
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(o => o.OwnProcess = ownProcess, Token);
        using var client = host.CreateClient();
        using var started = await client.PostAsync("/api/greetings/3", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        var links = await started.Content.ReadFromJsonAsync<JsonElement>(Token);

        var instance = await host.WaitForInstanceAsync(links.GetProperty("Id").GetString()!, cancellationToken: Token);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, instance.RuntimeStatus);
        Assert.Equal(["Hello Tokyo!", "Hello Seattle!", "Hello London!"], instance.ReadOutputAs<string[]>()!);

        var status = await client.GetFromJsonAsync<JsonElement>(links.GetProperty("StatusQueryGetUri").GetString(), Token);
        Assert.Equal("Completed", status.GetProperty("runtimeStatus").GetString());
        Assert.Equal("Hello Tokyo!", status.GetProperty("output")[0].GetString());
    }

    [Theory]
    [InlineData(true, "approved")]
    [InlineData(false, "rejected")]
    public async Task An_approval_is_answered_by_a_person(bool answer, string expected)
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(cancellationToken: Token);
        var id = await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("ApprovalWorkflow", Token);
        await host.DurableTaskClient.RaiseEventAsync(id, "ApprovalEvent", answer, Token);
        Assert.Equal(expected, (await host.WaitForInstanceAsync(id, cancellationToken: Token)).ReadOutputAs<string>());
    }

    [Fact]
    public async Task An_approval_nobody_answers_is_escalated_after_three_days_of_the_tests_clock()
    {
        var clock = new WatchedClock(_start);
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(o => o.TimeProvider = clock, Token);
        var id = await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("ApprovalWorkflow", Token);
        await clock.AdvanceToAsync(TimeSpan.FromHours(72), Token);
        var instance = await host.WaitForInstanceAsync(id, cancellationToken: Token);
        Assert.Equal("escalated", instance.ReadOutputAs<string>());
        Assert.Equal(_start.AddHours(72), instance.LastUpdatedAt);
    }

    [Fact]
    public async Task A_monitor_polls_until_its_job_is_done()
    {
        var clock = new WatchedClock(_start);
        var jobs = new Jobs("Running", "Running", "Completed");
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(
            o =>
            {
                o.TimeProvider = clock;
                o.ConfigureServices = services => services.AddSingleton<IJobs>(jobs);
            },
            Token);
        var id = await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync(
            "MonitorJob", new MonitorRequest("job-1", _start.UtcDateTime.AddHours(6), 30), Token);
        await clock.AdvanceToAsync(TimeSpan.FromMinutes(30), Token);
        await clock.AdvanceToAsync(TimeSpan.FromMinutes(30), Token);
        var instance = await host.WaitForInstanceAsync(id, cancellationToken: Token);
        Assert.Equal("Completed", instance.ReadOutputAs<string>());
        Assert.Equal(_start.AddHours(1), instance.LastUpdatedAt);
    }

    [Fact]
    public async Task An_eternal_orchestration_goes_on_until_it_is_terminated()
    {
        var clock = new WatchedClock(_start);
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(o => o.TimeProvider = clock, Token);
        var id = await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("PeriodicCleanup", 0, Token);
        for (var run = 0; run < 3; run++)
            await clock.AdvanceToAsync(TimeSpan.FromHours(1), Token);
        await host.DurableTaskClient.TerminateInstanceAsync(id, "enough", Token);
        var instance = await host.WaitForInstanceAsync(id, cancellationToken: Token);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, instance.RuntimeStatus);
        Assert.True(instance.ReadInputAs<int>() >= 2);
    }

    [Fact]
    public async Task A_counter_is_signalled_over_HTTP_and_called_by_an_orchestration()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(cancellationToken: Token);
        using var client = host.CreateClient();
        using var signalled = await client.PostAsync("/api/counters/k/5", null, Token);
        Assert.Equal(HttpStatusCode.Accepted, signalled.StatusCode);
        var id = await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("CountTwice", "k", Token);
        Assert.Equal(7, (await host.WaitForInstanceAsync(id, cancellationToken: Token)).ReadOutputAs<int>());
        Assert.Equal("7", await client.GetStringAsync("/api/counters/k", Token));
        using var unknown = await client.GetAsync("/api/counters/other", Token);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task Waiting_in_vain_says_what_state_the_orchestration_is_in()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(cancellationToken: Token);
        var id = await host.DurableTaskClient.ScheduleNewOrchestrationInstanceAsync("ApprovalWorkflow", Token);
        await host.DurableTaskClient.WaitForInstanceStartAsync(id, Token);
        var error = await Assert.ThrowsAsync<TimeoutException>(() => host.WaitForInstanceAsync(id, TimeSpan.FromMilliseconds(1), Token));
        Assert.Equal($"'{id}' has not ended within 0 s: it is Running.", error.Message);
    }

    [Fact]
    public async Task An_orchestrator_is_not_run_by_its_name_alone()
    {
        await using var host = await FunctionsTestHost.StartAsync<Greeter>(cancellationToken: Token);
        var error = await Assert.ThrowsAsync<ArgumentException>(() => host.InvokeAsync("GreetCities", 3, Token));
        Assert.StartsWith("'GreetCities' runs in turns", error.Message, StringComparison.Ordinal);
    }

    private sealed class Jobs(params string[] states) : IJobs
    {
        private int _asked;

        public string StatusOf(string jobId) => states[Math.Min(_asked++, states.Length - 1)];
    }
}
