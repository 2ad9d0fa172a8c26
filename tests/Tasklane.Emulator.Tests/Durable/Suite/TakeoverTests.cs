using Microsoft.DurableTask;
using Tasklane.Emulator.Testing;

namespace Tasklane.Emulator.Tests.Durable.Suite;

public sealed class TakeoverTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_worker_had_when_it_went_away_is_run_by_another()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var never = new CancellationTokenSource();
        await using var host = await FunctionsTestHost.StartAsync<global::Probe.Program>(o => o.Functions = ["Hello"]);
        await using (var first = await PortableWorker.StartAsync(host, tasks => Add(tasks, async () =>
        {
            entered.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, never.Token);
            return "first";
        })))
        {
            await first.Client.ScheduleNewOrchestrationInstanceAsync("Held", new StartOrchestrationOptions("taken"), Token);
            await entered.Task.WaitAsync(Token);
        }

        await using var second = await PortableWorker.StartAsync(host, tasks => Add(tasks, () => Task.FromResult("second")));
        var ended = await second.Client.WaitForInstanceCompletionAsync("taken", getInputsAndOutputs: true, Token)
            .WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Token);
        await never.CancelAsync();

        Assert.Equal("second", ended.ReadOutputAs<string>());
    }

    private static void Add(DurableTaskRegistry tasks, Func<Task<string>> hold)
    {
        tasks.AddOrchestratorFunc("Held", context => context.CallActivityAsync<string>("Hold", ""));
        tasks.AddActivityFunc<string, string?>("Hold", async (_, _) => await hold());
    }
}
