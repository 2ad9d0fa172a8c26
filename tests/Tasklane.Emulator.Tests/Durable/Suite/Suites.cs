namespace Tasklane.Emulator.Tests.Durable.Suite;

public sealed class FunctionsSuite(FunctionsSuiteHost host) : DurableSuite(host), IClassFixture<FunctionsSuiteHost>
{
}

public sealed class OwnProcessSuite(OwnProcessSuiteHost host) : DurableSuite(host), IClassFixture<OwnProcessSuiteHost>
{
}

public sealed class PortableSuite(PortableSuiteHost host) : DurableSuite(host), IClassFixture<PortableSuiteHost>
{
}

public sealed class ReferenceSuite(ReferenceSuiteHost host) : DurableSuite(host), IClassFixture<ReferenceSuiteHost>
{
    // The reference has no clock but the machine's, so it cannot pass four days.
    [Fact]
    public override async Task A_timer_of_four_days_passes_by_the_hosts_clock()
    {
        await Client.ScheduleNewOrchestrationInstanceAsync(
            "SuiteSleep", TimeSpan.FromDays(4), new Microsoft.DurableTask.StartOrchestrationOptions(Id), Token);

        var started = await Client.WaitForInstanceStartAsync(Id, Token);
        Assert.Equal(Microsoft.DurableTask.Client.OrchestrationRuntimeStatus.Running, started.RuntimeStatus);
    }
}
