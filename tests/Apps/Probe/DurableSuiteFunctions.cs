using System.Collections.Concurrent;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace Probe;

/// <summary>
/// Orchestrators that every implementation of the Durable Task protocol has to run alike: as functions of this app, and in the registry of a
/// portable worker.
/// </summary>
public static class DurableSuiteFunctions
{
    private static readonly ConcurrentDictionary<string, int> _tries = new();

    [Function("SuiteChain")]
    public static async Task<int> Chain([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await context.CallActivityAsync<int>("SuiteTwice", await context.CallActivityAsync<int>("SuiteTwice", context.GetInput<int>()));

    [Function("SuiteFan")]
    public static async Task<int> Fan([OrchestrationTrigger] TaskOrchestrationContext context) =>
        (await Task.WhenAll(Enumerable.Range(1, context.GetInput<int>()).Select(i => context.CallActivityAsync<int>("SuiteTwice", i)))).Sum();

    [Function("SuiteCatch")]
    public static async Task<string> Catch([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.CallActivityAsync<string>("SuiteBreak", "bad day");
        }
        catch (TaskFailedException e)
        {
            return $"{e.TaskName} {e.FailureDetails.ErrorType} {e.FailureDetails.ErrorMessage} {e.FailureDetails.IsCausedBy<InvalidTimeZoneException>()}";
        }
    }

    [Function("SuiteFail")]
    public static Task<string> Fail([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync<string>("SuiteBreak", "worse day");

    [Function("SuiteUnknown")]
    public static async Task<string> Unknown([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.CallActivityAsync<string>("SuiteNobody");
        }
        catch (TaskFailedException e)
        {
            return $"{e.FailureDetails.ErrorType}: {e.FailureDetails.ErrorMessage}";
        }
    }

    [Function("SuiteRetry")]
    public static Task<int> Retry([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync<int>(
        "SuiteFlaky",
        new SuiteTry(context.InstanceId, 2),
        TaskOptions.FromRetryPolicy(new RetryPolicy(context.GetInput<int>(), TimeSpan.FromMilliseconds(1))));

    [Function("SuiteHandler")]
    public static Task<int> Handler([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallActivityAsync<int>(
        "SuiteFlaky",
        new SuiteTry(context.InstanceId, 2),
        TaskOptions.FromRetryHandler(retry => retry.LastAttemptNumber < 5 && retry.LastFailure.IsCausedBy<TimeoutException>()));

    [Function("SuiteParent")]
    public static Task<int> Parent([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallSubOrchestratorAsync<int>(
        "SuiteChain", context.GetInput<int>(), new SubOrchestrationOptions(instanceId: $"{context.InstanceId}-child"));

    [Function("SuiteParentCatch")]
    public static async Task<string> ParentCatch([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.CallSubOrchestratorAsync<string>("SuiteFail");
        }
        catch (TaskFailedException e)
        {
            return $"{e.TaskName}: {e.FailureDetails.InnerFailure?.ErrorMessage ?? e.FailureDetails.ErrorMessage}";
        }
    }

    [Function("SuiteNest")]
    public static Task<string> Nest([OrchestrationTrigger] TaskOrchestrationContext context) => context.CallSubOrchestratorAsync<string>(
        "SuiteEvent", new SubOrchestrationOptions(instanceId: $"{context.InstanceId}-child"));

    [Function("SuiteSleep")]
    public static async Task<TimeSpan> Sleep([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var begun = context.CurrentUtcDateTime;
        await context.CreateTimer(context.GetInput<TimeSpan>(), CancellationToken.None);
        return context.CurrentUtcDateTime - begun;
    }

    [Function("SuiteEvent")]
    public static async Task<string> Event([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        context.SetCustomStatus(new { Waiting = true });
        return await context.WaitForExternalEvent<string>("go");
    }

    [Function("SuiteLate")]
    public static async Task<string> Late([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            return await context.WaitForExternalEvent<string>("go", TimeSpan.FromMilliseconds(20));
        }
        catch (TaskCanceledException)
        {
            return "late";
        }
    }

    [Function("SuiteEvents")]
    public static async Task<string> Events([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var seen = "";
        for (var i = 0; i < 3; i++)
            seen += await context.WaitForExternalEvent<string>("go");
        return seen;
    }

    [Function("SuiteLoop")]
    public static async Task<int> Loop([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var value = await context.CallActivityAsync<int>("SuiteTwice", context.GetInput<int>());
        if (value < 100)
            context.ContinueAsNew(value);
        return value;
    }

    [Function("SuiteCollect")]
    public static async Task<string> Collect([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var seen = context.GetInput<string>() + await context.WaitForExternalEvent<string>("go");
        if (seen.Length < 3)
            context.ContinueAsNew(seen, preserveUnprocessedEvents: true);
        return seen;
    }

    [Function("SuiteVersion")]
    public static Task<string> Version([OrchestrationTrigger] TaskOrchestrationContext context) => Task.FromResult(context.Version);

    /// <summary>Says its own version and that of a child that is given none.</summary>
    [Function("SuiteVersions")]
    public static async Task<string> Versions([OrchestrationTrigger] TaskOrchestrationContext context) =>
        $"{context.Version} {await context.CallSubOrchestratorAsync<string>("SuiteVersion")}";

    /// <summary>A tree of sub-orchestrations, two to each; the id of a child is its parent's and a number.</summary>
    [Function("SuiteTree")]
    public static async Task<int> Tree([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var input = context.GetInput<SuiteBranch>()!;
        if (input.Depth == 0)
        {
            context.SetCustomStatus("leaf");
            return input.Waits ? await context.WaitForExternalEvent<int>("go") : 1;
        }

        var children = Enumerable.Range(0, 2).Select(i => context.CallSubOrchestratorAsync<int>(
            "SuiteTree", input with { Depth = input.Depth - 1 }, new SubOrchestrationOptions(instanceId: $"{context.InstanceId}.{i}")));
        return (await Task.WhenAll(children)).Sum() + 1;
    }

    /// <summary>Fails once its child has ended well.</summary>
    [Function("SuiteFailAfterChild")]
    public static async Task<string> FailAfterChild([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await context.CallSubOrchestratorAsync<int>("SuiteChain", 1, new SubOrchestrationOptions(instanceId: $"{context.InstanceId}.child"));
        return await context.CallActivityAsync<string>("SuiteBreak", "after the child");
    }

    /// <summary>Fails once, in an activity as many sub-orchestrations below as the input says.</summary>
    [Function("SuiteMendDeep")]
    public static async Task<int> MendDeep([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var depth = context.GetInput<int>();
        var before = await context.CallActivityAsync<int>("SuiteTwice", 1);
        if (depth == 0)
            return before + await context.CallActivityAsync<int>("SuiteFlaky", new SuiteTry(context.InstanceId, 1));
        var good = context.CallSubOrchestratorAsync<int>("SuiteChain", 1, new SubOrchestrationOptions(instanceId: $"{context.InstanceId}.good"));
        var bad = context.CallSubOrchestratorAsync<int>("SuiteMendDeep", depth - 1, new SubOrchestrationOptions(instanceId: $"{context.InstanceId}.bad"));
        return before + (await Task.WhenAll(good, bad)).Sum();
    }

    /// <summary>As many results of half a megabyte as the input says.</summary>
    [Function("SuiteBulk")]
    public static async Task<int> Bulk([OrchestrationTrigger] TaskOrchestrationContext context) => (await Task.WhenAll(
        Enumerable.Range(0, context.GetInput<int>()).Select(_ => context.CallActivityAsync<string>("SuiteLetters", 512 * 1024)))).Sum(text => text.Length);

    [Function("SuiteHold")]
    public static async Task<string> Hold([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        await using (await context.Entities.LockEntitiesAsync(new EntityInstanceId("SuiteAccount", context.InstanceId)))
        {
            context.SetCustomStatus("held");
            return await context.WaitForExternalEvent<string>("go");
        }
    }

    [Function("SuiteMend")]
    public static async Task<int> Mend([OrchestrationTrigger] TaskOrchestrationContext context) =>
        await context.CallActivityAsync<int>("SuiteTwice", 1) + await context.CallActivityAsync<int>("SuiteFlaky", new SuiteTry(context.InstanceId, 1));

    [Function("SuiteEcho")]
    public static Task<string> Echo([OrchestrationTrigger] TaskOrchestrationContext context) =>
        context.CallActivityAsync<string>("SuiteText", context.GetInput<string>());

    [Function("SuiteSame")]
    public static async Task<bool> Same([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        // The activity keeps what the first turn made up; the result is compared with what a replay makes up.
        var id = context.NewGuid().ToString();
        return await context.CallActivityAsync<string>("SuiteText", id) == id;
    }

    [Function("SuiteCount")]
    public static async Task<int> Count([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var account = new EntityInstanceId("SuiteAccount", context.InstanceId);
        await context.Entities.SignalEntityAsync(account, "Add", 2);
        return await context.Entities.CallEntityAsync<int>(account, "Add", 3);
    }

    [Function("SuiteMove")]
    public static async Task<string> Move([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        var names = context.GetInput<string[]>()!;
        var from = new EntityInstanceId("SuiteAccount", names[0]);
        var to = new EntityInstanceId("SuiteAccount", names[1]);
        await using (await context.Entities.LockEntitiesAsync(from, to))
        {
            var held = await context.Entities.CallEntityAsync<int>(from, "Add", -1);
            await context.CallActivityAsync<int>("SuiteTwice", 1);
            var given = await context.Entities.CallEntityAsync<int>(to, "Add", 1);
            return $"{held} {given} {context.Entities.InCriticalSection()}";
        }
    }

    [Function("SuiteCountWrong")]
    public static async Task<string> CountWrong([OrchestrationTrigger] TaskOrchestrationContext context)
    {
        try
        {
            await context.Entities.CallEntityAsync(new EntityInstanceId("SuiteAccount", context.InstanceId), "Refuse");
            return "";
        }
        catch (EntityOperationFailedException e)
        {
            return $"{e.OperationName}: {e.FailureDetails.ErrorMessage}";
        }
    }

    [Function("SuiteTwice")]
    public static int Twice([ActivityTrigger] int value) => value * 2;

    [Function("SuiteBreak")]
    public static string Break([ActivityTrigger] string text) => throw new InvalidTimeZoneException(text);

    [Function("SuiteFlaky")]
    public static int Flaky([ActivityTrigger] SuiteTry input)
    {
        var tries = _tries.AddOrUpdate(input.Key, 1, (_, before) => before + 1);
        return tries > input.Failures ? tries : throw new TimeoutException($"try {tries}");
    }

    [Function("SuiteText")]
    public static string Text([ActivityTrigger] string text) => text;

    [Function("SuiteLetters")]
    public static string Letters([ActivityTrigger] int count) => new('x', count);

    [Function("SuiteAccount")]
    public static Task Account([EntityTrigger] TaskEntityDispatcher dispatcher) => dispatcher.DispatchAsync<SuiteAccount>();
}

public sealed record SuiteTry(string Key, int Failures);

public sealed record SuiteBranch(int Depth, bool Waits);

public sealed class SuiteAccount : TaskEntity<int>
{
    public int Add(int amount) => State += amount;

    public void Refuse() => throw new InvalidOperationException("never");
}
