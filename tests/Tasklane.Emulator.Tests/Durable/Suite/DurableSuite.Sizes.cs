using DurableTask.Core.History;

namespace Tasklane.Emulator.Tests.Durable.Suite;

/// <summary>Much of everything: payloads and histories beyond what a gRPC client takes in one message unless it is told to (4 MB).</summary>
public abstract partial class DurableSuite
{
    private const int Megabyte = 1 << 20;

    [Fact]
    public virtual Task A_payload_of_one_megabyte_goes_through() => AssertEchoAsync(1);

    [Fact]
    public virtual Task A_payload_of_five_megabytes_goes_through() => AssertEchoAsync(5);

    [Fact]
    public virtual async Task A_large_event_reaches_its_orchestration()
    {
        var text = new string('x', 5 * Megabyte);
        await StartWaitingAsync();
        await Client.RaiseEventAsync(Id, "go", text, Token);

        Assert.Equal(text, (await EndAsync(Id)).ReadOutputAs<string>());
    }

    [Fact]
    public virtual async Task A_history_of_many_events_is_told_whole()
    {
        await RunAsync("SuiteFan", 1000);

        var events = await Client.GetOrchestrationHistoryAsync(Id, Token);

        Assert.Equal(1000, events.OfType<TaskScheduledEvent>().Select(e => e.EventId).Distinct().Count());
        Assert.Equal(1000, events.OfType<TaskCompletedEvent>().Select(e => e.TaskScheduledId).Distinct().Count());
    }

    [Fact]
    public virtual async Task A_history_of_many_megabytes_is_told_whole()
    {
        var ended = await RunAsync("SuiteBulk", 12);

        Assert.Equal(6 * Megabyte, ended.ReadOutputAs<int>());
        var events = await Client.GetOrchestrationHistoryAsync(Id, Token);
        Assert.True(events.OfType<TaskCompletedEvent>().Sum(e => e.Result.Length) > 6 * Megabyte);
    }

    // As input, to and from an activity, and as output.
    private async Task AssertEchoAsync(int megabytes)
    {
        var text = new string('x', megabytes * Megabyte);

        Assert.Equal(text, (await RunAsync("SuiteEcho", text)).ReadOutputAs<string>());
    }
}
