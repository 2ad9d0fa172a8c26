using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class RetryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory, EveryMode]
    public async Task A_policy_spaces_its_attempts_by_the_coefficient_up_to_the_cap(Mode mode)
    {
        var policy = new RetryPolicy(5, TimeSpan.FromSeconds(10), backoffCoefficient: 3, maxRetryInterval: TimeSpan.FromSeconds(100));
        var (ended, starts) = await Attempts(mode, TaskOptions.FromRetryPolicy(policy), failures: 4);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.Equal(new[] { 10, 30, 90, 100 }, Gaps(starts));
    }

    [Theory, EveryMode]
    public async Task The_first_attempt_counts_and_the_last_failure_shows(Mode mode)
    {
        var policy = new RetryPolicy(3, TimeSpan.FromSeconds(1));
        var (ended, starts) = await Attempts(mode, TaskOptions.FromRetryPolicy(policy), failures: 10);

        Assert.Equal(3, starts.Count);
        Assert.Equal("failure 3", ended.FailureDetails!.InnerFailure!.ErrorMessage);
    }

    [Theory, EveryMode]
    public async Task A_policy_may_refuse_a_failure(Mode mode)
    {
        var policy = new RetryPolicy(3, TimeSpan.FromSeconds(1))
        {
            HandleFailure = failure => !failure.IsCausedBy<InvalidDataException>(),
        };
        var (_, starts) = await Attempts(mode, TaskOptions.FromRetryPolicy(policy), failures: 10);

        Assert.Single(starts);
    }

    [Theory, EveryMode]
    public async Task No_attempt_starts_after_the_policys_time(Mode mode)
    {
        var policy = new RetryPolicy(100, TimeSpan.FromSeconds(10), retryTimeout: TimeSpan.FromSeconds(25));
        var (_, starts) = await Attempts(mode, TaskOptions.FromRetryPolicy(policy), failures: 100);

        Assert.Equal(4, starts.Count);
    }

    [Theory, EveryMode]
    public async Task A_handler_decides_and_waits_as_long_as_it_likes(Mode mode)
    {
        var options = TaskOptions.FromRetryHandler(async retry =>
        {
            await retry.OrchestrationContext.CreateTimer(TimeSpan.FromSeconds(7 * retry.LastAttemptNumber), retry.CancellationToken);
            return retry.LastAttemptNumber < 3 && retry.LastFailure.ErrorMessage == $"failure {retry.LastAttemptNumber}";
        });
        var (ended, starts) = await Attempts(mode, options, failures: 10);

        Assert.Equal(new[] { 7, 14 }, Gaps(starts));
        Assert.Equal("failure 3", ended.FailureDetails!.InnerFailure!.ErrorMessage);
    }

    [Theory, EveryMode]
    public async Task A_handler_adds_no_delay_of_its_own(Mode mode)
    {
        var (ended, starts) = await Attempts(mode, TaskOptions.FromRetryHandler(retry => retry.LastAttemptNumber < 5), failures: 4);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, ended.RuntimeStatus);
        Assert.All(Gaps(starts), gap => Assert.Equal(0, gap));
    }

    [Theory, EveryMode]
    public async Task Sub_orchestrations_are_retried_under_the_same_id(Mode mode)
    {
        var failures = 0;
        await using var run = await new DurableRun(mode)
            .Activity<int, int>("Flaky", _ => Interlocked.Increment(ref failures) < 3 ? throw new InvalidDataException() : 1)
            .Orchestrator("Child", async context =>
            {
                await context.CallActivityAsync("Flaky", 0);
                return context.InstanceId;
            })
            .Orchestrator("Parent", async context => await context.CallSubOrchestratorAsync<string>(
                "Child",
                options: new SubOrchestrationOptions(TaskRetryOptions.FromRetryHandler(_ => true), "child")))
            .StartAsync();

        Assert.Equal("child", (await run.RunAsync("Parent")).ReadOutputAs<string>());
    }

    private static int[] Gaps(List<DateTimeOffset> starts) =>
        starts.Skip(1).Zip(starts, (later, earlier) => (int)(later - earlier).TotalSeconds).ToArray();

    // Runs an activity that fails so often, moving the clock along whenever the orchestration has begun to wait.
    private static async Task<(OrchestrationMetadata Ended, List<DateTimeOffset> Starts)> Attempts(
        Mode mode, TaskOptions options, int failures)
    {
        var starts = new List<DateTimeOffset>();
        DurableRun? made = null;
        await using var run = made = new DurableRun(mode)
            .Activity<int, int>("Flaky", _ =>
            {
                lock (starts)
                {
                    starts.Add(made!.Clock.GetUtcNow());
                    return starts.Count <= failures ? throw new InvalidDataException($"failure {starts.Count}") : starts.Count;
                }
            })
            .Orchestrator("Retry", context => context.CallActivityAsync("Flaky", 0, options));
        await run.StartAsync();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync("Retry", Cancellation);
        var end = run.EndOf(id);
        while (!end.IsCompleted)
        {
            if (NextTimer(run, id) is { } due && due > run.Clock.GetUtcNow())
                run.Clock.Advance(due - run.Clock.GetUtcNow());
            await Task.Yield();
        }

        return (await end, starts);
    }

    private static DateTimeOffset? NextTimer(DurableRun run, string id)
    {
        var history = run.Engine.Queries.History(id)!;
        var fired = history.Where(record => record.TimerFired is not null).Select(record => record.TimerFired.TimerId).ToHashSet();
        var open = history.FirstOrDefault(record => record.TimerCreated is not null && !fired.Contains(record.EventId));
        return open?.TimerCreated.FireAt.ToDateTimeOffset();
    }
}
