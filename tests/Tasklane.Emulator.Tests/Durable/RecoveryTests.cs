using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

/// <summary>What is acknowledged is never lost, whatever ends the engine.</summary>
public sealed class RecoveryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, EveryMode]
    public async Task An_activity_under_way_at_a_crash_runs_again_at_once(Mode mode)
    {
        var runs = 0;
        var started = new Signal();
        var never = new TaskCompletionSource();
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Slow", async (number, _) =>
            {
                if (Interlocked.Increment(ref runs) == 1)
                {
                    started.Set();
                    await never.Task;
                }

                return number;
            })
            .Orchestrator("Work", async context => await context.CallActivityAsync<int>("Slow", 5))
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Work", Cancellation);
        await started.Reached;

        await run.CrashAndStartAsync();

        Assert.Equal(5, (await run.EndOf(id)).ReadOutputAs<int>());
        Assert.Equal(2, runs);
    }

    [Fact]
    public async Task The_databases_log_begins_anew_while_writing_goes_on()
    {
        await using var run = await new DurableRun(Mode.Evicting)
            .Activity<string, int>("Length", text => text.Length)
            .Orchestrator("Work", async context => await context.CallActivityAsync<int>("Length", context.GetInput<string>()))
            .StartAsync();
        var text = new string('x', 100_000);

        // 200 MB and more of inputs, never a pause: without copying the log would hold them all.
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 1000),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Cancellation },
            async (_, _) => Assert.Equal(100_000, (await run.RunAsync("Work", text)).ReadOutputAs<int>()));

        Assert.InRange(new FileInfo(run.DatabasePath + "-wal").Length, 1, 150_000_000);
    }

    [Theory, EveryMode]
    public async Task A_stop_lets_running_activities_end_and_keeps_their_results(Mode mode)
    {
        var started = new Signal();
        var mayEnd = new Signal();
        var runs = 0;
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Slow", async (number, _) =>
            {
                Interlocked.Increment(ref runs);
                started.Set();
                await mayEnd.Reached;
                return number;
            })
            .Orchestrator("Work", async context => await context.CallActivityAsync<int>("Slow", 5))
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Work", Cancellation);
        await started.Reached;

        var stop = run.StopAsync();
        Assert.False(stop.IsCompleted);
        mayEnd.Set();
        await stop;
        await run.StartAsync();

        Assert.Equal(5, (await run.EndOf(id)).ReadOutputAs<int>());
        Assert.Equal(1, runs);
    }

    [Theory, EveryMode]
    public async Task An_activity_that_outlasts_the_grace_is_cancelled_and_runs_again(Mode mode)
    {
        var runs = 0;
        var started = new Signal();
        await using var run = await new DurableRun(mode) { StopGrace = TimeSpan.Zero }
            .Activity<int, int>("Slow", async (number, invocation) =>
            {
                if (Interlocked.Increment(ref runs) == 1)
                {
                    started.Set();
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, invocation.Cancellation);
                }

                return number;
            })
            .Orchestrator("Work", async context => await context.CallActivityAsync<int>("Slow", 5))
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Work", Cancellation);
        await started.Reached;

        await run.StopAsync();
        await run.StartAsync();

        Assert.Equal(5, (await run.EndOf(id)).ReadOutputAs<int>());
        Assert.Equal(2, runs);
    }

    [Theory, EveryMode]
    public async Task Events_acknowledged_before_a_crash_are_there_after_it(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Orchestrator("Sum", async context =>
            {
                var sum = 0;
                for (var i = 0; i < 30; i++)
                {
                    var number = await context.WaitForExternalEvent<int>("number");
                    sum += number;
                }

                return sum;
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Sum", Cancellation);

        for (var i = 0; i < 30; i++)
        {
            await run.Client.RaiseEventAsync(id, "number", i, Cancellation);
            if (i % 7 == 3)
                await run.CrashAndStartAsync();
        }

        Assert.Equal(435, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task Parents_and_children_find_each_other_after_crashes(Mode mode)
    {
        var steps = 0;
        var crashes = Channel();
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Step", number =>
            {
                if (Interlocked.Increment(ref steps) % 5 == 0)
                    crashes.Writer.TryWrite(steps);
                return number;
            })
            .Orchestrator("Child", async context => await context.CallActivityAsync<int>("Step", context.GetInput<int>()))
            .Orchestrator("Parent", async context =>
            {
                var sum = 0;
                for (var i = 0; i < 10; i++)
                {
                    var both = await Task.WhenAll(
                        context.CallSubOrchestratorAsync<int>("Child", i), context.CallSubOrchestratorAsync<int>("Child", 100 * i));
                    sum += both.Sum();
                }

                return sum;
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Parent", Cancellation);

        for (var crash = 0; crash < 4; crash++)
        {
            await crashes.Reader.ReadAsync(Cancellation);
            await run.CrashAndStartAsync();
        }

        Assert.Equal(4545, (await run.EndOf(id)).ReadOutputAs<int>());
    }

    [Fact]
    public async Task A_second_engine_on_the_same_file_is_refused_with_a_reason()
    {
        await using var run = await new DurableRun(Mode.Live).StartAsync();

        var refused = Assert.Throws<IOException>(() => new Tasklane.Emulator.Durable.DurableEngine(
            new Tasklane.Durable.Victim.SdkWorker(),
            new Tasklane.Emulator.Durable.DurableOptions { DatabasePath = run.DatabasePath },
            TimeProvider.System,
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance));

        Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_engine_refuses_calls()
    {
        var run = await new DurableRun(Mode.Live).StartAsync();
        var client = run.Client;
        await run.DisposeAsync();

        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => client.ScheduleNewOrchestrationInstanceAsync("x", Cancellation));
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => client.GetInstanceAsync("x", Cancellation));
    }

    private static System.Threading.Channels.Channel<int> Channel() => System.Threading.Channels.Channel.CreateUnbounded<int>();
}
