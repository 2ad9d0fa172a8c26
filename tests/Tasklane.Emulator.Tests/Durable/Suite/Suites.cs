using Grpc.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Probe;

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

    // No version of the app is older than any of an orchestration.
    [Fact]
    public async Task An_app_without_a_version_runs_no_orchestration_that_has_one()
    {
        await using var app = await Host.StartAsync(new SuiteSettings(Versions: new SuiteVersions(null, "CurrentOrOlder", "Fail")));
        await app.Client.ScheduleNewOrchestrationInstanceAsync(
            "SuiteVersion", null, new StartOrchestrationOptions(Id) { Version = new TaskVersion("0.1") }, Token);

        var ended = await app.Client.WaitForInstanceCompletionAsync(Id, getInputsAndOutputs: true, Token);
        Assert.Equal("VersionMismatch", ended.FailureDetails!.ErrorType);
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
    // The SDK's worker takes such an input or event, and sends no action of that size.
    [Fact]
    public override async Task A_payload_of_five_megabytes_goes_through() => AssertTooLarge(await RunAsync("SuiteEcho", new string('x', 5 << 20)));

    [Fact]
    public override async Task A_large_event_reaches_its_orchestration()
    {
        await StartWaitingAsync();
        await Client.RaiseEventAsync(Id, "go", new string('x', 5 << 20), Token);

        AssertTooLarge(await EndAsync(Id));
    }

    private static void AssertTooLarge(OrchestrationMetadata ended)
    {
        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("exceeds the 3.90MB limit", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }
}

/// <summary>What Microsoft's host for tests does differently; it is made for orchestrations only.</summary>
public sealed class ReferenceSuite(ReferenceSuiteHost host) : DurableSuite(host), IClassFixture<ReferenceSuiteHost>
{
    // It purges the one instance, recursive or not.
    protected override bool PurgesRecursively => false;

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

    [Fact]
    public override async Task A_rewind_goes_down_to_the_step_that_failed_and_repeats_nothing_else()
    {
        await RunAsync("SuiteMendDeep", 2);

        await Assert.ThrowsAnyAsync<Exception>(() => Client.RewindInstanceAsync(Id, "mended", Token));
    }

    // Its tokens are positions, which an instance that is started in between moves: one is told twice.
    [Fact]
    public override async Task A_query_goes_on_from_a_token_of_an_earlier_one()
    {
        for (var i = 0; i < 3; i++)
            await RunAsync("SuiteVersion", null, $"{Id}-{i}");
        var query = new OrchestrationQuery(InstanceIdPrefix: Id, PageSize: 2);
        var first = await Client.GetAllInstancesAsync(query).AsPages().FirstAsync(Token);

        var rest = await Client.GetAllInstancesAsync(query with { ContinuationToken = first.ContinuationToken }).ToListAsync(Token);

        Assert.Equal(3, first.Values.Concat(rest).DistinctBy(one => one.InstanceId).Count());
    }

    // Its server takes no message over 4 MB.
    [Fact]
    public override Task A_payload_of_five_megabytes_goes_through() => AssertTooLargeAsync(() => RunAsync("SuiteEcho", new string('x', 5 << 20)));

    [Fact]
    public override async Task A_large_event_reaches_its_orchestration()
    {
        await StartWaitingAsync();

        await AssertTooLargeAsync(() => Client.RaiseEventAsync(Id, "go", new string('x', 5 << 20), Token));
    }

    [Fact]
    public override async Task A_recursive_termination_reaches_every_branch()
    {
        await Client.ScheduleNewOrchestrationInstanceAsync("SuiteTree", new SuiteBranch(1, Waits: true), new(Id), Token);
        await UntilAsync($"{Id}.1", one => one.SerializedCustomStatus is not null);

        await Client.TerminateInstanceAsync(Id, new TerminateInstanceOptions("felled", Recursive: true), Token);

        await EndAsync(Id);
        Assert.Equal(OrchestrationRuntimeStatus.Running, (await Client.GetInstanceAsync($"{Id}.1", Token))!.RuntimeStatus);
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

    [Fact]
    public override async Task A_history_of_many_events_is_told_whole()
    {
        await RunAsync("SuiteFan", 40);

        Assert.Empty(await Client.GetOrchestrationHistoryAsync(Id, Token));
    }

    [Fact]
    public override async Task A_history_of_many_megabytes_is_told_whole()
    {
        await RunAsync("SuiteBulk", 2);

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
    public override Task Entities_are_listed_over_pages_and_from_a_token() => AssertNoEntitiesAsync();

    [Fact]
    public override Task Cleaning_leaves_entities_that_have_a_state_and_no_others() => AssertNoEntitiesAsync();

    [Fact]
    public override Task A_lock_of_an_orchestration_that_is_gone_holds_nobody_up_after_cleaning() => AssertNoEntitiesAsync("SuiteHold");

    [Fact]
    public override Task An_orchestration_signals_and_calls_an_entity_in_order() => AssertNoEntitiesAsync("SuiteCount");

    [Fact]
    public override Task A_failed_operation_fails_its_call() => AssertNoEntitiesAsync("SuiteCountWrong");

    [Fact]
    public override Task Two_orchestrations_that_lock_the_same_two_entities_both_end() => AssertNoEntitiesAsync("SuiteMove", new[] { "a", "b" });

    private static async Task AssertTooLargeAsync(Func<Task> ask)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(ask);
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }

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
