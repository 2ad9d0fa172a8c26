using System.Collections.Concurrent;
using CsCheck;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

internal enum CallKind
{
    Create,
    Start,
    Report,
    Continue,
    Complete,
    Fail,
    BackOff,
    Release,
    Cancel,
    Retry,
    Sweep,
    Purge,
}

/// <summary>A call about one of a program's tasks.</summary>
internal readonly record struct ProgramCall(CallKind Kind, int Task);

/// <summary>
/// A program is a list of calls per process; the processes make theirs at once, on a few tasks. In what order they come through is not
/// known, so the answers are held against what must be true of any order: each task's events tell one life that the rules allow, every
/// change that was answered is one of them and no other is, no more tasks run than may, and afterwards all can be brought to their end.
/// </summary>
internal sealed class ConcurrentProgram(Scene scene, IReadOnlyList<ITaskStore> processes)
{
    private const int Slots = 2;
    private const int TaskCount = 4;

    private static readonly CallKind[] _often = [CallKind.Create, CallKind.Start, CallKind.Start, CallKind.Complete, CallKind.BackOff, CallKind.Cancel];

    private readonly Dictionary<string, List<TaskEvent>> _delivered = [];
    private string? _position;

    public static Gen<ProgramCall[][]> Programs { get; } =
        Gen.OneOf(Gen.OneOf(_often), Gen.Enum<CallKind>())
            .Select(Gen.Int[0, TaskCount - 1], (kind, task) => new ProgramCall(kind, task))
            .Array[0, 12].Array[3];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static void Limit(TasklaneOptions options)
    {
        options.Lanes.MaxRunning = Slots;
        options.LeaseSeconds = 300;
        options.GrantSeconds = 300;
    }

    public async Task RunAsync(ProgramCall[][] program)
    {
        var tasks = Enumerable.Range(0, TaskCount).Select(i => new SharedTask(scene.New("noop", $"user-{i % 2}", (TaskPriority)(i % 3)))).ToArray();
        var running = new Running();
        await Task.WhenAll(program.Select((calls, i) => Task.Run(() => ProcessAsync(processes[i], new WorkerName($"w{i}", "e"), calls, tasks, running), Ct)));

        await EndAllAsync(tasks);
        await DrainAsync();
        Assert.True(running.Highest <= Slots, $"{running.Highest} tasks ran at once.");
        foreach (var task in tasks.Where(task => task.Created > 0))
            Check(task);
        var stats = await scene.StatsAsync();
        Assert.Equal((0L, 0L, 0L), (stats.ByStatus[TaskState.Running], stats.ByStatus[TaskState.Pending], stats.Depth.Values.Sum(depth => (long)depth)));
        _delivered.Clear();
    }

    private async Task ProcessAsync(ITaskStore store, WorkerName worker, ProgramCall[] calls, SharedTask[] tasks, Running running)
    {
        foreach (var call in calls)
        {
            try
            {
                await CallAsync(store, worker, call.Kind, tasks[call.Task], running);
            }
            catch (TaskException refused) when (refused.Code is TaskErrors.LeaseLost or TaskErrors.NotFound or TaskErrors.Running
                or TaskErrors.NotCancellable or TaskErrors.NotRetryable or TaskErrors.Exists)
            {
                // Another process was faster, or the call made no sense: it has done nothing.
            }
        }
    }

    private async Task CallAsync(ITaskStore store, WorkerName worker, CallKind kind, SharedTask task, Running running)
    {
        var held = new Held(task.New.Id, Volatile.Read(ref task.Fence));
        switch (kind)
        {
            case CallKind.Create:
                await store.CreateAsync(task.New, Ct);
                Interlocked.Increment(ref task.Created);
                break;
            case CallKind.Start:
                var started = await store.StartAsync(task.New.Id, Volatile.Read(ref task.Run), worker, Ct);
                if (started.Kind != StartKind.Started) break;
                running.Enter(held.Id, started.Task!.Fence);
                task.Starts.Add((started.Task.Attempt, started.Task.Fence));
                Volatile.Write(ref task.Fence, started.Task.Fence);
                break;
            case CallKind.Report:
                if ((await store.ReportAsync(held, TaskProgress.Of(1, 2), [], Ct)).Hold != Hold.Lost) task.Happened(TaskEvents.Progress);
                break;
            case CallKind.Continue:
                running.Leave(held);
                await store.ContinueAsync(held, null, Ct);
                break;
            case CallKind.Complete:
                running.Leave(held);
                await store.CompleteAsync(held, "{}", Ct);
                task.Happened(TaskEvents.Completed);
                break;
            case CallKind.Fail:
                running.Leave(held);
                await store.FailAsync(held, new TaskError("broken", "x"), Ct);
                task.Happened(TaskEvents.Failed);
                break;
            case CallKind.BackOff:
                running.Leave(held);
                task.GivenBack(await store.BackOffAsync(held, new TaskError("broken", "x"), scene.Now, Ct));
                break;
            case CallKind.Release:
                running.Leave(held);
                task.GivenBack(await store.ReleaseAsync(held, Ct));
                break;
            case CallKind.Cancel:
                running.Leave(held);
                await store.CancelAsync(task.New.Id, null, stopRunning: true, Ct);
                break;
            case CallKind.Retry:
                Volatile.Write(ref task.Run, (await store.RetryAsync(task.New.Id, null, null, Ct)).Task.Run);
                task.Happened(TaskEvents.Retrying);
                break;
            case CallKind.Sweep:
                await store.SweepAsync(100, Ct);
                break;
            default:
                // Of nothing: all have ended too late for it.
                Assert.Empty(await store.ListPurgeableAsync(scene.Now, 10, Ct));
                break;
        }
    }

