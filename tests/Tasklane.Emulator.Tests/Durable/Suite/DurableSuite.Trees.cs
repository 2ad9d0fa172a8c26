using Microsoft.DurableTask.Client;
using Probe;

namespace Tasklane.Emulator.Tests.Durable.Suite;

/// <summary>What is done to an orchestration and, through it, to those below it.</summary>
public abstract partial class DurableSuite
{
    protected virtual bool PurgesRecursively => true;

    [Fact]
    public virtual async Task A_recursive_termination_reaches_every_branch()
    {
        await Client.ScheduleNewOrchestrationInstanceAsync("SuiteTree", new SuiteBranch(3, Waits: true), new(Id), Token);
        await Task.WhenAll(Branches(Id, 3).Where(id => id.Length == Id.Length + 6).Select(id => UntilAsync(id, one => one.SerializedCustomStatus is not null)));

        await Client.TerminateInstanceAsync(Id, new TerminateInstanceOptions("felled", Recursive: true), Token);

        var ends = await Task.WhenAll(Branches(Id, 3).Select(EndAsync));
        Assert.Equal(15, ends.Length);
        Assert.All(ends, end => Assert.Equal(OrchestrationRuntimeStatus.Terminated, end.RuntimeStatus));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_recursive_purge_takes_sub_orchestrations_with_it(bool recursive)
    {
        var expected = recursive && PurgesRecursively ? 7 : 1;
        Assert.Equal(7, (await RunAsync("SuiteTree", new SuiteBranch(2, Waits: false))).ReadOutputAs<int>());

        var purged = await Client.PurgeInstanceAsync(Id, new PurgeInstanceOptions(recursive), Token);

        Assert.Equal(expected, purged.PurgedInstanceCount);
        Assert.Equal(7 - expected, await CountAsync(Id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_recursive_purge_by_filter_takes_sub_orchestrations_that_the_filter_does_not_name(bool recursive)
    {
        var from = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await RunAsync("SuiteFailAfterChild");

        await Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(from, null, [OrchestrationRuntimeStatus.Failed]), new PurgeInstanceOptions(recursive), Token);

        Assert.Null(await Client.GetInstanceAsync(Id, Token));
        Assert.Equal(recursive && PurgesRecursively, await Client.GetInstanceAsync($"{Id}.child", Token) is null);
    }

    [Fact]
    public virtual async Task A_rewind_goes_down_to_the_step_that_failed_and_repeats_nothing_else()
    {
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await RunAsync("SuiteMendDeep", 2)).RuntimeStatus);
        var untouched = await Client.GetInstanceAsync($"{Id}.bad.good", Token);

        await Client.RewindInstanceAsync(Id, "mended", Token);

        var ended = await UntilAsync(Id, one => one.RuntimeStatus == OrchestrationRuntimeStatus.Completed);
        Assert.Equal(16, ended.ReadOutputAs<int>());
        Assert.Equal(4, (await EndAsync($"{Id}.bad.bad")).ReadOutputAs<int>());
        Assert.Equal(10, (await EndAsync($"{Id}.bad")).ReadOutputAs<int>());
        Assert.Equal(untouched!.LastUpdatedAt, (await Client.GetInstanceAsync($"{Id}.bad.good", Token))!.LastUpdatedAt);
    }

    /// <summary>The ids of a tree.</summary>
    private static IEnumerable<string> Branches(string id, int depth) =>
        depth == 0 ? [id] : [id, .. Branches($"{id}.0", depth - 1), .. Branches($"{id}.1", depth - 1)];

    private async Task<int> CountAsync(string prefix) =>
        await Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: prefix)).CountAsync(Token);
}
