using StackExchange.Redis;
using Tasklane.Stores.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Redis;

/// <summary>What a caller is told of a change that Redis was asked for and did not answer.</summary>
public sealed class LostAnswerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_create_without_an_answer_is_unknown_and_its_key_finds_what_it_made()
    {
        await using var server = await RedisServer.StartAsync(ct: Ct);
        await using var scene = await RedisScene.OpenAsync(server, "syncTimeout=500");
        var task = RedisScene.New() with { IdempotencyKey = "once", RequestHash = "h" };
        // A script that the server does not know yet would be asked for twice, and the answer that got lost be the refusal.
        await scene.Store.CreateAsync(RedisScene.New("bob"), Ct);

        server.Pause();
        Assert.Equal(TaskErrors.OutcomeUnknown, await scene.RefusalOf(store => store.CreateAsync(task, Ct)));
        server.Resume();

        var again = await scene.AnsweredAsync(store => store.CreateAsync(RedisScene.New() with { IdempotencyKey = "once", RequestHash = "h" }, Ct));
        Assert.Equal((true, task.Id), (again.Existing, again.Task.Id));
        Assert.Equal(1, (await scene.Store.ListAsync(new TaskQuery { Owner = "ann" }, Ct)).Total);
    }

    [Fact]
    public async Task So_are_log_lines_and_the_end_of_an_attempt_but_not_a_read()
    {
        await using var server = await RedisServer.StartAsync(ct: Ct);
        await using var scene = await RedisScene.OpenAsync(server, "syncTimeout=500");
        var lines = scene.Lines;
        // What the server is asked for below it knows already.
        await scene.Store.CompleteAsync(await scene.RunAsync(), "{}", Ct);
        await lines.AppendAsync("bob", [new StoredLine("", DateTimeOffset.UnixEpoch, "info", "s", "m")], null, Ct);
        var held = await scene.RunAsync();

        server.Pause();
        var refused = await Task.WhenAll(
            scene.RefusalOf(store => store.CompleteAsync(held, "{}", Ct)),
            scene.RefusalOf(_ => lines.AppendAsync("ann", [new StoredLine("", DateTimeOffset.UnixEpoch, "info", "s", "m")], null, Ct)),
            scene.RefusalOf(store => store.GetAsync(held.Id, null, Ct)),
            scene.RefusalOf(store => store.GetEventsAsync(held.Id, 0, 10, Ct)));
        server.Resume();

        Assert.Equal([TaskErrors.OutcomeUnknown, TaskErrors.OutcomeUnknown, TaskErrors.StoreUnavailable, TaskErrors.StoreUnavailable], refused);
        Assert.Equal(TaskState.Completed, (await scene.AnsweredAsync(store => store.GetAsync(held.Id, null, Ct)))!.Status);
        Assert.Single(await lines.PageAsync("ann", null, 10, Ct));
    }

    [Fact]
    public async Task Log_lines_that_were_broken_off_are_completed_under_their_key_and_the_key_expires()
    {
        await using var server = await RedisServer.StartAsync(ct: Ct);
        await using var scene = await RedisScene.OpenAsync(server);
        var key = new RequestKey("ann", "k", "h");
        StoredLine[] lines = [.. Enumerable.Range(0, 500).Select(i => new StoredLine("", DateTimeOffset.UnixEpoch, "info", "s", $"{i}"))];
        // As a process leaves it that dies after its first slice, while others append.
        var first = await scene.Lines.AppendAsync("ann", lines[..200], key, Ct);
        await scene.Lines.AppendAsync("ann", lines[..1], null, Ct);

        var all = await scene.Lines.AppendAsync("ann", lines, key, Ct);

        Assert.Equal(first, all.Take(200));
        Assert.Equal(lines.Select(line => line.Message), (await scene.Lines.ReadAsync("ann", all, Ct)).Select(line => line.Message));
        Assert.Equal(all, await scene.Lines.AppendAsync("ann", lines, key, Ct));
        Assert.Equal(501, (await scene.Lines.PageAsync("ann", null, 1000, Ct)).Count);
        await scene.Store.CreateAsync(RedisScene.New() with { IdempotencyKey = "t", RequestHash = "h" }, Ct);
        foreach (var name in new[] { "k", "t" })
            Assert.InRange((await scene.Database.KeyTimeToLiveAsync($"{{{scene.Hub}}}:task:once:3:ann:{name}"))!.Value, TimeSpan.FromHours(24), TimeSpan.FromHours(25));
    }

    [Fact]
    public async Task A_connection_that_breaks_after_the_command_was_sent_leaves_it_unknown_and_one_that_is_gone_does_not()
    {
        await using var server = await RedisServer.StartAsync(ct: Ct);
        await using var scene = await RedisScene.OpenAsync(server, "syncTimeout=20000");
        server.Pause();
        var refusal = scene.RefusalOf(store => store.CreateAsync(RedisScene.New(), Ct));
        await server.KillAsync();

        Assert.Equal(TaskErrors.OutcomeUnknown, await refusal);
        Assert.Equal(TaskErrors.StoreUnavailable, await scene.RefusalOf(store => store.CreateAsync(RedisScene.New(), Ct)));
    }
}
