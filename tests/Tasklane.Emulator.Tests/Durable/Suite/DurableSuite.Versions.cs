using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Tests.Durable.Suite;

/// <summary>Versions of orchestrations, and which of them a worker of version 2.0 takes.</summary>
public abstract partial class DurableSuite
{
    [Theory]
    [InlineData("None", new[] { "1.10", "2.0", "9.0" }, new string[0])]
    [InlineData("Strict", new[] { "2.0" }, new[] { "1.10", "2.0.1" })]
    [InlineData("CurrentOrOlder", new[] { "1.10", "2.0" }, new[] { "2.0.1", "10.0" })]
    public virtual async Task A_worker_runs_the_versions_that_its_strategy_takes_and_fails_others(string match, string[] runs, string[] fails)
    {
        await using var app = await host.StartAsync(new SuiteSettings(Versions: new SuiteVersions("2.0", match, "Fail")));

        foreach (var version in runs)
            Assert.Equal(version, (await RunVersionAsync(app.Client, version)).ReadOutputAs<string>());
        foreach (var version in fails)
        {
            var ended = await RunVersionAsync(app.Client, version);
            Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
            Assert.Equal("VersionMismatch", ended.FailureDetails!.ErrorType);
        }
    }

    [Fact]
    public virtual async Task A_version_that_a_worker_rejects_waits_while_others_run()
    {
        await using var app = await host.StartAsync(new SuiteSettings(Versions: new SuiteVersions("2.0", "Strict", "Reject")));
        await app.Client.ScheduleNewOrchestrationInstanceAsync("SuiteVersion", null, Versioned("3.0"), Token);

        Assert.Equal("2.0", (await RunVersionAsync(app.Client, "2.0")).ReadOutputAs<string>());

        Assert.False((await app.Client.GetInstanceAsync($"{Id}-3.0", Token))!.IsCompleted);
    }

    [Fact]
    public virtual async Task A_default_version_is_given_to_orchestrations_and_their_children_that_have_none()
    {
        await using var app = await host.StartAsync(new SuiteSettings(Versions: new SuiteVersions("2.0", "None", "Reject")));
        await app.Client.ScheduleNewOrchestrationInstanceAsync("SuiteVersions", null, new StartOrchestrationOptions(Id), Token);

        var ended = await app.Client.WaitForInstanceCompletionAsync(Id, getInputsAndOutputs: true, Token).WaitAsync(_patience, TimeProvider.System, Token);
        Assert.Equal("2.0 2.0", ended.ReadOutputAs<string>());
    }

    private async Task<OrchestrationMetadata> RunVersionAsync(DurableTaskClient client, string version)
    {
        var id = await client.ScheduleNewOrchestrationInstanceAsync("SuiteVersion", null, Versioned(version), Token);
        return await client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token).WaitAsync(_patience, TimeProvider.System, Token);
    }

    private StartOrchestrationOptions Versioned(string version) => new($"{Id}-{version}") { Version = new TaskVersion(version) };
}
