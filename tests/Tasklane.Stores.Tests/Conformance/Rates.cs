using Tasklane.Tasks.Limits;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    private static readonly TimeSpan _minute = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task So_many_requests_as_the_limit_says_may_come_at_once_and_then_one_per_share_of_the_window()
    {
        await using var scene = await SceneAsync();

        for (var left = 3; left >= 0; left--)
            Assert.Equal((true, left), Said(await scene.Rates.TakeAsync("a:b{c}*", 4, _minute, Ct)));
        var early = await scene.Rates.TakeAsync("a:b{c}*", 4, _minute, Ct);
        Assert.Equal((false, 0), Said(early));
        Assert.Equal(15, early.Wait.TotalSeconds, 0.1);
        Assert.Equal(60, early.Reset.TotalSeconds, 0.1);

        scene.Pass(14);
        Assert.False((await scene.Rates.TakeAsync("a:b{c}*", 4, _minute, Ct)).IsAllowed);
        scene.Pass(1.5);
        Assert.Equal((true, 0), Said(await scene.Rates.TakeAsync("a:b{c}*", 4, _minute, Ct)));
        Assert.False((await scene.Rates.TakeAsync("a:b{c}*", 4, _minute, Ct)).IsAllowed);
        scene.Pass(120);
        Assert.Equal((true, 3), Said(await scene.Rates.TakeAsync("a:b{c}*", 4, _minute, Ct)));
    }

    [Fact]
    public async Task Requests_are_counted_for_each_user_apart()
    {
        await using var scene = await SceneAsync();

        Assert.True((await scene.Rates.TakeAsync("ann", 1, _minute, Ct)).IsAllowed);

        Assert.False((await scene.Rates.TakeAsync("ann", 1, _minute, Ct)).IsAllowed);
        Assert.True((await scene.Rates.TakeAsync("bob", 1, _minute, Ct)).IsAllowed);
    }

    [Fact]
    public async Task Of_many_requests_at_the_same_moment_on_several_instances_no_more_pass_than_may()
    {
        await using var scene = await SceneAsync();
        await using var other = await scene.ReopenAsync(_ => { });

        var all = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? scene.Rates : other.Rates).TakeAsync("ann", 20, _minute, Ct)));

        Assert.Equal(20, all.Count(use => use.IsAllowed));
    }

    private static (bool, int) Said(RateUse use) => (use.IsAllowed, use.Remaining);
}
