using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_unique_key_belongs_to_one_task_until_that_has_ended()
    {
        await using var scene = await SceneAsync();
        var first = await CreateUniqueAsync(scene);
        Assert.Equal((false, false), (first.Existing, first.Taken));
        Assert.Equal("daily", (await scene.GetAsync(first.Task.Id)).UniqueKey);

        var second = await CreateUniqueAsync(scene);
        Assert.Equal((true, true, first.Task.Id, true), (second.Existing, second.Taken, second.Task.Id, second.Granted));
        var held = await scene.RunAsync(first.Task.Id);
        scene.Pass(100_000);
        Assert.True((await CreateUniqueAsync(scene)).Taken);
        await scene.CompleteAsync(held);

        var third = await CreateUniqueAsync(scene);
        Assert.False(third.Taken);
        Assert.NotEqual(first.Task.Id, third.Task.Id);
        Assert.Equal(3, (await scene.StatsAsync()).Created + 1);
    }

    [Fact]
    public async Task A_unique_key_may_count_for_some_time_after_its_task_was_made()
    {
        await using var scene = await SceneAsync();
        var first = await CreateUniqueAsync(scene, seconds: 60);
        await scene.CompleteAsync(await scene.RunAsync(first.Task.Id));

        scene.Pass(59.9);
        Assert.Equal((true, first.Task.Id), await CreateUniqueAsync(scene) is var taken ? (taken.Taken, taken.Task.Id) : default);
        scene.Pass(0.2);
        Assert.False((await CreateUniqueAsync(scene)).Taken);
    }

    [Fact]
    public async Task A_unique_key_is_its_users_own_and_goes_with_its_task()
    {
        await using var scene = await SceneAsync();
        var anns = await CreateUniqueAsync(scene, seconds: 1_000);
        Assert.False((await scene.CreateAsync(scene.New(user: "bob") with { Unique = new TaskUnique("daily") })).Taken);
        Assert.False((await scene.CreateAsync(scene.New() with { Unique = new TaskUnique("weekly") })).Taken);
        await scene.CompleteAsync(await scene.RunAsync(anns.Task.Id));
        scene.Pass(1);
        await scene.PurgeAsync();

        Assert.False((await CreateUniqueAsync(scene)).Taken);
    }

    [Fact]
    public async Task A_task_that_takes_anothers_place_gets_its_unique_key()
    {
        await using var scene = await SceneAsync();
        var first = await CreateUniqueAsync(scene);
        var held = await scene.RunAsync(first.Task.Id);

        var second = await scene.CreateAsync(scene.New() with { Unique = new TaskUnique("daily", Replaces: first.Task.Id), After = new TaskAfter([first.Task.Id], OnFailure: AfterFailure.Run) });
        Assert.Equal((false, true), (second.Taken, second.Task.IsBlocked));
        Assert.Equal(second.Task.Id, (await CreateUniqueAsync(scene)).Task.Id);
        await scene.FailAsync(held);
        Assert.Equal([second.Task.Id], (await scene.SettleAsync()).Select(grant => grant.Id));
        // The first one's purge leaves the key with the second.
        scene.Pass(1);
        await scene.PurgeAsync();
        Assert.Equal(second.Task.Id, (await CreateUniqueAsync(scene)).Task.Id);
    }

    [Fact]
    public async Task Of_many_at_once_one_gets_the_unique_key()
    {
        await using var scene = await SceneAsync();

        var created = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => CreateUniqueAsync(scene))));

        var made = Assert.Single(created, one => !one.Taken);
        Assert.All(created, one => Assert.Equal(made.Task.Id, one.Task.Id));
        Assert.Equal(1, (await scene.StatsAsync()).Created);
    }

    [Fact]
    public async Task An_idempotency_key_is_looked_at_before_a_unique_key()
    {
        await using var scene = await SceneAsync();
        var task = scene.New() with { Unique = new TaskUnique("daily"), IdempotencyKey = "once", RequestHash = "h" };
        var first = await scene.CreateAsync(task);

        var again = await scene.CreateAsync(task with { Id = TaskIds.New(scene.Now) });

        Assert.Equal((true, false, first.Task.Id), (again.Existing, again.Taken, again.Task.Id));
    }

    private static Task<Created> CreateUniqueAsync(Scene scene, double seconds = 0) =>
        scene.CreateAsync(scene.New() with { Unique = new TaskUnique("daily", seconds) });
}
