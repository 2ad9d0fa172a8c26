using Tasklane.Tasks;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task A_low_task_waits_at_most_its_bound_of_grants()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 1;
            options.Lanes.LowWaitsAtMost = 5;
        });
        var order = await ServedOrderAsync(scene, low: 1, normal: 0, high: 12);

        Assert.Equal(Enumerable.Repeat(TaskPriority.High, 5), order.Take(5));
        Assert.Equal(TaskPriority.Low, order[5]);
    }

    [Fact]
    public async Task A_normal_task_waits_at_most_its_bound_of_grants()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 1;
            options.Lanes.NormalWaitsAtMost = 3;
        });
        var order = await ServedOrderAsync(scene, low: 0, normal: 2, high: 12);

        Assert.Equal(
            [TaskPriority.High, TaskPriority.High, TaskPriority.High, TaskPriority.Normal,
             TaskPriority.High, TaskPriority.High, TaskPriority.High, TaskPriority.Normal],
            order.Take(8));
    }

    [Fact]
    public async Task With_all_lanes_full_no_head_sees_more_grants_than_its_bound()
    {
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 1;
            options.Lanes.NormalWaitsAtMost = 3;
            options.Lanes.LowWaitsAtMost = 4;
        });
        var order = await ServedOrderAsync(scene, low: 10, normal: 15, high: 30);

        Assert.InRange(LongestWait(order, TaskPriority.Normal), 1, 3);
        Assert.InRange(LongestWait(order, TaskPriority.Low), 1, 4);
        // Protection is no reversal: while all wait, high tasks still get the most.
        Assert.True(order.Take(20).Count(lane => lane == TaskPriority.High) >= 8);
    }

    /// <summary>Fills the lanes behind one running task, then ends one task after the other; the lanes in the order served.</summary>
    private static async Task<List<TaskPriority>> ServedOrderAsync(Scene scene, int low, int normal, int high)
    {
        var running = await scene.CreateAndRunAsync();
        foreach (var (lane, count) in new[] { (TaskPriority.Low, low), (TaskPriority.Normal, normal), (TaskPriority.High, high) })
        {
            for (var i = 0; i < count; i++)
                await scene.CreateIdAsync(priority: lane);
        }

        var order = new List<TaskPriority>();
        while (order.Count < low + normal + high)
        {
            var grant = Assert.Single((await scene.CompleteAsync(running)).Wakes.Grants);
            running = await scene.RunAsync(grant.Id);
            order.Add((await scene.GetAsync(grant.Id)).Priority);
        }
        return order;
    }

    private static int LongestWait(List<TaskPriority> order, TaskPriority lane)
    {
        var (longest, current) = (0, 0);
        foreach (var served in order.Take(order.LastIndexOf(lane) + 1))
        {
            current = served == lane ? 0 : current + 1;
            longest = Math.Max(longest, current);
        }
        return longest;
    }
}
