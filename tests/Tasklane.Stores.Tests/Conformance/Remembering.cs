using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Tasklane.Tasks;
using Tasklane.Tasks.Http;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

// What instances of the API remember of their answers, on one store.
public abstract partial class TaskStoreConformance
{
    /// <summary>Whether the store can tell for less than a read that nothing has changed.</summary>
    protected virtual bool HasVersion => true;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task After_a_change_no_instance_answers_what_was_before(int seed)
    {
        var random = new Random(seed);
        await using var scene = await SceneAsync(CreateQuietAsync, options => options.Lanes.MaxRunning = 3);
        await using var instances = await Instances.OpenAsync(scene, 3);
        var changes = new RandomChanges(scene, instances, random);
        for (var step = 0; step < InterleavingSteps / 2; step++)
        {
            var done = await changes.StepAsync();
            // Sometimes several changes pass unseen, sometimes an instance is asked again.
            for (var reads = random.Next(3); reads > 0; reads--)
                await instances.CheckAsync(random, $"seed {seed}, step {step}, after {done}");
        }
        foreach (var kind in HasVersion ? Enum.GetValues<Cached>() : [])
            Assert.True(instances.Caches.Sum(cache => cache.Counts.Hits(kind)) > 0, $"{kind} was never remembered.");
    }

    [Fact]
    public async Task While_several_change_and_read_at_once_each_finds_its_own_change_on_every_instance()
    {
        await using var scene = await SceneAsync(options => options.Lanes.MaxRunning = 0);
        await using var instances = await Instances.OpenAsync(scene, 3);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(number => Task.Run(async () =>
        {
            var (random, user) = (new Random(number), $"user-{number}");
            for (var i = 0; i < 25; i++)
            {
                var store = instances.Stores[random.Next(3)].Tasks;
                var id = (await store.CreateAsync(scene.New(user: user), Ct)).Task.Id;
                Assert.Contains($"\"id\":\"{id}\"", await ListAsync(random, new TaskQuery { Owner = user, PageSize = 1 }), StringComparison.Ordinal);
                var started = await store.StartAsync(id, 0, Worker, Ct);
                await store.CompleteAsync(new Held(id, started.Task!.Fence), "{}", Ct);
                var list = await ListAsync(random, new TaskQuery { Owner = user, Status = TaskState.Completed, PageSize = 1 });
                Assert.Contains($"\"total\":{i + 1},", list, StringComparison.Ordinal);
                Assert.True((await instances.Caches[random.Next(3)].StatsAsync(Ct)).Completed > i);
            }
        })));

