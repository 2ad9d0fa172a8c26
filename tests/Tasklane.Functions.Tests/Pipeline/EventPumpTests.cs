using System.Collections.Concurrent;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Live;
using Tasklane.Pipeline;
using Tasklane.Tasks;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Functions.Tests.Pipeline;

/// <summary>The pumps of several hubs on one task hub, and one that a former version left behind.</summary>
public sealed class EventPumpTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<OutboxWork> _read = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _asked = new();
    private readonly CancellationTokenSource _patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private DurableTaskTestHost _host = null!;

    private CancellationToken Ct => _patience.Token;

    public async ValueTask InitializeAsync()
    {
        _patience.CancelAfter(TimeSpan.FromSeconds(60));
        _host = await DurableTaskTestHost.StartAsync(
            registry =>
            {
                registry.AddOrchestratorFunc<string?, object?>(Instances.EventPump, async (context, _) =>
                {
                    await EventPump.Run(context);
                    return null;
                });
                registry.AddActivityFunc<OutboxWork, string?>(nameof(ReadOutbox), (_, work) =>
                {
                    _read.Enqueue(work);
                    Asked(work.Hub).TrySetResult();
                    return Task.FromResult<string?>(null);
                });
            },
            new DurableTaskTestHostOptions { Port = FreePort.Next() }, Ct);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _patience.Dispose();
    }

    [Fact]
    public async Task Each_hub_has_a_pump_of_its_own_and_rings_only_that()
    {
        var (north, south) = (Waker("north"), Waker("south"));

        await north.RingAsync(_host.Client);
        await Asked("north").Task.WaitAsync(Ct);
        Assert.False(Asked("south").Task.IsCompleted);
        await south.RingAsync(_host.Client);
        await Asked("south").Task.WaitAsync(Ct);

        Assert.All(_read, work => Assert.Null(work.Position));
        Assert.Equal(
            ["event-pump-north", "event-pump-south"],
            (await _host.Client.GetAllInstancesAsync().ToListAsync(Ct)).Select(one => one.InstanceId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_pump_of_a_former_version_is_woken_to_its_end()
    {
        await _host.Client.ScheduleNewOrchestrationInstanceAsync(
            Instances.EventPump, "1234", new StartOrchestrationOptions(Instances.FormerEventPumpId), Ct);

        await Waker("north").RingAsync(_host.Client);

        var former = await _host.Client.WaitForInstanceCompletionAsync(Instances.FormerEventPumpId, Ct);
        Assert.Equal(OrchestrationRuntimeStatus.Completed, former.RuntimeStatus);
        await Asked("north").Task.WaitAsync(Ct);
    }

    [Fact]
    public async Task An_activity_of_another_hub_fails_so_that_a_worker_of_that_hub_may_take_it()
    {
        var options = new TasklaneOptions { Hub = "north" };
        var work = new TaskWork("0123456789abcdef0123456789abcdef", 0, Hub: "south");

        await Assert.ThrowsAsync<InvalidOperationException>(() => new ReadOutbox(null!, null!, null!, options).Run(new OutboxWork("south", null), null!, Ct));
        await Assert.ThrowsAsync<InvalidOperationException>(() => new PushTaskEvents(null!, null!, options).Run(new OutboxWork("south", "1"), Ct));
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await new RunTask(null!, options).Run(work, null!));
        Assert.Null(await new ReadOutbox(null!, null!, null!, options).Run(new OutboxWork("", "1"), null!, Ct));
    }

    private static TaskWaker Waker(string hub) => new(new TasklaneOptions { Hub = hub }, null!, NullLogger<TaskWaker>.Instance);

    private TaskCompletionSource Asked(string hub) =>
        _asked.GetOrAdd(hub, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
