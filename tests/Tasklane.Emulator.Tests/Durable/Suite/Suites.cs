using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Tests.Durable.Suite;

public abstract class AppSuite(SuiteHost host) : DurableSuite(host)
{
    // The Functions host knows its app's orchestrators, so its client is refused at once.
    [Fact]
    public override async Task An_unknown_orchestrator_fails()
    {
        var refused = await Assert.ThrowsAsync<ArgumentException>(() => RunAsync("SuiteNobody"));

        Assert.Contains("'SuiteNobody' doesn't exist", refused.Message, StringComparison.Ordinal);
    }
}

public sealed class FunctionsSuite(FunctionsSuiteHost host) : AppSuite(host), IClassFixture<FunctionsSuiteHost>
{
}

public sealed class OwnProcessSuite(OwnProcessSuiteHost host) : AppSuite(host), IClassFixture<OwnProcessSuiteHost>
{
}

public sealed class PortableSuite(PortableSuiteHost host) : DurableSuite(host), IClassFixture<PortableSuiteHost>
{
}

/// <summary>What Microsoft's host for tests does differently; it is made for orchestrations only.</summary>
public sealed class ReferenceSuite(ReferenceSuiteHost host) : DurableSuite(host), IClassFixture<ReferenceSuiteHost>
{
    // It has no clock but the machine's, so it cannot pass four days.
    [Fact]
    public override async Task A_timer_of_four_days_passes_by_the_hosts_clock()
    {
        await Client.ScheduleNewOrchestrationInstanceAsync("SuiteSleep", TimeSpan.FromDays(4), new StartOrchestrationOptions(Id), Token);

        var started = await Client.WaitForInstanceStartAsync(Id, Token);
        Assert.Equal(OrchestrationRuntimeStatus.Running, started.RuntimeStatus);
    }

    // It does not know how to rewind.
    [Fact]
    public override async Task A_rewound_orchestration_runs_its_failed_step_again()
    {
        await RunAsync("SuiteMend");

        await Assert.ThrowsAnyAsync<Exception>(() => Client.RewindInstanceAsync(Id, "mended", Token));
    }

    // It starts at once whatever the time.
    [Fact]
    public override async Task A_start_in_the_future_waits()
    {
        var at = TimeProvider.System.GetUtcNow().AddHours(1);
        await Client.ScheduleNewOrchestrationInstanceAsync("SuiteVersion", null, new StartOrchestrationOptions(Id, at), Token);

        Assert.True((await EndAsync(Id)).LastUpdatedAt < at);
    }

    // It terminates the one instance, recursive or not.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public override async Task A_recursive_termination_takes_sub_orchestrations_with_it(bool recursive)
    {
        await StartWaitingAsync("SuiteNest");
        await UntilAsync($"{Id}-child", one => one.SerializedCustomStatus is not null);
        await Client.TerminateInstanceAsync(Id, new TerminateInstanceOptions(Recursive: recursive), Token);
        await EndAsync(Id);

        Assert.Equal(OrchestrationRuntimeStatus.Running, (await Client.GetInstanceAsync($"{Id}-child", Token))!.RuntimeStatus);
    }

    // It answers an empty history, of an ended instance too.
    [Fact]
    public override async Task A_history_tells_every_step()
    {
        await RunAsync("SuiteChain", 1);

        Assert.Empty(await Client.GetOrchestrationHistoryAsync(Id, Token));
    }

    // It has no entities: the client refuses, and so does an orchestrator that asks for one.
    [Fact]
    public override Task A_clients_signals_change_the_state() => AssertNoEntitiesAsync();

    [Fact]
    public override Task A_deleted_entity_is_gone() => AssertNoEntitiesAsync();

    [Fact]
    public override Task Entities_are_listed_with_their_state() => AssertNoEntitiesAsync();

    [Fact]
    public override Task An_orchestration_signals_and_calls_an_entity_in_order() => AssertNoEntitiesAsync("SuiteCount");

    [Fact]
    public override Task A_failed_operation_fails_its_call() => AssertNoEntitiesAsync("SuiteCountWrong");

    [Fact]
    public override Task Two_orchestrations_that_lock_the_same_two_entities_both_end() => AssertNoEntitiesAsync("SuiteMove", new[] { "a", "b" });

    private async Task AssertNoEntitiesAsync()
    {
        var refused = await Assert.ThrowsAsync<NotSupportedException>(async () => await Client.Entities.GetEntityAsync(new("SuiteAccount", Id), Token));
        Assert.Contains("entities are disabled", refused.Message, StringComparison.Ordinal);
    }

    private async Task AssertNoEntitiesAsync(string orchestrator, object? input = null)
    {
        var ended = await RunAsync(orchestrator, input);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("entities are disabled", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }
}