        async Task<string> ListAsync(Random random, TaskQuery query) =>
            System.Text.Encoding.UTF8.GetString((await instances.Caches[random.Next(3)].ListAsync("tasks", query, TaskJson.Write, Ct)).In(null).Span);
    }

    [Fact]
    public async Task Time_alone_makes_remembered_statistics_old_when_a_worker_has_gone_silent()
    {
        await using var scene = await SceneAsync();
        await using var instances = await Instances.OpenAsync(scene, 1);
        await scene.Store.RenewAsync(Worker, [], Ct);
        Assert.Single((await instances.Caches[0].StatsAsync(Ct)).Workers);
        scene.Pass(scene.Options.LeaseSeconds + 1);
        Assert.Empty((await instances.Caches[0].StatsAsync(Ct)).Workers);
    }

    [Fact]
    public async Task What_is_asked_for_often_is_read_ahead_and_what_nobody_asks_for_is_not()
    {
        await using var scene = await SceneAsync(CreateQuietAsync, null);
        await using var instances = await Instances.OpenAsync(scene, 1);
        var cache = instances.Caches[0];
        using var warmer = new CacheWarmer(cache, scene.Options, scene.Clock, NullLogger<CacheWarmer>.Instance);
        if (!HasVersion)
        {
            // Asked each time, and nothing is counted.
            await AskedAsync();
            Assert.Null(cache.Counts.HitRate());
            return;
        }
        Assert.Equal((1, 1), await AskedAsync()); // as at the start: before anybody has asked
        Assert.Equal((2, 2), await AskedAsync());
        scene.Pass(50);
        Assert.Equal((3, 3), await AskedAsync());
        scene.Pass(50);
        await warmer.WarmAsync(Ct);
        scene.Pass(70);
        Assert.Equal((3, 3), await AskedAsync());

        // A change, what is read ahead after it, and how many questions have been answered from memory then.
        async Task<(long, long)> AskedAsync()
        {
            await scene.CreateIdAsync();
            await warmer.WarmAsync(Ct);
            await cache.StatsAsync(Ct);
            await cache.ListAsync(TasksApi.Shape, new TaskQuery(), TaskJson.Write, Ct);
            return (cache.Counts.Hits(Cached.Stats), cache.Counts.Hits(Cached.List));
        }
    }

    [Fact]
    public async Task A_tasks_version_tells_of_its_events_its_log_and_the_wish_that_it_stop()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync();
        Assert.Equal(new TaskVersion(1, false, false, false, 0), await scene.Store.GetTaskVersionAsync(id, "ann", Ct));
        var held = await scene.RunAsync(id);
        await scene.ReportAsync(held, null, new TaskLogLine(scene.Now, TaskLogLevel.Info, "one"), new TaskLogLine(scene.Now, TaskLogLevel.Info, "two"));
        Assert.Equal(new TaskVersion(2, false, false, false, 2), await scene.Store.GetTaskVersionAsync(id, null, Ct));
        await scene.CancelAsync(id, stop: true);
        Assert.Equal(new TaskVersion(2, true, false, false, 2), await scene.Store.GetTaskVersionAsync(id, null, Ct));
        await scene.Store.StopAsync(held, Ct);
        Assert.Equal(new TaskVersion(3, false, false, false, 2), await scene.Store.GetTaskVersionAsync(id, null, Ct));
        Assert.Null(await scene.Store.GetTaskVersionAsync(id, "bob", Ct));
        Assert.Null(await scene.Store.GetTaskVersionAsync(TaskIds.New(scene.Now), null, Ct));
        Assert.Null(await scene.Store.GetTaskVersionAsync("no id", null, Ct));
    }

    /// <summary>Instances of the API's reads, each on a connection of its own.</summary>
    private sealed class Instances(Scene scene, IReadOnlyList<StoreUnderTest> stores) : IAsyncDisposable
    {
        public IReadOnlyList<StoreUnderTest> Stores => stores;

        public IReadOnlyList<ReadCache> Caches { get; } = [.. stores.Select(store => new ReadCache(store.Tasks, store.Schedules, scene.Options, scene.Clock))];

        public static async Task<Instances> OpenAsync(Scene scene, int count)
        {
            var stores = new List<StoreUnderTest>();
            for (var i = 0; i < count; i++)
                stores.Add(await scene.ReopenAsync(options => options.Lanes = scene.Options.Lanes));
            return new Instances(scene, stores);
        }

        /// <summary>Something that one instance answers, and answers again, must be what the store says.</summary>
        public async Task CheckAsync(Random random, string when)
        {
            var cache = Caches[random.Next(Caches.Count)];
            var query = new TaskQuery { Owner = random.Next(2) == 0 ? null : "ann", Status = random.Next(3) == 0 ? TaskState.Pending : null };
            await (random.Next(6) switch
            {
                0 => SameAsync(scene.StatsAsync(), () => cache.StatsAsync(Ct)),
                1 => SameAsync(scene.Store.GetHistoryAsync(60, Ct), () => cache.MinutesAsync(60, Ct)),
                2 => SameAsync(scene.Store.GetHoursAsync(24, Ct), () => cache.HoursAsync(24, Ct)),
                3 => SameAsync(scene.Schedules.ListAsync("ann", null, 100, Ct), () => cache.SchedulesAsync("ann", null, 100, Ct)),
                _ => SameAsync(PageAsync(), async () => (await cache.ListAsync("tasks", query, TaskJson.Write, Ct)).Tag),
            });

            async Task<string> PageAsync() => JsonBody.Of((await scene.Store.ListAsync(query, Ct), query), TaskJson.Write).Tag;

            async Task SameAsync<T>(Task<T> expected, Func<Task<T>> ask)
            {
                var want = JsonSerializer.Serialize(await expected);
                for (var times = random.Next(1, 4); times > 0; times--)
                {
                    var have = JsonSerializer.Serialize(await ask());
                    Assert.True(want == have, $"{when}:\n{have}\ninstead of\n{want}");
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var cache in Caches)
                cache.Dispose();
            foreach (var store in stores)
                await store.DisposeAsync();
        }
    }

    /// <summary>Random changes, each made by a random instance. What the store refuses is no change.</summary>
    private sealed class RandomChanges(Scene scene, Instances instances, Random random)
    {
        private readonly List<string> _ids = [];
        private readonly Dictionary<string, Held> _held = [];
        private string? _position;

        /// <returns>What it did.</returns>
        public async Task<string> StepAsync()
        {
            var opened = instances.Stores[random.Next(instances.Stores.Count)];
            var store = opened.Tasks;
            var id = _ids.Count == 0 ? TaskIds.New(scene.Now) : _ids[random.Next(_ids.Count)];
            var held = _held.GetValueOrDefault(id, new Held(id, 0));
            var what = random.Next(17);
            try
            {
                switch (what)
                {
                    case 0 or 1:
                        var task = scene.New(user: random.Next(2) == 0 ? "ann" : "bob", priority: (TaskPriority)random.Next(3));
                        _ids.Add((await store.CreateAsync(random.Next(4) == 0 ? task with { RunAt = scene.Now.AddSeconds(3) } : task, Ct)).Task.Id);
                        break;
                    case 2 or 3:
                        if ((await store.StartAsync(id, (await scene.GetAsync(id)).Run, Worker, Ct)).Task is { } started)
                            _held[id] = new Held(id, started.Fence);
                        break;
                    case 4:
                        await store.ReportAsync(held, new TaskProgress(1, 2, 50, "half"), [], Ct);
                        break;
                    case 5:
                        await store.CompleteAsync(held, "{}", Ct);
                        break;
                    case 6:
                        await store.FailAsync(held, new TaskError("broken", "It broke."), Ct);
                        break;
                    case 7:
                        await store.BackOffAsync(held, new TaskError("broken", "It broke."), scene.Now.AddSeconds(2), Ct);
                        break;
                    case 8:
                        await store.CancelAsync(id, null, random.Next(2) == 0, Ct);
                        break;
                    case 9:
                        await store.RetryAsync(id, null, null, Ct);
                        break;
                    case 10:
                        await store.RenewAsync(Worker, [held], Ct);
                        break;
                    case 11:
                        _position = (await store.DrainOutboxAsync(_position, 10, Ct)).Position;
                        break;
                    case 12:
                        await store.SweepAsync(50, Ct);
                        break;
                    case 13:
                        var before = scene.Now.AddSeconds(-20);
                        await store.PurgeAsync(await store.ListPurgeableAsync(before, 10, Ct), before, Ct);
                        break;
                    case 14:
                        await store.NoteGaugesAsync(QueueGauges.Of(await store.GetStatsAsync(Ct), scene.Now), Ct);
                        break;
                    case 15:
                        if (random.Next(3) == 0 && (await opened.Schedules.ListAsync(null, null, 1, Ct)) is [var first, ..])
                            await opened.Schedules.DeleteAsync(first.Id, null, Ct);
                        else
                            await opened.Schedules.SaveAsync(Plan(scene), Ct);
                        break;
                    default:
                        scene.Pass(random.Next(8));
                        break;
                }
            }
            catch (TaskException refusal) when (!refusal.IsOutage)
            {
            }
            catch (Xunit.Sdk.NotNullException)
            {
                // It has been purged.
            }
            return $"change {what} of {id}";
        }
    }
}
