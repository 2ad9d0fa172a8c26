using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Tasklane.Durable.Victim;

namespace Tasklane.Emulator.Tests.Durable.Programs;

/// <summary>Runs programs by the SDK's own replay, and notes what its activities did outside.</summary>
internal sealed class Interpreter
{
    public const string Name = "Program";

    /// <summary>How often each activity ran.</summary>
    public ConcurrentDictionary<string, int> Ran { get; } = new();

    /// <summary>The tries of failing activities that were scheduled, by their numbers in the history: one that runs again is no new try.</summary>
    private readonly ConcurrentDictionary<string, SortedSet<int>> _tries = new();

    /// <summary>Set once the client has had enough of a failing program.</summary>
    public volatile bool IsMended;

    /// <summary>An orchestration is where it waits for its termination.</summary>
    public TaskCompletionSource IsStuck { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SdkWorker Worker() => new SdkWorker()
        .AddOrchestrator(Name, RunAsync)
        .AddEntity("sum", Sum)
        .AddActivity("Double", Activity((call, _) => 2 * call.Value))
        .AddActivity("Flaky", Activity((call, task) => Try(call.Key, task) > call.Value ? 1 : throw new InvalidOperationException("not yet")))
        .AddActivity("Fragile", Activity((_, _) => IsMended ? 1 : throw new InvalidOperationException("broken")))
        .AddActivity("Stuck", Activity((_, _) =>
        {
            IsStuck.TrySetResult();
            return 1;
        }));

    private static async Task<object?> RunAsync(TaskOrchestrationContext context)
    {
        var job = context.GetInput<Job>()!;
        string[] results = [.. job.Results, .. await BlockAsync(context, job, job.Steps)];
        if (job.Round + 1 < job.Rounds)
        {
            context.ContinueAsNew(job with { Round = job.Round + 1, Results = results });
            return null;
        }

        return job.End is { } end ? string.Join(' ', [.. results, await EndAsync(context, job, end)]) : string.Join(' ', results);
    }

    private static async Task<string> EndAsync(TaskOrchestrationContext context, Job job, Step end)
    {
        switch (end.Op)
        {
            case Op.Fail:
                throw new InvalidOperationException("planned");
            case Op.Fragile:
                await context.CallActivityAsync<int>("Fragile", new Call(job.KeyOf(end), 0));
                return "mended";
            case Op.Forever:
                await context.CallActivityAsync<int>("Stuck", new Call(job.KeyOf(end), 0));
                return await context.WaitForExternalEvent<string>("never");
            default:
                return await ChildAsync(context, job, end);
        }
    }

    private static async Task<List<string>> BlockAsync(TaskOrchestrationContext context, Job job, Step[] steps)
    {
        var results = new List<string>();
        foreach (var step in steps)
            results.Add(await DoAsync(context, job, step));
        return results;
    }

    private static async Task<string> DoAsync(TaskOrchestrationContext context, Job job, Step step)
    {
        switch (step.Op)
        {
            case Op.Activity:
                return $"{await context.CallActivityAsync<int>("Double", new Call(job.KeyOf(step), step.Value))}";
            case Op.Retry:
                try
                {
                    await context.CallActivityAsync<int>(
                        "Flaky",
                        new Call(job.KeyOf(step), step.Value),
                        TaskOptions.FromRetryPolicy(new RetryPolicy(step.Times, TimeSpan.FromSeconds(step.Seconds))));
                    return "retried";
                }
                catch (TaskFailedException)
                {
                    return "gave up";
                }

            case Op.Timer:
                await context.CreateTimer(TimeSpan.FromSeconds(step.Seconds), CancellationToken.None);
                return "t";
            case Op.Child:
                try
                {
                    return await ChildAsync(context, job, step);
                }
                catch (TaskFailedException)
                {
                    return "failed";
                }

            case Op.Event:
                return $"e{await context.WaitForExternalEvent<int>(job.EventOf(step))}";
            case Op.ToSelf:
                context.SendEvent(context.InstanceId, $"s{job.Round}.{step.Id}", step.Value);
                return $"s{await context.WaitForExternalEvent<int>($"s{job.Round}.{step.Id}")}";
            case Op.Signal:
                await context.Entities.SignalEntityAsync(Entity($"{job.Root}-a"), "add", step.Value);
                return "signal";
            case Op.SignalLater:
                var later = new SignalEntityOptions { SignalTime = context.CurrentUtcDateTime.AddSeconds(step.Seconds) };
                await context.Entities.SignalEntityAsync(Entity($"{job.Root}-a"), "add", step.Value, later);
                return "signal";
            case Op.Call:
                var own = Entity(job.KeyOf(step));
                var first = await context.Entities.CallEntityAsync<int>(own, "add", step.Value);
                return $"c{first},{await context.Entities.CallEntityAsync<int>(own, "add", step.Value + 1)}";
            case Op.Lock:
                await LockedAsync(context, job, step);
                return "lock";
            default:
                var branches = await Task.WhenAll(step.Branches.Select(branch => BlockAsync(context, job, branch)));
                return $"[{string.Join('|', branches.Select(results => string.Join(' ', results)))}]";
        }
    }

    private static async Task<string> ChildAsync(TaskOrchestrationContext context, Job job, Step step)
    {
        var child = job.ChildOf(step);
        var options = child.IsNamed ? new SubOrchestrationOptions(instanceId: child.Path) : null;
        return $"({await context.CallSubOrchestratorAsync<string>(Name, child, options)})";
    }

    // Neither sum is right unless nobody comes between reading and writing.
    private static async Task LockedAsync(TaskOrchestrationContext context, Job job, Step step)
    {
        EntityInstanceId[] both = [Entity($"{job.Root}-a"), Entity($"{job.Root}-b")];
        await using (await context.Entities.LockEntitiesAsync(both))
        {
            foreach (var entity in both)
            {
                var sum = await context.Entities.CallEntityAsync<int>(entity, "get");
                await context.Entities.CallEntityAsync(entity, "set", sum + step.Value);
            }
        }
    }

    private static EntityInstanceId Entity(string key) => new("sum", key);

    private static ValueTask<object?> Sum(TaskEntityOperation operation)
    {
        var sum = operation.State.GetState<int>();
        if (operation.Name != "get")
        {
            var value = operation.GetInput<int>();
            operation.State.SetState(sum = operation.Name == "add" ? sum + value : value);
        }

        return new ValueTask<object?>(sum);
    }

    private int Try(string key, int task)
    {
        var tries = _tries.GetOrAdd(key, _ => []);
        lock (tries)
        {
            tries.Add(task);
            return tries.TakeWhile(earlier => earlier <= task).Count();
        }
    }

    private Func<ActivityInvocation, Task<string?>> Activity(Func<Call, int, int> body) => async invocation =>
    {
        // Its end comes on another thread, as from any worker.
        await Task.Yield();
        var call = JsonSerializer.Deserialize<Call>(invocation.Input!)!;
        Ran.AddOrUpdate(call.Key, 1, (_, runs) => runs + 1);
        return JsonSerializer.Serialize(body(call, invocation.TaskId));
    };

    private sealed record Call(string Key, int Value);
}
