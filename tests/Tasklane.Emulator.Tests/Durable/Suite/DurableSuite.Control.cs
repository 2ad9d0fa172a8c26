using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;

namespace Tasklane.Emulator.Tests.Durable.Suite;

/// <summary>Events, and what a client does to instances.</summary>
public abstract partial class DurableSuite
{
    [Fact]
    public virtual async Task An_event_reaches_its_orchestration_whatever_its_case()
    {
        await StartWaitingAsync();
        await Client.RaiseEventAsync(Id, "GO", "now", Token);

        Assert.Equal("now", (await EndAsync(Id)).ReadOutputAs<string>());
    }

    [Fact]
    public virtual async Task Events_are_received_in_the_order_they_were_raised()
    {
        await StartWaitingAsync("SuiteEvents");
        foreach (var text in new[] { "a", "b", "c" })
            await Client.RaiseEventAsync(Id, "go", text, Token);

        Assert.Equal("abc", (await EndAsync(Id)).ReadOutputAs<string>());
    }

    [Fact]
    public virtual async Task An_event_that_does_not_come_ends_the_wait() => Assert.Equal("late", (await RunAsync("SuiteLate")).ReadOutputAs<string>());

    [Fact]
    public virtual async Task Events_live_through_continue_as_new()
    {
        await StartWaitingAsync("SuiteCollect");
        foreach (var text in new[] { "a", "b", "c" })
            await Client.RaiseEventAsync(Id, "go", text, Token);

        Assert.Equal("abc", (await EndAsync(Id)).ReadOutputAs<string>());
    }

    [Fact]
    public virtual async Task A_custom_status_is_shown_while_it_runs()
    {
        await StartWaitingAsync();

        var shown = await UntilAsync(Id, one => one.SerializedCustomStatus is not null);
        Assert.Equal("""{"Waiting":true}""", shown.SerializedCustomStatus);
    }

    [Fact]
    public virtual async Task A_suspended_orchestration_goes_on_when_it_is_resumed()
    {
        await StartWaitingAsync();
        await Client.SuspendInstanceAsync(Id, "pause", Token);
        await UntilAsync(Id, one => one.RuntimeStatus == OrchestrationRuntimeStatus.Suspended);
        await Client.RaiseEventAsync(Id, "go", "later", Token);
        await Client.ResumeInstanceAsync(Id, "on", Token);

        Assert.Equal("later", (await EndAsync(Id)).ReadOutputAs<string>());
    }

