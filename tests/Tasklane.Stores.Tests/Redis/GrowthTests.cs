using System.Globalization;
using Tasklane.Stores.Redis;
using Tasklane.Stores.Tests.Conformance;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Tasklane.Testbed;
using Xunit;

namespace Tasklane.Stores.Tests.Redis;

/// <summary>What Redis keeps does not grow without end, and no script does without end.</summary>
public sealed class GrowthTests(SharedRedis redis)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Workers_that_have_died_are_forgotten()
    {
        var clock = new ManualTimeProvider();
        await using var scene = await OpenAsync(time: clock);
        for (var i = 0; i < 150; i++)
            await scene.Store.RenewAsync(new WorkerName($"worker-{i}", "e"), [], Ct);
        clock.Advance(TimeSpan.FromMinutes(1));
        await scene.Store.RenewAsync(RedisScene.Worker, [], Ct);

        await scene.Store.GetStatsAsync(Ct);
        Assert.Equal("worker-1", Assert.Single((await scene.Store.GetStatsAsync(Ct)).Workers).Name);

        Assert.Equal(1, await scene.Database.SortedSetLengthAsync($"{{{scene.Hub}}}:workers"));
        Assert.Equal(1, await scene.Database.HashLengthAsync($"{{{scene.Hub}}}:workers:running"));
    }

    [Fact]
    public async Task Users_and_tags_cost_no_key_each()
    {
        await using var server = await RedisServer.StartAsync(ct: Ct);
        await using var scene = await RedisScene.OpenAsync(server);
        for (var i = 0; i < 300; i++)
            await scene.Store.CreateAsync(RedisScene.New($"user-{i}") with { Tags = [$"tag-{i}"] }, Ct);

        // A hash and a list of events for each task; the rest is the hub's.
        Assert.InRange(await scene.Server.DatabaseSizeAsync(), 600, 640);
        Assert.Equal(1, (await scene.Store.ListAsync(new TaskQuery { Owner = "user-17" }, Ct)).Total);
        Assert.Equal(1, (await scene.Store.ListAsync(new TaskQuery { Tag = "tag-299" }, Ct)).Total);
        Assert.Equal(0, (await scene.Store.ListAsync(new TaskQuery { Tag = "tag-299", Owner = "user-17" }, Ct)).Total);
    }

    /// <summary>A user's 256th task of a segment turns the list of bits into a bitmap.</summary>
    [Fact]
    public async Task A_user_with_few_and_with_many_tasks_is_listed_exactly_and_gone_with_the_last()
    {
        await using var scene = await OpenAsync(options => options.Lanes.MaxRunning = 0);
        var ids = new List<string>();
        foreach (var count in new[] { 255, 256, 257, 300 })
        {
            while (ids.Count < count)
            {
                ids.Insert(0, (await scene.Store.CreateAsync(RedisScene.New() with { Tags = ["t"] }, Ct)).Task.Id);
                await scene.Store.CreateAsync(RedisScene.New("bob"), Ct);
            }
            foreach (var query in new[] { new TaskQuery { Owner = "ann", PageSize = 100 }, new TaskQuery { Tag = "t", PageSize = 100 } })
            {
                var page = await scene.Store.ListAsync(query, Ct);
                Assert.Equal(count, page.Total);
                Assert.Equal(ids.Take(100), page.Tasks.Select(task => task.Id));
            }
        }

        foreach (var (index, id) in ids.Index())
        {
            await scene.Store.CancelAsync(id, null, true, Ct);
            if (index % 50 == 0)
                await PurgeAsync(index + 1);
        }
        await PurgeAsync(300);
        Assert.False(await scene.Database.HashExistsAsync($"{{{scene.Hub}}}:tasks:users:0", "ann"));
        Assert.False(await scene.Database.HashExistsAsync($"{{{scene.Hub}}}:tasks:tags:0", "t"));

        async Task PurgeAsync(int gone)
        {
            await scene.Store.PurgeEndedAsync(TimeProvider.System.GetUtcNow().AddMinutes(1), 1000, Ct);
            Assert.Equal(300 - gone, (await scene.Store.ListAsync(new TaskQuery { Owner = "ann" }, Ct)).Total);
            Assert.Equal(300 - gone, (await scene.Store.ListAsync(new TaskQuery { Tag = "t" }, Ct)).Total);
        }
    }

    [Fact]
    public async Task Tasks_that_a_former_version_indexed_are_listed_and_purged()
    {
        await using var scene = await OpenAsync();
        var task = RedisScene.New() with { Tags = ["t"] };
        await scene.Store.CreateAsync(task, Ct);
        var keys = $"{{{scene.Hub}}}:tasks:";
        await scene.Database.KeyDeleteAsync([$"{keys}users:0", $"{keys}tags:0"]);
        await scene.Database.StringSetBitAsync($"{keys}user:ann:0", 1, true);
        await scene.Database.StringSetBitAsync($"{keys}tag:t:0", 1, true);

        var query = new TaskQuery { Owner = "ann", Tag = "t" };
        Assert.Equal(task.Id, Assert.Single((await scene.Store.ListAsync(query, Ct)).Tasks).Id);

        await scene.Store.CancelAsync(task.Id, null, false, Ct);
        await scene.Store.PurgeEndedAsync(TimeProvider.System.GetUtcNow().AddMinutes(1), 10, Ct);
        Assert.Equal(0, (await scene.Store.ListAsync(query, Ct)).Total);
        Assert.False(await scene.Database.KeyExistsAsync($"{keys}user:ann:0"));
    }

    /// <summary>A call within a script takes a microsecond or two: a thousand are well below 5 ms, on whatever machine this runs.</summary>
    [Fact]
    public async Task No_script_makes_more_than_a_thousand_calls()
    {
        await using var server = await RedisServer.StartAsync(ct: Ct);
        await using var scene = await RedisScene.OpenAsync(server, set: options =>
        {
            options.Lanes.MaxRunning = 0;
            options.Lanes.Types["narrow"] = 1;
            options.GrantSeconds = 300;
        });
        var clock = TimeProvider.System;
        var lines = Enumerable.Range(0, 5000).Select(i => new StoredLine("", clock.GetUtcNow(), "info", "s", $"{i}")).ToArray();
        IReadOnlyList<string> ids = [];
        var held = await scene.RunAsync();
        var narrow = (await scene.Store.CreateAsync(RedisScene.New(type: "narrow"), Ct)).Task.Id;
        for (var i = 0; i < 1200; i++)
            await scene.Store.CreateAsync(RedisScene.New(type: i < 400 ? "narrow" : "noop") with { Tags = ["a", "b"] }, Ct);

        await CallsAsync("append", async () => ids = await scene.Lines.AppendAsync("ann", lines, null, Ct));
        await CallsAsync("read", async () => Assert.Equal(5000, (await scene.Lines.ReadAsync("ann", ids, Ct)).Count));
        await CallsAsync("page", async () => Assert.Equal(ids, (await scene.Lines.PageAsync("ann", null, 9000, Ct)).Select(line => line.Id)));
        await CallsAsync("purge lines", async () => Assert.Equal(5000, await scene.Lines.PurgeLinesAsync(clock.GetUtcNow().AddMinutes(1), 5000, Ct)));
        await CallsAsync("report", () => scene.Store.ReportAsync(held, null, [.. lines.Select(line => new TaskLogLine(line.At, TaskLogLevel.Info, line.Message))], Ct));
        await CallsAsync("renew", () => scene.Store.RenewAsync(RedisScene.Worker, [.. Enumerable.Repeat(held, 2000)], Ct));

        // With the limit gone all that it held back may run at once.
        await using var open = await RedisScene.OpenAsync(server, set: options => options.Lanes.MaxRunning = 0);
        await CallsAsync("sweep", async () =>
        {
            var granted = 0;
            for (var more = true; more;)
            {
                var sweep = await open.Store.SweepAsync(200, Ct);
                (granted, more) = (granted + sweep.Wakes.Grants.Count, sweep.More);
            }
            Assert.Equal(400, granted);
        });
        await scene.Store.CancelAsync(narrow, null, true, Ct);
        var pending = new TaskQuery { Status = TaskState.Pending, PageSize = 100 };
        while ((await scene.Store.ListAsync(pending, Ct)).Tasks is { Count: > 0 } left)
            await Task.WhenAll(left.Select(task => scene.Store.CancelAsync(task.Id, null, true, Ct)));
        await CallsAsync("purge", async () => Assert.Equal(1201, (await scene.Store.PurgeEndedAsync(clock.GetUtcNow().AddMinutes(1), 5000, Ct)).Count));

        async Task CallsAsync(string what, Func<Task> work)
        {
            await scene.Database.ExecuteAsync("CONFIG", "RESETSTAT");
            await work();
            var counts = (await scene.Server.InfoAsync("commandstats"))[0]
                .ToDictionary(line => line.Key["cmdstat_".Length..], line => long.Parse(line.Value.Split(',', '=')[1], CultureInfo.InvariantCulture));
            var scripts = counts.GetValueOrDefault("evalsha") + counts.GetValueOrDefault("eval");
            var calls = counts.Where(count => !count.Key.StartsWith("eval", StringComparison.Ordinal)).Sum(count => count.Value);
            Assert.True(calls <= 1000 * scripts, $"{what}: {calls} calls in {scripts} scripts.");
        }
    }

    [Fact]
    public async Task A_batch_of_long_events_is_cut_and_nothing_is_left_out()
    {
        await using var scene = await OpenAsync();
        var expected = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            var held = await scene.RunAsync();
            await scene.Store.CompleteAsync(held, $"\"{new string('x', 200_000)}\"", Ct);
            expected.AddRange(Enumerable.Repeat(held.Id, 3));
        }
        var read = new List<string>();
        var batch = await scene.Store.DrainOutboxAsync(null, 500, Ct);
        while (batch.Position is not null)
        {
            Assert.InRange(batch.Events.Sum(change => (long)change.Data.Length), 1, 4_000_000);
            read.AddRange(batch.Events.Select(change => change.TaskId));
            batch = await scene.Store.DrainOutboxAsync(batch.Position, 500, Ct);
        }
        Assert.Equal(expected, read);
    }

    private async Task<RedisScene> OpenAsync(Action<TasklaneOptions>? set = null, TimeProvider? time = null) =>
        await RedisScene.OpenAsync(await redis.ServerAsync(), set: options =>
        {
            options.Hub = SharedRedis.NewHub();
            set?.Invoke(options);
        }, time: time);
}
