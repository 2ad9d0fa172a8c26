using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Xunit;
using Kind = Microsoft.DurableTask.Protobuf.HistoryEvent.EventTypeOneofCase;

namespace Tasklane.Emulator.Tests.Durable;

public sealed class QueryTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Instances_are_found_by_state_time_and_prefix_page_by_page()
    {
        await using var run = await Filled();
        var from = run.Clock.GetUtcNow();
        await run.RunAsync("Nothing", "late", "z-late");

        var all = await Read(run, new OrchestrationQuery(PageSize: 7));
        var waiting = await Read(run, new OrchestrationQuery(Statuses: [OrchestrationRuntimeStatus.Running]));
        var prefixed = await Read(run, new OrchestrationQuery(InstanceIdPrefix: "a-"));
        var late = await Read(run, new OrchestrationQuery(CreatedFrom: from, FetchInputsAndOutputs: true));
        var early = await Read(run, new OrchestrationQuery(CreatedTo: from.AddTicks(-1)));

        Assert.Equal(26, all.Count);
        Assert.Equal(26, all.DistinctBy(one => one.InstanceId).Count());
        Assert.Equal(5, waiting.Count);
        Assert.Equal(20, prefixed.Count);
        Assert.Equal("late", Assert.Single(late).ReadInputAs<string>());
        Assert.Equal(25, early.Count);
        Assert.Throws<InvalidOperationException>(() => early[0].ReadInputAs<string>());
    }

    [Fact]
    public async Task Pages_are_as_large_as_asked_and_go_on_where_they_ended()
    {
        await using var run = await Filled();
        var query = new OrchestrationQuery(PageSize: 10);

        var pages = new List<Page<OrchestrationMetadata>>();
        await foreach (var page in run.Client.GetAllInstancesAsync(query).AsPages().WithCancellation(Cancellation))
            pages.Add(page);
        var again = await Read(run, query with { ContinuationToken = pages[0].ContinuationToken });

        Assert.Equal(new[] { 10, 10, 5 }, pages.Select(page => page.Values.Count));
        Assert.Equal(15, again.Count);
    }

    [Fact]
    public async Task Ids_are_listed_by_when_instances_ended()
    {
        await using var run = await Filled();
        var from = run.Clock.GetUtcNow();
        await run.RunAsync("Nothing", id: "z-late");

        var late = await run.Client.ListInstanceIdsAsync(completedTimeFrom: from, cancellation: Cancellation);
        var first = await run.Client.ListInstanceIdsAsync(
            [OrchestrationRuntimeStatus.Completed], pageSize: 20, cancellation: Cancellation);
        var second = await run.Client.ListInstanceIdsAsync(
            [OrchestrationRuntimeStatus.Completed], lastInstanceKey: first.ContinuationToken, cancellation: Cancellation);

        Assert.Equal(new[] { "z-late" }, late.Values);
        Assert.Equal(20, first.Values.Count);
        Assert.Equal(new[] { "z-late" }, second.Values);
    }

    [Fact]
    public async Task Metadata_has_tags_times_and_status()
    {
        await using var run = await new DurableRun(Mode.Live)
            .Orchestrator("Wait", async context =>
            {
                context.SetCustomStatus(new { Step = 1 });
                await context.WaitForExternalEvent<int>("go");
            })
            .StartAsync();
        var created = run.Clock.GetUtcNow();
        var id = await run.Client.ScheduleNewOrchestrationInstanceAsync(
            "Wait", new StartOrchestrationOptions { Tags = new Dictionary<string, string> { ["who"] = "me" } }, Cancellation);
        await run.Client.WaitForInstanceStartAsync(id, Cancellation);
        run.Clock.Advance(TimeSpan.FromMinutes(3));
        await run.Client.RaiseEventAsync(id, "go", 1, Cancellation);

        var ended = await run.EndOf(id);
        var read = await run.Get(id);

        foreach (var metadata in new[] { ended, read })
        {
            Assert.Equal("me", metadata.Tags["who"]);
            Assert.Equal(created, metadata.CreatedAt);
            Assert.Equal(created.AddMinutes(3), metadata.LastUpdatedAt);
            Assert.Equal("""{"Step":1}""", metadata.SerializedCustomStatus);
        }
    }

    [Fact]
    public async Task A_history_tells_what_happened_in_order()
    {
        await using var run = await new DurableRun(Mode.Live)
            .Activity<int, int>("Step", number => number)
            .Orchestrator("Steps", async context =>
            {
                await context.CallActivityAsync("Step", 1);
                await context.CreateTimer(TimeSpan.Zero, CancellationToken.None);
                return "done";
            })
            .StartAsync();

        var ended = await run.RunAsync("Steps", "in");

        var history = run.Engine.Queries.History(ended.InstanceId)!;
        Assert.Equal(
            new[]
            {
                Kind.OrchestratorStarted, Kind.ExecutionStarted, Kind.TaskScheduled, Kind.OrchestratorCompleted,
                Kind.OrchestratorStarted, Kind.TaskCompleted, Kind.TimerCreated, Kind.OrchestratorCompleted,
                Kind.OrchestratorStarted, Kind.TimerFired, Kind.ExecutionCompleted, Kind.OrchestratorCompleted,
            },
            history.Select(record => record.EventTypeCase));
        Assert.Equal("\"in\"", history[1].ExecutionStarted.Input);
        Assert.Equal("\"done\"", history[^2].ExecutionCompleted.Result);
    }

    private static async Task<List<OrchestrationMetadata>> Read(DurableRun run, OrchestrationQuery query)
    {
        var found = new List<OrchestrationMetadata>();
        await foreach (var one in run.Client.GetAllInstancesAsync(query).WithCancellation(Cancellation))
            found.Add(one);
        return found;
    }

    // Twenty ended ones (a-...) and five that wait (b-...), an hour ago.
    private static async Task<DurableRun> Filled()
    {
        var run = await new DurableRun(Mode.Live)
            .Orchestrator("Nothing", _ => Task.CompletedTask)
            .Orchestrator("Wait", context => context.WaitForExternalEvent<int>("go"))
            .StartAsync();
        for (var i = 0; i < 20; i++)
            await run.RunAsync("Nothing", i, $"a-{i}");
        for (var i = 0; i < 5; i++)
        {
            await run.Client.ScheduleNewOrchestrationInstanceAsync("Wait", new StartOrchestrationOptions($"b-{i}"), Cancellation);
            await run.Client.WaitForInstanceStartAsync($"b-{i}", Cancellation);
        }

        run.Clock.Advance(TimeSpan.FromHours(1));
        return run;
    }
}
