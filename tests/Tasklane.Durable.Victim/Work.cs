using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;

namespace Tasklane.Durable.Victim;

/// <summary>What the victim runs, and whoever takes over from it: everything an orchestration can wait for, in one.</summary>
internal static class Work
{
    public const string Name = "Work";

    /// <summary>Counts each finished orchestration once.</summary>
    public static readonly EntityInstanceId Counter = new("counter", "all");

    public static SdkWorker Worker()
    {
        var registry = new SdkWorker();
        registry.AddActivity("Echo", static async invocation =>
        {
            await Task.Yield();
            return invocation.Input;
        });
        registry.AddOrchestrator("Child", static async context =>
            await context.CallActivityAsync<int>("Echo", context.GetInput<int>()));
        registry.AddOrchestrator(Name, static async context =>
        {
            var number = context.GetInput<int>();
            var echo = context.CallActivityAsync<int>("Echo", number);
            var child = context.CallSubOrchestratorAsync<int>("Child", number);
            var go = context.WaitForExternalEvent<int>("go");
            await Task.WhenAll(echo, child, go);
            await context.CreateTimer(TimeSpan.FromMilliseconds(1), CancellationToken.None);
            await context.Entities.CallEntityAsync(Counter, "add", context.InstanceId);
            return await echo + await child + await go;
        });
        registry.AddEntity(Counter.Name, static operation =>
        {
            operation.State.SetState(operation.State.GetState<int>() + 1);
            return new ValueTask<object?>((object?)null);
        });
        return registry;
    }
}
