using System.Collections.Concurrent;
using System.Threading.Channels;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

public abstract partial class TaskStoreConformance
{
    [Fact]
    public async Task Of_many_who_create_the_same_id_one_does()
    {
        await using var scene = await SceneAsync();
        var task = scene.New();

        var refusals = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => TryAsync(() => scene.CreateAsync(task)), Ct)));

        Assert.Single(refusals, code => code is null);
        Assert.Equal(15, refusals.Count(code => code == TaskErrors.Exists));
    }

    [Fact]
    public async Task Of_many_who_use_the_same_idempotency_key_one_creates_and_all_get_its_task()
    {
        await using var scene = await SceneAsync();

        var created = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ =>
            Task.Run(() => scene.CreateAsync(scene.New() with { IdempotencyKey = "k", RequestHash = "h" }), Ct)));

        Assert.Single(created, one => !one.Existing);
        Assert.Single(created.Select(one => one.Task.Id).Distinct());
        Assert.Equal(1, (await scene.StatsAsync()).Created);
    }

    [Fact]
    public async Task Of_many_who_start_or_end_the_same_task_one_does()
    {
        await using var scene = await SceneAsync();
        var id = await scene.CreateIdAsync();

        var starts = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => scene.StartAsync(id), Ct)));
        var started = Assert.Single(starts, one => one.Kind == StartKind.Started);
        Assert.Equal(15, starts.Count(one => one.Kind == StartKind.Later));

        var held = new Held(id, started.Task!.Fence);
        var ends = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(
            () => TryAsync(() => i % 2 == 0 ? scene.CompleteAsync(held) : scene.FailAsync(held)), Ct)));
        Assert.Single(ends, code => code is null);
        Assert.Equal(15, ends.Count(code => code == TaskErrors.LeaseLost));
        Assert.Equal(3, (await scene.GetAsync(id)).Version);
    }

    [Fact]
    public async Task Many_workers_at_once_lose_nothing_and_never_pass_the_limits()
    {
        const int tasks = 240;
        await using var scene = await SceneAsync(options =>
        {
            options.Lanes.MaxRunning = 6;
            options.Lanes.MaxRunningPerUser = 3;
            options.Lanes.Types["export"] = 2;
            options.LeaseSeconds = 300;
            options.GrantSeconds = 300;
        });
        var granted = Channel.CreateUnbounded<string>();
        var running = new Gauge();
        var delivered = new ConcurrentQueue<TaskEvent>();
        var ended = 0;

        void Wake(Wakes wakes)
        {
            foreach (var grant in wakes.Grants)
                Assert.True(granted.Writer.TryWrite(grant.Id));
        }

        async Task CreateSomeAsync(int part)
        {
            for (var i = part; i < tasks; i += 4)
            {
                var created = await scene.CreateAsync(scene.New(i % 3 == 0 ? "export" : "import", $"user-{i % 4}", (TaskPriority)(i % 3)));
                if (created.Granted) granted.Writer.TryWrite(created.Task.Id);
                Wake(created.Wakes);
            }
        }

        async Task WorkAsync(int number)
        {
            var worker = new WorkerName($"w{number}", "e");
            await foreach (var id in granted.Reader.ReadAllAsync(Ct))
            {
                var started = await scene.StartAsync(id, 0, worker);
                Wake(started.Wakes);
                // After a backoff it stands behind others, and is granted later.
                if (started.Kind == StartKind.Waiting) continue;
                Assert.Equal(StartKind.Started, started.Kind);
                var task = started.Task!;
                running.Enter(task);
                var held = new Held(id, task.Fence);
                await scene.ReportAsync(held, TaskProgress.Of(1, 2));
                running.Leave(task);
                if (task.RetryCount == 0 && task.Fence % 5 == 0)
                {
                    Wake((await scene.BackOffAsync(held, seconds: 0)).Wakes);
                    Assert.True(granted.Writer.TryWrite(id));
                }
                else
                {
                    Wake((await scene.CompleteAsync(held)).Wakes);
                    if (Interlocked.Increment(ref ended) == tasks) granted.Writer.Complete();
                }
            }
        }

        async Task PumpAsync()
        {
            string? position = null;
            bool over;
            do
            {
                // Asked before the drain: what is written between the two would stay behind.
                over = granted.Reader.Completion.IsCompleted;
                var batch = await scene.DrainAsync(position, 50);
                foreach (var change in batch.Events) delivered.Enqueue(change);
                position = batch.Position;
                if (position is null) await Task.Yield();
            }
            while (!over || position is not null);
        }

        async Task SweepAsync()
        {
            // What two transactions left for each other once too often, the sweep gives away.
            while (!granted.Reader.Completion.IsCompleted)
            {
                Wake((await scene.SweepAsync()).Wakes);
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, Ct);
            }
        }

        List<Task> all =
        [
            .. Enumerable.Range(0, 4).Select(part => Task.Run(() => CreateSomeAsync(part), Ct)),
            .. Enumerable.Range(0, 8).Select(number => Task.Run(() => WorkAsync(number), Ct)),
            Task.Run(PumpAsync, Ct),
            Task.Run(SweepAsync, Ct),
        ];
        // One that fails is told at once: the others would wait for it for ever.
        while (all.Count > 0)
        {
            var done = await Task.WhenAny(all).WaitAsync(TimeSpan.FromMinutes(3), TimeProvider.System, Ct);
            all.Remove(done);
            if (done.IsFaulted) granted.Writer.TryComplete();
            await done;
        }

        Assert.InRange(running.Highest(""), 2, 6);
        Assert.InRange(running.Highest("type:export"), 1, 2);
        Assert.All(Enumerable.Range(0, 4), user => Assert.InRange(running.Highest($"user:user-{user}"), 1, 3));
        var stats = await scene.StatsAsync();
        Assert.Equal((tasks, tasks), (stats.ByStatus[TaskState.Completed], stats.Completed));
        foreach (var byTask in delivered.GroupBy(change => change.TaskId))
        {
            Assert.Equal(Enumerable.Range(1, byTask.Count()).Select(version => (long)version), byTask.Select(change => change.Version));
            Assert.Equal(TaskEvents.Completed, byTask.Last().Name);
            Assert.Equal(byTask.Count(), (await scene.GetAsync(byTask.Key)).Version);
        }
        Assert.Equal(tasks, delivered.Select(change => change.TaskId).Distinct().Count());
    }

    private static async Task<string?> TryAsync(Func<Task> call)
    {
        try
        {
            await call();
            return null;
        }
        catch (TaskException refusal)
        {
            return refusal.Code;
        }
    }

    /// <summary>How many ran at once, in all, of a type, of a user.</summary>
    private sealed class Gauge
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, (int Now, int Highest)> _counts = [];

        public int Highest(string name) => _counts[name].Highest;

        public void Enter(TaskRecord task) => Change(task, 1);

        public void Leave(TaskRecord task) => Change(task, -1);

        private void Change(TaskRecord task, int by)
        {
            lock (_gate)
            {
                foreach (var name in new[] { "", $"type:{task.Type}", $"user:{task.CreatedBy}" })
                {
                    var (now, highest) = _counts.GetValueOrDefault(name);
                    _counts[name] = (now + by, Math.Max(highest, now + by));
                }
            }
        }
    }
}
