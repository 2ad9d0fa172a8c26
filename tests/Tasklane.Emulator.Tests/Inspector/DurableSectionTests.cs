using System.Net;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Client.Entities;
using Microsoft.DurableTask.Entities;
using Tasklane.Emulator.Tests.Durable.Http;

namespace Tasklane.Emulator.Tests.Inspector;

/// <summary>Orchestrations and entities on the page.</summary>
public sealed class DurableSectionTests(ManagementApp app) : IClassFixture<ManagementApp>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Instances_are_searched_and_paged_the_latest_first()
    {
        var mark = Guid.NewGuid().ToString("N");
        for (var i = 0; i < 3; i++)
            await app.StartWaitingAsync($"{mark}-{i}");

        var first = await app.Http.ListAsync("instances", $"?search={mark}&limit=2");
        Assert.Equal([$"{mark}-2", $"{mark}-1"], first.GetProperty("rows").EnumerateArray().Select(row => row.Id()));
        var rest = await app.Http.RowsAsync("instances", $"?search={mark}&limit=2&after={first.GetProperty("next").GetString()}");
        var row = Assert.Single(rest);
        Assert.Equal(("running", "WaitForGo", null, $"{mark}-0", """{"Waiting":true}"""), (row.Cell(0), row.Cell(1), row.Cell(3), row.Cell(4), row.Cell(5)));
        Assert.Empty(await app.Http.RowsAsync("instances", $"?search={mark} completed"));
    }

    [Fact]
    public async Task A_history_is_a_timeline_and_leads_to_children_and_parents()
    {
        var id = await app.RunAsync("Parent");
        var parent = await app.Http.ItemAsync("instances", id);
        Assert.Equal(("completed", "\"from the parent\""), (parent.Field("State"), parent.Field("Output")));
        var history = parent.Moments("History");
        Assert.Equal("Started", history[0].GetProperty("title").GetString());
        Assert.Equal("Completed", history[^1].GetProperty("title").GetString());
        Assert.True(history[1].TryGetProperty("until", out _));

        var child = await app.Http.ItemAsync("instances", history[1].GetProperty("item").GetProperty("id").GetString()!);
        Assert.Equal($"instances/{id}", child.Field("Parent"));
        Assert.Equal(["restart", "purge"], child.Actions());
        Assert.Null(parent.Field("Parent"));
    }

    [Fact]
    public async Task A_long_history_shows_its_end()
    {
        var id = await app.RunAsync("FanOut", 510);
        var history = (await app.Http.ItemAsync("instances", id)).Moments("History");
        Assert.Equal((501, "12 more"), (history.Length, history[0].GetProperty("title").GetString()));
        Assert.Equal("Completed", history[^1].GetProperty("title").GetString());
    }

    [Fact]
    public async Task An_instance_is_suspended_resumed_and_sent_an_event()
    {
        var id = await app.StartWaitingAsync();
        Assert.Equal(["raise", "suspend", "terminate"], (await app.Http.ItemAsync("instances", id)).Actions());

        Assert.Equal("It has been suspended.", await app.Http.DoAsync("instances", id, "suspend"));
        Assert.Equal(["raise", "resume", "terminate"], (await app.Http.ItemAsync("instances", id)).Actions());
        Assert.Equal("An orchestration that is suspended cannot 'suspend'.", await app.Http.FailAsync("instances", id, "suspend"));
        Assert.Equal("It has been resumed.", await app.Http.DoAsync("instances", id, "resume"));

        Assert.Equal("An event has a name.", await app.Http.FailAsync("instances", id, "raise", " "));
        Assert.Equal("'go' has been raised.", await app.Http.DoAsync("instances", id, "raise", "go \"on\""));
        var ended = await app.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
        Assert.Equal("on", ended.ReadOutputAs<string>());
        Assert.Equal("An orchestration that is completed cannot 'raise'.", await app.Http.FailAsync("instances", id, "raise", "go"));
    }

    [Fact]
    public async Task An_instance_is_terminated_started_again_and_purged()
    {
        var id = await app.StartWaitingAsync(input: "tea");
        Assert.Equal("An orchestration that is running cannot 'purge'.", await app.Http.FailAsync("instances", id, "purge"));
        Assert.Equal("It has been terminated.", await app.Http.DoAsync("instances", id, "terminate", "enough"));
        await app.Client.WaitForInstanceCompletionAsync(id, Token);
        Assert.Equal("\"enough\"", (await app.Http.ItemAsync("instances", id)).Field("Output"));

        var again = (await app.Http.DoAsync("instances", id, "restart")).Split(' ')[^1].TrimEnd('.');
        Assert.Equal("\"tea\"", (await app.Http.ItemAsync("instances", again)).Field("Input"));

        Assert.Equal("It has been purged.", await app.Http.DoAsync("instances", id, "purge"));
        using var gone = await app.Http.GetAsync($"/_emulator/api/instances/item?id={id}", Token);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal($"No instance with ID '{id}' was found.", await app.Http.FailAsync("instances", id, "purge"));
    }

    [Fact]
    public async Task A_failed_instance_is_rewound()
    {
        var id = await app.RunAsync("FailFirst");
        var failed = await app.Http.ItemAsync("instances", id);
        Assert.Equal(["rewind", "restart", "purge"], failed.Actions());
        Assert.Contains("not yet", failed.Field("Failure"), StringComparison.Ordinal);

        Assert.Equal("It has been rewound.", await app.Http.DoAsync("instances", id, "rewind"));
        var ended = await app.Client.WaitForInstanceCompletionAsync(id, getInputsAndOutputs: true, Token);
        Assert.Equal(2, ended.ReadOutputAs<int>());
    }

    [Fact]
    public async Task An_entity_is_signalled_searched_and_deleted()
    {
        var key = Guid.NewGuid().ToString("N");
        var id = $"@durablecounter@{key}";
        await app.Client.Entities.SignalEntityAsync(new EntityInstanceId("DurableCounter", key), "Add", 3, cancellation: Token);
        Assert.Equal("An operation has a name.", await app.Http.FailAsync("entities", id, "signal"));
        Assert.Equal("'Add' has been signalled.", await app.Http.DoAsync("entities", id, "signal", "Add 4"));
        await UntilAsync(async () => (await app.Http.RowsAsync("entities", $"?search={key}")) is [var row] && row.Cell(2) == """{"Total":7}""");

        var item = await app.Http.ItemAsync("entities", id);
        Assert.Equal(["signal", "delete"], item.Actions());
        Assert.Equal("""{"Total":7}""", item.Field("State"));
        Assert.Equal("'delete' has been signalled.", await app.Http.DoAsync("entities", id, "delete"));
        await UntilAsync(async () => await app.Client.Entities.GetEntityAsync(new EntityInstanceId("DurableCounter", key), Token) is null);
    }

    // A signal is not answered, so its effect is looked for.
    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await holds())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
