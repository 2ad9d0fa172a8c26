using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing;
using Tasklane.Pipeline;
using Tasklane.Tasks;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Pipeline;

/// <summary>The orchestrator on the real Durable worker, with activities that answer as each test says.</summary>
public sealed class TaskOrchestratorTests : IAsyncLifetime
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    private readonly ConcurrentDictionary<int, Task<Verdict>> _answers = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _questions = new();
    private int _asked;
    private DurableTaskTestHost _host = null!;

    // An orchestration that fails where it should wait would leave its test waiting.
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private CancellationToken Ct => _patience.Token;

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromSeconds(60));
        _host = await StartAsync();
    }

    private Task<DurableTaskTestHost> StartAsync() => DurableTaskTestHost.StartAsync(
        registry =>
        {
            registry.AddOrchestratorFunc<TaskWork?, object?>(Instances.TaskOrchestrator, async (context, _) =>
            {
                await TaskOrchestrator.Run(context);
                return null;
            });
            registry.AddActivityFunc<TaskWork, Verdict>(nameof(RunTask), async (_, _) =>
            {
                var number = Interlocked.Increment(ref _asked);
                _questions.GetOrAdd(number, _ => NewSignal()).TrySetResult();
                return _answers.TryGetValue(number, out var answer) ? await answer : Verdict.Ended;
            });
        },
        new DurableTaskTestHostOptions { Port = FreePort.Next() }, Ct); // its own choice is blind

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _patience.Dispose();
    }

    [Fact]
    public async Task A_task_that_runs_through_is_one_activity()
    {
        var instance = await ScheduleAsync(new TaskWork(Id, 0));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task One_that_is_woken_before_its_time_asks_at_once_and_ends_if_it_is_told_so()
    {
        var instance = await ScheduleAsync(new TaskWork(Id, 0, InAnHour));
        await _host.Client.WaitForInstanceStartAsync(instance, Ct);
        Assert.Equal(0, _asked);
        await WakeAsync(instance);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal(1, _asked);
    }

    public static TheoryData<string> Waits => ["later", "waiting", "former backoff"];

    [Theory]
    [MemberData(nameof(Waits))]
    public async Task However_it_waits_it_asks_when_it_is_woken(string wait)
    {
        Answer(1, wait switch
        {
            "later" => Verdict.Later(InAnHour),
            "waiting" => Verdict.Waiting,
            _ => new Verdict(VerdictKind.FormerBackoff, InAnHour),
        });
        var instance = await ScheduleAsync(new TaskWork(Id, 0));
        await AskedAsync(1);
        await WakeAsync(instance);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task It_asks_again_at_the_time_it_was_told()
    {
        Answer(1, Verdict.Later(TimeProvider.System.GetUtcNow().AddMilliseconds(200)));
        Answer(2, Verdict.Later(DateTimeOffset.UnixEpoch));
        Answer(3, Verdict.Again);
        var instance = await ScheduleAsync(new TaskWork(Id, 0, DateTimeOffset.UnixEpoch));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal(4, _asked);
    }

    /// <summary>It is woken because the worker seems dead; the worker is alive, and what it says in the end is heard.</summary>
    [Theory]
    [InlineData(VerdictKind.Later)]
    [InlineData(VerdictKind.Waiting)]
    public async Task An_answer_that_comes_after_a_second_question_counts(VerdictKind told)
    {
        var first = new TaskCompletionSource<Verdict>(TaskCreationOptions.RunContinuationsAsynchronously);
        Answer(1, first.Task);
        Answer(2, new Verdict(told, told == VerdictKind.Later ? InAnHour : null));
        var instance = await ScheduleAsync(new TaskWork(Id, 0));
        await AskedAsync(1);
        await WakeAsync(instance);
        await AskedAsync(2);
        first.SetResult(Verdict.Again);
        await AskedAsync(3);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal(3, _asked);
    }

    /// <summary>Whatever number of workers die one after the other: each wake asks, and the dead one is not waited for.</summary>
    [Fact]
    public async Task Every_wake_asks_while_the_first_question_is_not_answered()
    {
        var dead = new TaskCompletionSource<Verdict>(TaskCreationOptions.RunContinuationsAsynchronously);
        Answer(1, dead.Task);
        Answer(2, Verdict.Waiting);
        Answer(3, Verdict.Again);
        Answer(4, Verdict.Later(InAnHour));
        var instance = await ScheduleAsync(new TaskWork(Id, 0));
        foreach (var asked in new[] { 1, 2, 4 })
        {
            await AskedAsync(asked);
            await WakeAsync(instance);
        }

        await AskedAsync(5);
        // This host tells no end before every activity has ended.
        dead.SetResult(Verdict.Waiting);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
    }

    /// <summary>A new generation would hear no answer to the old one's questions: it begins when none is open, and goes on waiting as it was told.</summary>
    [Fact]
    public async Task A_long_run_goes_on_in_new_generations()
    {
        const int slices = 250;
        for (var i = 1; i < slices; i++)
            Answer(i, i % 50 == 0 ? Verdict.Later(DateTimeOffset.UnixEpoch) : Verdict.Again);
        var instance = await ScheduleAsync(new TaskWork(Id, 0));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal(slices, _asked);
    }

    public static TheoryData<object?> Unreadable => [null!, 17, "a text", new { }, new { Id = "queue:high", Run = 0 }, new { Id, Run = -1 }];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task An_input_that_names_no_task_fails_for_good(object? input)
    {
        var instance = await _host.Client.ScheduleNewOrchestrationInstanceAsync(Instances.TaskOrchestrator, input, Ct);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, await EndAsync(instance));
        Assert.Equal(0, _asked);
    }

    private static DateTimeOffset InAnHour => TimeProvider.System.GetUtcNow().AddHours(1);

    private Task<string> ScheduleAsync(TaskWork work) =>
        _host.Client.ScheduleNewOrchestrationInstanceAsync(Instances.TaskOrchestrator, work, Ct);

    private Task WakeAsync(string instance) => _host.Client.RaiseEventAsync(instance, Instances.Wake, true, Ct);

    /// <summary>What a question is answered, by its number from 1; any other that the task has ended.</summary>
    private void Answer(int number, Verdict verdict) => Answer(number, Task.FromResult(verdict));

    private void Answer(int number, Task<Verdict> verdict) => _answers[number] = verdict;

    /// <summary>Waits until so many questions have been asked.</summary>
    private Task AskedAsync(int count) => _questions.GetOrAdd(count, _ => NewSignal()).Task.WaitAsync(Ct);

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<OrchestrationRuntimeStatus> EndAsync(string instance) =>
        (await _host.Client.WaitForInstanceCompletionAsync(instance, Ct)).RuntimeStatus;
}
