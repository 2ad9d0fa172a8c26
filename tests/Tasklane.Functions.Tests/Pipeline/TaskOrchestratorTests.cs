using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing;
using Tasklane.Pipeline;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Pipeline;

/// <summary>The orchestrator on the real Durable worker, with activities that answer as each test says.</summary>
public sealed class TaskOrchestratorTests : IAsyncLifetime
{
    private const string Id = "0123456789abcdef0123456789abcdef";

    private readonly ConcurrentQueue<string> _called = new();
    private readonly TaskCompletionSource _attempted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Func<TaskWork, Task<Verdict>> _runTask = _ => Task.FromResult(Verdict.Ended);
    private Admission _admission = Admission.Granted;
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
            registry.AddActivityFunc<TaskWork, Verdict>(nameof(RunTask), async (_, work) =>
            {
                _called.Enqueue(nameof(RunTask));
                _attempted.TrySetResult();
                return await _runTask(work);
            });
            registry.AddActivityFunc<TaskWork, Admission>(nameof(AdmitTask), (_, _) =>
            {
                _called.Enqueue(nameof(AdmitTask));
                _attempted.TrySetResult();
                return Task.FromResult(_admission);
            });
        },
        new DurableTaskTestHostOptions { Port = FreePort.Next() }, Ct); // its own choice is blind

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _patience.Dispose();
    }

    [Fact]
    public async Task A_task_with_a_slot_is_one_activity()
    {
        var instance = await ScheduleAsync(new TaskWork(Id, 0, 0));

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal([nameof(RunTask)], _called);
    }

    [Fact]
    public async Task One_cancelled_while_it_waits_for_its_time_ends_at_once()
    {
        var instance = await ScheduleAsync(new TaskWork(Id, 0, 0, InAnHour));
        await _host.Client.WaitForInstanceStartAsync(instance, Ct);
        await CancelAsync(instance);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Empty(_called);
    }

    [Fact]
    public async Task One_cancelled_while_it_backs_off_ends_at_once()
    {
        _runTask = _ => Task.FromResult(new Verdict(VerdictKind.Retry, InAnHour, 1));
        var instance = await ScheduleAsync(new TaskWork(Id, 0, 0));
        await _attempted.Task.WaitAsync(Ct);
        await CancelAsync(instance);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal([nameof(RunTask)], _called);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_cancelled_while_it_waits_for_a_slot_ends_at_once(bool ranBefore)
    {
        _admission = Admission.Waiting;
        _runTask = _ => Task.FromResult(new Verdict(VerdictKind.Waiting));
        var instance = await ScheduleAsync(new TaskWork(Id, 0, 0, ranBefore ? null : DateTimeOffset.UnixEpoch));
        await _attempted.Task.WaitAsync(Ct);
        await CancelAsync(instance);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal([ranBefore ? nameof(RunTask) : nameof(AdmitTask)], _called);
    }

    [Fact]
    public async Task A_grant_lets_it_run_and_a_second_one_is_left_over()
    {
        _admission = Admission.Waiting;
        var instance = await ScheduleAsync(new TaskWork(Id, 0, 0, DateTimeOffset.UnixEpoch));
        await _attempted.Task.WaitAsync(Ct);
        await _host.Client.RaiseEventAsync(instance, Instances.Granted, true, Ct);
        await _host.Client.RaiseEventAsync(instance, Instances.Granted, true, Ct);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
        Assert.Equal([nameof(AdmitTask), nameof(RunTask)], _called);
    }

    [Fact]
    public async Task One_whose_worker_is_lost_runs_again_beside_it()
    {
        var first = new TaskCompletionSource<Verdict>(TaskCreationOptions.RunContinuationsAsynchronously);
        var second = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var attempts = 0;
        _runTask = _ =>
        {
            if (Interlocked.Increment(ref attempts) == 1)
                return first.Task;
            second.TrySetResult();
            return Task.FromResult(Verdict.Ended);
        };
        var instance = await ScheduleAsync(new TaskWork(Id, 0, 0));
        await _attempted.Task.WaitAsync(Ct);
        await _host.Client.RaiseEventAsync(instance, Instances.Lost, true, Ct);
        await second.Task.WaitAsync(Ct);
        first.SetResult(Verdict.MovedOn);

        Assert.Equal(OrchestrationRuntimeStatus.Completed, await EndAsync(instance));
    }

    public static TheoryData<object?> Unreadable => [null!, 17, "a text", new { }, new { Id = "queue:high", Run = 0 }, new { Id, Run = -1 }];

    [Theory]
    [MemberData(nameof(Unreadable))]
    public async Task An_input_that_names_no_task_fails_for_good(object? input)
    {
        var instance = await _host.Client.ScheduleNewOrchestrationInstanceAsync(Instances.TaskOrchestrator, input, Ct);

        Assert.Equal(OrchestrationRuntimeStatus.Failed, await EndAsync(instance));
        Assert.Empty(_called);
    }

    private static DateTimeOffset InAnHour => TimeProvider.System.GetUtcNow().AddHours(1);

    private Task<string> ScheduleAsync(TaskWork work) =>
        _host.Client.ScheduleNewOrchestrationInstanceAsync(Instances.TaskOrchestrator, work, Ct);

    private Task CancelAsync(string instance) => _host.Client.RaiseEventAsync(instance, Instances.Cancel, true, Ct);

    private async Task<OrchestrationRuntimeStatus> EndAsync(string instance) =>
        (await _host.Client.WaitForInstanceCompletionAsync(instance, Ct)).RuntimeStatus;
}
