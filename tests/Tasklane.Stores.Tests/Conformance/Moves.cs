using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    public static TheoryData<TaskState, TaskState> EveryPairOfStates()
    {
        var pairs = new TheoryData<TaskState, TaskState>();
        foreach (var from in Enum.GetValues<TaskState>())
        {
            foreach (var to in Enum.GetValues<TaskState>())
                pairs.Add(from, to);
        }
        return pairs;
    }

    [Theory]
    [MemberData(nameof(EveryPairOfStates))]
    public async Task Only_the_moves_of_the_table_are_made_and_each_makes_one_event(TaskState from, TaskState to)
    {
        await using var scene = await SceneAsync();
        var held = await BringToAsync(scene, from);
        var before = await scene.GetAsync(held.Id);
        Assert.Equal(from, before.Status);

        await TryMoveAsync(scene, held, from, to);

        var after = await scene.GetAsync(held.Id);
        if (TaskStates.CanMove(from, to))
        {
            Assert.Equal((to, before.Version + 1), (after.Status, after.Version));
            var change = Assert.Single(await scene.EventsAsync(held.Id, before.Version));
            Assert.Equal(after.Version, change.Version);
        }
        else
        {
            Assert.Equivalent(before, after);
            Assert.Empty(await scene.EventsAsync(held.Id, before.Version));
        }
    }

    private static async Task<Held> BringToAsync(Scene scene, TaskState state)
    {
        var id = await scene.CreateIdAsync();
        if (state == TaskState.Pending)
            return new Held(id, 0);
        var held = await scene.RunAsync(id);
        if (state == TaskState.Completed) await scene.CompleteAsync(held);
        if (state == TaskState.Failed) await scene.FailAsync(held);
        if (state == TaskState.Cancelled) await scene.Store.StopAsync(held, Ct);
        return held;
    }

    private static async Task TryMoveAsync(Scene scene, Held held, TaskState from, TaskState to)
    {
        Func<Task> move = (from, to) switch
        {
            (TaskState.Running, TaskState.Pending) => () => scene.Store.ReleaseAsync(held, Ct),
            (_, TaskState.Pending) => () => scene.RetryAsync(held.Id),
            (_, TaskState.Running) => () => scene.StartAsync(held.Id),
            (_, TaskState.Completed) => () => scene.CompleteAsync(held),
            (_, TaskState.Failed) => () => scene.FailAsync(held),
            (TaskState.Running, TaskState.Cancelled) => () => scene.Store.StopAsync(held, Ct),
            _ => () => scene.CancelAsync(held.Id, stop: true),
        };
        // Start answers what it met with, and cancelling the cancelled repeats the first answer; every other refusal has a name.
        if (TaskStates.CanMove(from, to) || to == TaskState.Running || (from, to) == (TaskState.Cancelled, TaskState.Cancelled))
            await move();
        else
            Assert.Contains(await RefusalOf(move), new[] { TaskErrors.LeaseLost, TaskErrors.NotRetryable, TaskErrors.NotCancellable, TaskErrors.IllegalTransition });
    }
}
