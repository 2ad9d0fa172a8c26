using System.Collections.Concurrent;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;
using Xunit.Sdk;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    /// <summary>
    /// Random graphs of tasks that wait for each other, made while others of them run already, by several workers at once. Whatever the order
    /// in which they end and are told of, each ends as its rules say.
    /// </summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Any_workflow_ends_as_its_rules_say(int seed)
    {
        const int Tasks = 40;
        var random = new Random(seed);
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = random.Next(0, 5));
        var plans = new List<FlowPlan>();
        for (var i = 0; i < Tasks; i++)
            plans.Add(FlowPlan.Make(scene.New(), plans, random));
        var ends = plans.ToDictionary(plan => plan.Task.Id, plan => plan.OwnEnd);
        var ready = new BlockingCollection<string>();
        var unended = Tasks;

        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            foreach (var id in ready.GetConsumingEnumerable())
            {
                if (await scene.StartAsync(id) is { Kind: StartKind.Started } started)
                    await HearAsync((await EndAsync(new Held(id, started.Task!.Fence), ends[id])).Wakes);
            }
        })).ToArray();
        foreach (var plan in plans)
        {
            var created = await scene.CreateAsync(plan.Task);
            if (created.Granted) ready.Add(created.Task.Id);
            await HearAsync(created.Wakes);
        }
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            for (; unended > 0; await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, patience.Token))
                unended = (await Task.WhenAll(plans.Select(plan => scene.GetAsync(plan.Task.Id)))).Count(task => !task.Status.IsTerminal());
        }
        catch (OperationCanceledException late)
        {
            throw new XunitException($"Seed {seed}: {unended} tasks did not end.", late);
        }
        finally
        {
            ready.CompleteAdding();
            await Task.WhenAll(workers);
        }

        foreach (var plan in plans)
            Assert.True(plan.Expected == (await scene.GetAsync(plan.Task.Id)).Status, $"Seed {seed}: {plan} is {(await scene.GetAsync(plan.Task.Id)).Status}.");
        Assert.False((await scene.SweepAsync()).Wakes.Settle);

        async Task HearAsync(Wakes wakes)
        {
            foreach (var grant in wakes.Grants)
                ready.TryAdd(grant.Id);
            if (!wakes.Settle) return;
            foreach (var grant in await scene.SettleAsync())
                ready.TryAdd(grant.Id);
        }

        Task<Ended> EndAsync(Held held, TaskState end) => end switch
        {
            TaskState.Completed => scene.CompleteAsync(held),
            TaskState.Failed => scene.FailAsync(held),
            _ => scene.Store.StopAsync(held, Ct),
        };
    }

    /// <param name="OwnEnd">How it ends when it runs.</param>
    /// <param name="Expected">How it ends.</param>
    private sealed record FlowPlan(NewTask Task, TaskState OwnEnd, TaskState Expected)
    {
        public static FlowPlan Make(NewTask task, List<FlowPlan> earlier, Random random)
        {
            var own = random.Next(6) switch { 0 => TaskState.Failed, 1 => TaskState.Cancelled, _ => TaskState.Completed };
            if (earlier.Count == 0 || random.Next(4) == 0) return new FlowPlan(task, own, own);

            var predecessors = Enumerable.Range(0, random.Next(1, 5)).Select(_ => earlier[random.Next(earlier.Count)]).Distinct().ToList();
            var after = new TaskAfter([.. predecessors.Select(one => one.Task.Id)], random.Next(2) == 0, (AfterFailure)random.Next(3));
            var completed = predecessors.Count(one => one.Expected == TaskState.Completed);
            var isMet = after.Any ? completed > 0 : completed == predecessors.Count;
            var expected = isMet || after.OnFailure == AfterFailure.Run ? own : after.OnFailure == AfterFailure.Cancel ? TaskState.Cancelled : TaskState.Failed;
            return new FlowPlan(task with { After = after }, own, expected);
        }
    }
}
