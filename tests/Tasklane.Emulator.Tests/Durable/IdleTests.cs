using Grpc.Core;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class IdleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, EveryMode]
    public async Task Nothing_runs_and_nothing_stays_in_memory_when_all_has_been_done(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Step", number => number)
            .Orchestrator("Work", async context => await context.CallActivityAsync<int>("Step", 1))
            .StartAsync();
        for (var i = 0; i < 20; i++)
            await run.RunAsync("Work", id: $"work-{i}");
        await Assert.ThrowsAsync<RpcException>(() => run.Client.RaiseEventAsync("work-3", "late", cancellation: Cancellation));
        await Assert.ThrowsAsync<RpcException>(() => run.Client.RaiseEventAsync("nobody", "late", cancellation: Cancellation));
        await run.Client.WaitForInstanceCompletionAsync("work-5", Cancellation);

        // A wait that never comes true is what a busy actor would make of this, so the suite's own limit ends the test.
        while (run.Engine.Resident > 0 || run.Engine.Turns.Taken > 0)
            await Task.Yield();

        Assert.Equal(0, run.Engine.Activities.Taken);
    }
}