    /// <summary>Whatever they are at, all can be brought to an end: no slot has got lost, and nobody waits who could run.</summary>
    private async Task EndAllAsync(SharedTask[] tasks)
    {
        var store = processes[0];
        var worker = new WorkerName("last", "e");
        for (var round = 0; ; round++)
        {
            var open = new List<TaskRecord>();
            foreach (var task in tasks.Where(task => task.Created > 0))
            {
                if (await store.GetAsync(task.New.Id, null, Ct) is { } now && !now.Status.IsTerminal()) open.Add(now);
            }
            if (open.Count == 0) return;
            Assert.True(round < 4 * TaskCount, $"Tasks cannot be brought to their end: {string.Join(", ", open.Select(task => $"{task.Id} {task.Status}"))}");
            await store.SweepAsync(100, Ct);
            foreach (var now in open)
            {
                var task = tasks.Single(one => one.New.Id == now.Id);
                var held = new Held(now.Id, now.Fence);
                var started = await store.StartAsync(now.Id, now.Run, worker, Ct);
                if (started.Kind == StartKind.Started)
                {
                    task.Starts.Add((started.Task!.Attempt, started.Task.Fence));
                    held = new Held(now.Id, started.Task.Fence);
                }
                else if (started.Kind != StartKind.Later)
                {
                    continue;
                }
                await store.CompleteAsync(held, "{}", Ct);
                task.Happened(TaskEvents.Completed);
            }
        }
    }

    private async Task DrainAsync()
    {
        do
        {
            var batch = await scene.DrainAsync(_position, 50);
            foreach (var change in batch.Events)
            {
                if (!_delivered.TryGetValue(change.TaskId, out var events)) _delivered.Add(change.TaskId, events = []);
                events.Add(change);
            }
            _position = batch.Position;
        }
        while (_position is not null);
    }

    private void Check(SharedTask task)
    {
        Assert.Equal(1, task.Created);
        var events = _delivered[task.New.Id];
        Assert.Equal(Enumerable.Range(1, events.Count).Select(version => (long)version), events.Select(change => change.Version));
        Assert.Equal(TaskEvents.Created, events[0].Name);
        var state = TaskState.Pending;
        foreach (var change in events.Skip(1))
        {
            var next = change.Name switch
            {
                TaskEvents.Started => TaskState.Running,
                TaskEvents.Progress => state,
                TaskEvents.Completed => TaskState.Completed,
                TaskEvents.Failed => TaskState.Failed,
                TaskEvents.Cancelled => TaskState.Cancelled,
                _ => TaskState.Pending,
            };
            Assert.True(change.Name == TaskEvents.Progress ? state == TaskState.Running : TaskStates.CanMove(state, next), $"{change.Name} in state {state}");
            state = next;
        }

        // A start is a new attempt or a slice of the last one; every token is another, and no attempt was begun twice.
        Assert.Equal(task.Starts.Select(start => start.Attempt).Distinct().Count(), events.Count(change => change.Name == TaskEvents.Started));
        Assert.Equal(task.Starts.Count, task.Starts.Select(start => start.Fence).Distinct().Count());
        foreach (var name in new[] { TaskEvents.Progress, TaskEvents.Completed, TaskEvents.Failed, TaskEvents.Retrying })
            Assert.Equal((name, task.CountOf(name)), (name, events.Count(change => change.Name == name)));
    }

    /// <summary>What the processes know of a task: the latest token, and which changes they were answered.</summary>
    private sealed class SharedTask(NewTask created)
    {
        private readonly ConcurrentQueue<string> _happened = new();
        public int Created;
        public int Run;
        public long Fence;

        public NewTask New => created;

        public ConcurrentBag<(int Attempt, long Fence)> Starts { get; } = [];

        public void Happened(string name) => _happened.Enqueue(name);

        /// <summary>Somebody may have asked to stop it meanwhile: then it was cancelled.</summary>
        public void GivenBack(Ended ended)
        {
            if (ended.Status == TaskState.Pending) Happened(TaskEvents.Retrying);
        }

        public int CountOf(string name) => _happened.Count(one => one == name);
    }

    /// <summary>How many ran at once at least: entered once a start is answered, left before anything that may end it is asked.</summary>
    private sealed class Running
    {
        private readonly Lock _gate = new();
        private readonly HashSet<Held> _now = [];
        private readonly HashSet<Held> _left = [];

        public int Highest { get; private set; }

        public void Enter(string id, long fence)
        {
            lock (_gate)
            {
                if (!_left.Contains(new Held(id, fence)) && _now.Add(new Held(id, fence))) Highest = Math.Max(Highest, _now.Count);
            }
        }

        public void Leave(Held held)
        {
            lock (_gate)
            {
                // Whatever token it has now: a cancel asks for none.
                _left.Add(held);
                _now.RemoveWhere(one => one.Id == held.Id);
            }
        }
    }
}
