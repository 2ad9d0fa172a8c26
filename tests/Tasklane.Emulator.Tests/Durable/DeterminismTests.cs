using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class DeterminismTests
{
    private const string NonDeterministic = "DurableTask.Core.Exceptions.NonDeterministicOrchestrationException";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Strict_mode_catches_an_orchestrator_that_asks_for_something_else_in_replay()
    {
        var replays = 0;
        await using var run = await new DurableRun(Mode.Strict)
            .Activity<int, int>("First", number => number)
            .Activity<int, int>("Second", number => number)
            .Orchestrator("Fickle", async context =>
            {
                var name = Interlocked.Increment(ref replays) == 1 ? "First" : "Second";
                await context.CallActivityAsync(name, 1);
            })
            .StartAsync();

        var ended = await run.RunAsync("Fickle", id: "fickle");

        Assert.Equal(OrchestrationRuntimeStatus.Failed, ended.RuntimeStatus);
        Assert.Equal(NonDeterministic, ended.FailureDetails!.ErrorType);
        Assert.Equal(
            "Non-deterministic orchestrator 'Fickle' (instance 'fickle'): run twice from the same history, it first asked for activity "
            + "'First' with input [1] and then for activity 'Second' with input [1].",
            ended.FailureDetails.ErrorMessage);
    }

    [Theory]
    [InlineData("less")]
    [InlineData("more")]
    [InlineData("order")]
    [InlineData("timer")]
    [InlineData("input")]
    [InlineData("output")]
    [InlineData("swallowed")]
    public async Task Strict_mode_catches_every_kind_of_difference(string difference)
    {
        var replays = 0;
        await using var run = await new DurableRun(Mode.Strict)
            .Activity<int, int>("A", number => number)
            .Activity<int, int>("B", number => number)
            .Orchestrator("Fickle", async context =>
            {
                var first = Interlocked.Increment(ref replays) == 1;
                switch (difference)
                {
                    case "less":
                        await Task.WhenAll(context.CallActivityAsync("A", 1), first ? context.CallActivityAsync("B", 1) : Task.CompletedTask);
                        break;
                    case "more":
                        await Task.WhenAll(context.CallActivityAsync("A", 1), first ? Task.CompletedTask : context.CallActivityAsync("B", 1));
                        break;
                    case "order":
                        await Task.WhenAll(context.CallActivityAsync(first ? "A" : "B", 1), context.CallActivityAsync(first ? "B" : "A", 1));
                        break;
                    case "timer":
                        await (first ? context.CallActivityAsync("A", 1) : context.CreateTimer(TimeSpan.FromHours(1), default));
                        break;
                    case "input":
                        await context.CallActivityAsync("A", first ? 1 : 2);
                        break;
                    case "swallowed":
                        try
                        {
                            await context.CallActivityAsync(first ? "A" : "B", 1);
                        }
                        catch (Exception error) when (error is not TaskFailedException)
                        {
                            return "all is well";
                        }

                        break;
                }

                return difference == "output" ? replays : null;
            })
            .StartAsync();

        Assert.Equal(NonDeterministic, (await run.RunAsync("Fickle")).FailureDetails?.ErrorType);
    }

    [Fact]
    public async Task Without_strict_mode_a_rebuild_still_catches_it()
    {
        var changed = false;
        await using var run = await new DurableRun(Mode.Live)
            .Activity<int, int>("Old", number => number)
            .Activity<int, int>("New", number => number)
            .Orchestrator("Changed", async context =>
            {
                await context.CallActivityAsync(changed ? "New" : "Old", 1);
                await context.WaitForExternalEvent<int>("go");
            })
            .StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Changed", Cancellation);
        await run.Client.RaiseEventAsync(id, "unrelated", 0, Cancellation);
        while (run.Engine.Queries.History(id)!.Count < 5)
            await Task.Yield();
        await run.StopAsync();
        changed = true;
        await run.StartAsync();

        await run.Client.RaiseEventAsync(id, "go", 1, Cancellation);

        Assert.Equal(NonDeterministic, (await run.EndOf(id)).FailureDetails?.ErrorType);
    }

    [Theory, EveryMode]
    public async Task Guids_and_times_are_the_same_in_every_replay(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Step", number => number)
            .Orchestrator("Stable", async context =>
            {
                var guids = new List<Guid> { context.NewGuid(), context.NewGuid() };
                var begun = context.CurrentUtcDateTime;
                await context.CallActivityAsync("Step", 1);
                guids.Add(context.NewGuid());
                Assert.Equal(DateTimeKind.Utc, begun.Kind);
                return new { guids, begun };
            })
            .StartAsync();

        var ended = await run.RunAsync("Stable");

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Equal(3, ended.ReadOutputAs<System.Text.Json.JsonElement>().GetProperty("guids").EnumerateArray().Select(one => one.GetGuid()).Distinct().Count());
    }

    [Theory, EveryMode]
    public async Task Yields_and_local_tasks_stay_in_the_turn(Mode mode)
    {
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Step", number => number)
            .Orchestrator("Local", async context =>
            {
                await Task.Yield();
                var sum = 0;
                async Task Add(int number)
                {
                    await Task.Yield();
                    var step = await context.CallActivityAsync<int>("Step", number);
                    sum += step;
                    await Task.Yield();
                }

                await Task.WhenAll(Add(1), Add(2), Add(3));
                return sum;
            })
            .StartAsync();

        Assert.Equal(6, (await run.RunAsync("Local")).ReadOutputAs<int>());
    }

    [Theory, EveryMode]
    public async Task Replay_safe_loggers_say_each_thing_once(Mode mode)
    {
        var lines = new List<string>();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(new ListLogger(lines)));
        await using var run = await new DurableRun(mode) { Logging = logging }
            .Activity<int, int>("Step", number => number)
            .Orchestrator("Talk", async context =>
            {
                var logger = context.CreateReplaySafeLogger("Talk");
                for (var i = 0; i < 4; i++)
                {
                    logger.LogInformation("step {Number}", i);
                    await context.CallActivityAsync("Step", i);
                }
            })
            .StartAsync();

        await run.RunAsync("Talk");

        // Strict mode runs each turn twice, the second time as if it were the first.
        var said = lines.Where(line => line.StartsWith("step", StringComparison.Ordinal));
        Assert.Equal(new[] { "step 0", "step 1", "step 2", "step 3" }, mode == Mode.Strict ? said.Distinct() : said);
    }

    private sealed class ListLogger(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
                lines.Add(formatter(state, exception));
        }

        public void Dispose()
        {
            // Nothing to let go.
        }
    }
}