    [Fact]
    public virtual async Task A_terminated_orchestration_has_the_given_output()
    {
        await StartWaitingAsync();
        await Client.TerminateInstanceAsync(Id, "enough", Token);

        var ended = await EndAsync(Id);
        Assert.Equal(OrchestrationRuntimeStatus.Terminated, ended.RuntimeStatus);
        Assert.Equal("enough", ended.ReadOutputAs<string>());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public virtual async Task A_recursive_termination_takes_sub_orchestrations_with_it(bool recursive)
    {
        await StartWaitingAsync("SuiteNest");
        await UntilAsync($"{Id}-child", one => one.SerializedCustomStatus is not null);
        await Client.TerminateInstanceAsync(Id, new TerminateInstanceOptions(Recursive: recursive), Token);
        await EndAsync(Id);

        if (recursive)
            Assert.Equal(OrchestrationRuntimeStatus.Terminated, (await EndAsync($"{Id}-child")).RuntimeStatus);
        else
            Assert.Equal(OrchestrationRuntimeStatus.Running, (await Client.GetInstanceAsync($"{Id}-child", Token))!.RuntimeStatus);
    }

    [Fact]
    public virtual async Task A_purge_removes_an_ended_instance()
    {
        await RunAsync("SuiteChain", 1);

        Assert.Equal(1, (await Client.PurgeInstanceAsync(Id, Token)).PurgedInstanceCount);
        Assert.Null(await Client.GetInstanceAsync(Id, Token));
        Assert.Equal(0, (await Client.PurgeInstanceAsync(Id, Token)).PurgedInstanceCount);
    }

    [Fact]
    public virtual async Task A_purge_by_filter_takes_what_the_filter_names()
    {
        var from = TimeProvider.System.GetUtcNow();
        await RunAsync("SuiteFail");
        await RunAsync("SuiteChain", 1, $"{Id}-kept");

        var purged = await Client.PurgeAllInstancesAsync(
            new PurgeInstancesFilter(from.AddMinutes(-1), null, [OrchestrationRuntimeStatus.Failed]), Token);

        Assert.True(purged.PurgedInstanceCount >= 1);
        Assert.Null(await Client.GetInstanceAsync(Id, Token));
        Assert.NotNull(await Client.GetInstanceAsync($"{Id}-kept", Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public virtual async Task A_restart_runs_the_same_input_again(bool newId)
    {
        await RunAsync("SuiteChain", 2);

        var id = await Client.RestartAsync(Id, newId, Token);

        Assert.Equal(!newId, id == Id);
        Assert.Equal(8, (await EndAsync(id)).ReadOutputAs<int>());
    }

    [Fact]
    public virtual async Task A_rewound_orchestration_runs_its_failed_step_again()
    {
        Assert.Equal(OrchestrationRuntimeStatus.Failed, (await RunAsync("SuiteMend")).RuntimeStatus);

        await Client.RewindInstanceAsync(Id, "mended", Token);

        var ended = await UntilAsync(Id, one => one.RuntimeStatus == OrchestrationRuntimeStatus.Completed);
        Assert.Equal(4, ended.ReadOutputAs<int>());
    }

    [Fact]
    public virtual async Task A_query_finds_every_instance_over_its_pages()
    {
        for (var i = 0; i < 5; i++)
            await RunAsync("SuiteVersion", null, $"{Id}-{i}");

        var pages = new List<int>();
        var seen = new List<string>();
        await foreach (var page in Client.GetAllInstancesAsync(new OrchestrationQuery(InstanceIdPrefix: Id, PageSize: 2)).AsPages().WithCancellation(Token))
        {
            pages.Add(page.Values.Count);
            seen.AddRange(page.Values.Select(one => one.InstanceId));
        }

        Assert.All(pages, count => Assert.InRange(count, 0, 2));
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{Id}-{i}"), seen.Order());
    }

    [Fact]
    public virtual async Task A_query_goes_on_from_a_token_of_an_earlier_one()
    {
        for (var i = 0; i < 5; i++)
            await RunAsync("SuiteVersion", null, $"{Id}-{i}");
        var query = new OrchestrationQuery(InstanceIdPrefix: Id, PageSize: 2);
        var first = await Client.GetAllInstancesAsync(query).AsPages().FirstAsync(Token);
        await RunAsync("SuiteVersion", null, "unrelated" + Id);

        var rest = await Client.GetAllInstancesAsync(query with { ContinuationToken = first.ContinuationToken }).ToListAsync(Token);

        Assert.Equal(2, first.Values.Count);
        Assert.Equal(Enumerable.Range(0, 5).Select(i => $"{Id}-{i}"), first.Values.Concat(rest).Select(one => one.InstanceId).Order());
    }

    [Fact]
    public virtual async Task A_query_is_narrowed_by_status()
    {
        await StartWaitingAsync(id: $"{Id}-open");
        await RunAsync("SuiteVersion", null, $"{Id}-done");

        var found = new List<string>();
        await foreach (var one in Client.GetAllInstancesAsync(
            new OrchestrationQuery(InstanceIdPrefix: Id, Statuses: [OrchestrationRuntimeStatus.Running])).WithCancellation(Token))
        {
            found.Add(one.InstanceId);
        }

        Assert.Equal([$"{Id}-open"], found);
    }

    [Fact]
    public virtual async Task A_history_tells_every_step()
    {
        await RunAsync("SuiteChain", 1);

        var events = await Client.GetOrchestrationHistoryAsync(Id, Token);

        Assert.Equal(2, events.Count(e => e.EventType == DurableTask.Core.History.EventType.TaskScheduled));
        Assert.Equal(2, events.Count(e => e.EventType == DurableTask.Core.History.EventType.TaskCompleted));
        Assert.Equal(DurableTask.Core.History.EventType.OrchestratorCompleted, events[^1].EventType);
    }

    [Fact]
    public virtual async Task Tags_are_kept_with_the_instance()
    {
        var options = new StartOrchestrationOptions(Id) { Tags = new Dictionary<string, string> { ["kind"] = "night" } };
        await Client.ScheduleNewOrchestrationInstanceAsync("SuiteVersion", null, options, Token);

        Assert.Equal("night", (await EndAsync(Id)).Tags["kind"]);
    }

    [Fact]
    public virtual async Task A_start_in_the_future_waits()
    {
        var at = TimeProvider.System.GetUtcNow().AddMilliseconds(300);
        await Client.ScheduleNewOrchestrationInstanceAsync("SuiteVersion", null, new StartOrchestrationOptions(Id, at), Token);

        var ended = await EndAsync(Id);
        Assert.True(ended.LastUpdatedAt >= at, $"{ended.LastUpdatedAt:O} is before {at:O}.");
    }
}
