using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Durable.Suite;

/// <summary>
/// What every implementation of the Durable Task protocol does, by the public client alone. Where one differs its class overrides the
/// fact with what it does instead; docs/durable-agreement.md lists these.
/// </summary>
public abstract partial class DurableSuite(SuiteHost host)
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    protected SuiteHost Host => host;

    protected DurableTaskClient Client => host.Client;

    protected string Id { get; } = Guid.NewGuid().ToString("N");

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SuiteChain", 3, "12")]
    [InlineData("SuiteFan", 40, "1640")]
    [InlineData("SuiteParent", 3, "12")]
    [InlineData("SuiteLoop", 3, "192")]
    [InlineData("SuiteSame", null, "true")]
    public async Task An_orchestration_ends_with_what_its_steps_made(string name, int? input, string expected)
    {
        var ended = await RunAsync(name, input);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Equal(expected, ended.SerializedOutput);
    }

    [Fact]
    public virtual async Task A_failed_activity_brings_its_exceptions_name_and_message() =>
        Assert.Equal("SuiteBreak System.InvalidTimeZoneException bad day True", (await RunAsync("SuiteCatch")).ReadOutputAs<string>());

    [Fact]
    public virtual async Task An_uncaught_failure_fails_the_orchestration()
    {
        var ended = await RunAsync("SuiteFail");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal("Microsoft.DurableTask.TaskFailedException", ended.FailureDetails!.ErrorType);
        Assert.Contains("worse day", ended.FailureDetails.ErrorMessage, StringComparison.Ordinal);
        Assert.True(ended.FailureDetails.InnerFailure?.IsCausedBy<InvalidTimeZoneException>());
    }

    [Fact]
    public virtual async Task An_unknown_activity_fails_its_call()
    {
        var text = (await RunAsync("SuiteUnknown")).ReadOutputAs<string>();

        Assert.Contains("SuiteNobody", text, StringComparison.Ordinal);
    }

    [Fact]
    public virtual async Task An_unknown_orchestrator_fails()
    {
        var ended = await RunAsync("SuiteNobody");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Contains("SuiteNobody", ended.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public virtual async Task An_activity_is_tried_as_often_as_its_policy_says()
    {
        var enough = await RunAsync("SuiteRetry", 3);
        var tooFew = await RunAsync("SuiteRetry", 2, $"{Id}-few");

        Assert.Equal(3, enough.ReadOutputAs<int>());
        Assert.Equal(OrchestrationRuntimeStatus.Failed, tooFew.RuntimeStatus);
        Assert.Contains("try 2", tooFew.FailureDetails!.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public virtual async Task A_retry_handler_decides_on_the_failure() => Assert.Equal(3, (await RunAsync("SuiteHandler")).ReadOutputAs<int>());

    [Fact]
    public virtual async Task A_sub_orchestration_is_an_instance_of_its_own()
    {
        await RunAsync("SuiteParent", 5);

        var child = await Client.GetInstanceAsync($"{Id}-child", getInputsAndOutputs: true, Token);
        Assert.Equal("SuiteChain", child!.Name);
        Assert.Equal(20, child.ReadOutputAs<int>());
    }

    [Fact]
    public virtual async Task A_failed_sub_orchestration_fails_its_call() =>
        Assert.Contains("worse day", (await RunAsync("SuiteParentCatch")).ReadOutputAs<string>(), StringComparison.Ordinal);

    [Fact]
    public virtual async Task A_timer_passes_no_less_than_its_time()
    {
        var ended = await RunAsync("SuiteSleep", TimeSpan.FromMilliseconds(50));

        Assert.True(ended.ReadOutputAs<TimeSpan>() >= TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public virtual async Task A_timer_of_four_days_passes_by_the_hosts_clock()
    {
        var clock = new ManualTimeProvider(TimeProvider.System.GetUtcNow());
        await using var app = await host.StartAsync(new SuiteSettings(clock));
        var client = app.Client;
        await client.ScheduleNewOrchestrationInstanceAsync("SuiteSleep", TimeSpan.FromDays(4), new StartOrchestrationOptions(Id), Token);

        var end = client.WaitForInstanceCompletionAsync(Id, getInputsAndOutputs: true, Token);
        while (!end.IsCompleted)
        {
            clock.Advance(TimeSpan.FromHours(12));
            await client.GetInstanceAsync(Id, Token);
        }

        Assert.True((await end).ReadOutputAs<TimeSpan>() >= TimeSpan.FromDays(4));
    }

    protected async Task<OrchestrationMetadata> RunAsync(string name, object? input = null, string? id = null) =>
        await EndAsync(await Client.ScheduleNewOrchestrationInstanceAsync(name, input, new StartOrchestrationOptions(id ?? Id), Token));

    protected Task<OrchestrationMetadata> EndAsync(string id) =>
        Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token).WaitAsync(_patience, TimeProvider.System, Token);

    /// <summary>Starts one that waits for the event "go", and asks until it does.</summary>
    protected async Task<string> StartWaitingAsync(string name = "SuiteEvent", string? id = null)
    {
        await Client.ScheduleNewOrchestrationInstanceAsync(name, null, new StartOrchestrationOptions(id ?? Id), Token);
        await Client.WaitForInstanceStartAsync(id ?? Id, Token).WaitAsync(_patience, TimeProvider.System, Token);
        return id ?? Id;
    }

    /// <summary>Asks until an instance is as expected; some changes have no event to wait for.</summary>
    protected async Task<OrchestrationMetadata> UntilAsync(string id, Func<OrchestrationMetadata, bool> until)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(_patience);
        while (true)
        {
            if (await Client.GetInstanceAsync(id, getInputsAndOutputs: true, limit.Token) is { } found && until(found))
                return found;
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, limit.Token);
        }
    }
}
