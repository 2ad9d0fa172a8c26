using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

/// <summary>Random calls on a store, each checked against the model at once.</summary>
internal sealed class Interleaving(Scene scene, Random random)
{
    private static readonly WorkerName[] Workers = [new("w0", "e0"), new("w0", "e1"), new("w1", "e0"), new("w2", "e0")];

    private readonly Model _model = new(scene.Options, scene.Clock.GetUtcNow);
    private readonly List<TaskEvent> _delivered = [];
    private string? _position;

    public List<string> Calls { get; } = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    /// <summary>One random call.</summary>
    public Task StepAsync() => random.Next(100) switch
    {
        < 22 => CreateAsync(),
        < 49 => StartAsync(),
        < 57 => RenewAsync(),
        < 62 => ReportAsync(),
        < 74 => EndAsync(),
        < 78 => ContinueAsync(),
        < 82 => CancelAsync(),
        < 86 => RetryAsync(),
        < 90 => DrainAsync(),
        < 94 => SweepAsync(),
        < 95 => PurgeAsync(),
        _ => PassTimeAsync(),
    };

    /// <summary>Everything that can be seen at rest, and every event delivered exactly once and in order.</summary>
    public async Task CheckWholeAsync()
    {
        foreach (var task in _model.Tasks.Values)
            Model.Check(task, await scene.GetAsync(task.Id));
        var stats = await scene.StatsAsync();
        foreach (var state in Enum.GetValues<TaskState>())
            Assert.Equal(_model.Count(state), stats.ByStatus[state]);
        foreach (var lane in Enum.GetValues<TaskPriority>())
            Assert.Equal(_model.Tasks.Values.Count(task => task.Place == Place.Lane && task.New.Priority == lane), stats.Depth[lane]);

        foreach (var user in new[] { null, "u0", "u1" })
        {
            foreach (var state in Enum.GetValues<TaskState>())
            {
                var page = await scene.Store.ListAsync(new TaskQuery { Owner = user, Status = state, Type = "t0", PageSize = 200 }, Ct);
                var expected = _model.Log.Where(task => _model.Tasks.GetValueOrDefault(task.Id) == task && task.State == state
                    && task.New.Type == "t0" && (user is null || task.New.CreatedBy == user)).Reverse().Select(task => task.Id).ToList();
                Assert.Equal(expected, page.Tasks.Select(task => task.Id));
                Assert.Equal(expected.Count, page.Total);
            }
        }

        do
        {
            await DrainAsync();
        } while (_position is not null);
        foreach (var task in _model.Log)
        {
            var events = _delivered.Where(change => change.TaskId == task.Id).ToList();
            Assert.Equal(task.Events, events.Select(change => change.Name));
            Assert.Equal(Enumerable.Range(1, events.Count).Select(version => (long)version), events.Select(change => change.Version));
        }
        Assert.Equal(_model.Log.Sum(task => task.Events.Count), _delivered.Count);
    }

    private ModelTask? Any(Func<ModelTask, bool>? which = null)
    {
        // Mostly one for which the call makes sense, sometimes any other, which must refuse.
        var fitting = _model.Tasks.Values.Where(which is null || random.Next(12) == 0 ? _ => true : which).ToList();
        return fitting.Count == 0 ? null : fitting[random.Next(fitting.Count)];
    }

    private void Say(string call) => Calls.Add($"{scene.Now:mm:ss} {call}");

    private async Task CreateAsync()
    {
        var asked = scene.New($"t{random.Next(3)}", $"u{random.Next(3)}", (TaskPriority)random.Next(3));
        if (random.Next(8) == 0) asked = asked with { RunAt = scene.Now.AddSeconds(random.Next(1, 30)) };
        Say($"create {asked.Id} {asked.Type} {asked.CreatedBy} {asked.Priority} {asked.RunAt:mm:ss}");
        var created = await scene.CreateAsync(asked);
        _model.Add(asked);
        var task = _model.Tasks[asked.Id];
        Settle(task, created.Granted, created.Wakes);
        Model.Check(task, created.Task);
    }

    private void Settle(ModelTask task, bool granted, Wakes wakes)
    {
        _model.Grant(wakes);
        if (granted)
        {
            Assert.Equal(Place.Lane, task.Place);
            _model.Grant(task);
        }
        else if (task.Place == Place.Lane && _model.HasRoom(task))
        {
            Assert.Contains(_model.Tasks.Values, other => other != task && other.Place == Place.Lane);
        }
    }

    private async Task StartAsync()
    {
        if (Any(task => task.Place is Place.Granted or Place.BetweenSlices || (task.Place == Place.Aside && task.Due <= scene.Now)
            || (task.State == TaskState.Running && !_model.Alive(task))) is not { } task) return;
        var worker = Workers[random.Next(Workers.Length)];
        var run = random.Next(15) == 0 ? task.Run + 1 : task.Run;
        Say($"start {task.Id} {run} {worker.Name}{worker.Epoch} ({task.State}, {task.Place}, slot until {task.SlotUntil:mm:ss})");
        var started = await scene.Store.StartAsync(task.Id, run, worker, Ct);

        if (run != task.Run || task.Place == Place.Ended)
        {
            Assert.Equal(StartKind.Gone, started.Kind);
            // A slot that it met, and whose time was over, may have gone to others.
            _model.Grant(started.Wakes);
            return;
        }
        if (task is { State: TaskState.Running, Place: Place.Running } && _model.Alive(task)
            && !(task.Worker.Name == worker.Name && task.Worker.Epoch != worker.Epoch))
        {
            Assert.Equal((StartKind.Later, task.SlotUntil), (started.Kind, started.Until));
            _model.Grant(started.Wakes);
            return;
        }
        if (task.Place == Place.Aside && task.Due > scene.Now)
        {
            Assert.Equal((StartKind.Later, task.Due), (started.Kind, started.Until));
            _model.Grant(started.Wakes);
            return;
        }
        if (task is { State: TaskState.Running, Slice: false } && task.Recoveries == scene.Options.MaxRecoveries)
        {
            Assert.Equal((StartKind.Gone, TaskErrors.WorkerLost), (started.Kind, started.Task?.Error?.Code));
            _model.End(task, TaskState.Failed, TaskEvents.Failed);
            Model.Check(task, started.Task!);
        }
        else if (started.Kind == StartKind.Waiting)
        {
            // One that stands in its lane already may be told to go on waiting, room or not; one whose time has come waits behind others.
            if (task.Place == Place.Aside && _model.HasRoom(task)) Assert.Contains(_model.Tasks.Values, other => other.Place == Place.Lane);
            else if (task.Place != Place.Lane) Assert.False(_model.HasRoom(task), "there was room to start");
            Assert.False(_model.Alive(task));
            task.Place = Place.Lane;
        }
        else
        {
            Assert.Equal(StartKind.Started, started.Kind);
            _model.Start(task, started.Task!, worker);
        }
        _model.Grant(started.Wakes);
    }

    private async Task RenewAsync()
    {
        var asked = _model.Tasks.Values.Where(task => task.State == TaskState.Running && random.Next(3) == 0).ToList();
        Say($"renew {string.Join(' ', asked.Select(task => task.Id))}");
        var held = asked.Select(task => random.Next(10) == 0 ? task.Held with { Fence = task.Fence - 1 } : task.Held).ToList();
        var answers = await scene.Store.RenewAsync(Workers[0], held, Ct);
        Assert.Equal(held.Count, answers.Count);
        for (var i = 0; i < held.Count; i++)
            CheckHold(asked[i], held[i], answers[i]);
    }

    private void CheckHold(ModelTask task, Held held, Hold answer)
    {
        if (held.Fence != task.Fence || !Model.TokenCounts(task))
        {
            Assert.Equal(Hold.Lost, answer);
        }
        else if (task.Place != Place.Running)
        {
            // Somebody has begun to take it over: both answers are right, but a slot must be there for the one.
            if (answer != Hold.Lost) _model.Lease(task);
        }
        else if (_model.Alive(task) || _model.HasRoom(task))
        {
            Assert.Equal(task.CancelRequested ? Hold.CancelRequested : Hold.Held, answer);
            _model.Lease(task);
        }
        else
        {
            Assert.Equal(Hold.Lost, answer);
        }
    }

    private async Task ReportAsync()
    {
        if (Any(task => task.Place == Place.Running) is not { } task) return;
        Say($"report {task.Id} ({task.State}, {task.Place}, slot until {task.SlotUntil:mm:ss})");
        var reported = await scene.ReportAsync(task.Held, TaskProgress.Of(random.Next(10), 10));
        CheckHold(task, task.Held, reported.Hold);
        if (reported.Hold != Hold.Lost) task.Events.Add(TaskEvents.Progress);
    }

    private async Task EndAsync()
    {
        if (Any(task => task.Place == Place.Running) is not { } task) return;
        var held = random.Next(15) == 0 ? task.Held with { Fence = task.Fence - 1 } : task.Held;
        var runAt = scene.Now.AddSeconds(random.Next(10));
        var kind = random.Next(8);
        Say($"end {kind} {held} ({task.State}, {task.Place}, slot until {task.SlotUntil:mm:ss})");
        Func<Task<Ended>> end = kind switch
        {
            < 3 => () => scene.CompleteAsync(held),
            3 => () => scene.FailAsync(held),
            < 6 => () => scene.Store.BackOffAsync(held, new TaskError("broken", "x"), runAt, Ct),
            6 => () => scene.Store.StopAsync(held, Ct),
            _ => () => scene.Store.ReleaseAsync(held, Ct),
        };
        if (held.Fence != task.Fence || !Model.TokenCounts(task))
        {
            await RefusedAsync(TaskErrors.LeaseLost, end);
            return;
        }
        var ended = await end();
        if (kind < 3) _model.End(task, TaskState.Completed, TaskEvents.Completed);
        else if (kind == 3) _model.End(task, TaskState.Failed, TaskEvents.Failed);
        else if (kind < 6) _model.GiveBack(task, runAt, countRetry: true);
        else if (kind == 6) _model.End(task, TaskState.Cancelled, TaskEvents.Cancelled);
        else _model.GiveBack(task, scene.Now, countRetry: false);
        Assert.Equal(task.Version, ended.Version);
        _model.Grant(ended.Wakes);
    }

    private async Task ContinueAsync()
    {
        if (Any(task => task.Place == Place.Running && _model.Alive(task)) is not { } task) return;
        // What becomes of a slot that had lapsed before is the store's own affair.
        if (Model.TokenCounts(task) && !(task.Place == Place.Running && _model.Alive(task))) return;
        Say($"continue {task.Id} ({task.State}, {task.Place})");
        if (!Model.TokenCounts(task))
        {
            await RefusedAsync(TaskErrors.LeaseLost, () => scene.Store.ContinueAsync(task.Held, null, Ct));
            return;
        }
        await scene.Store.ContinueAsync(task.Held, null, Ct);
        (task.Place, task.Slice, task.Recoveries) = (Place.BetweenSlices, true, 0);
        task.SlotUntil = scene.Now.AddSeconds(scene.Options.GrantSeconds);
    }

    private async Task CancelAsync()
    {
        if (Any(task => task.Place != Place.Ended) is not { } task) return;
        var stop = random.Next(3) > 0;
        Say($"cancel {task.Id} {stop} ({task.State}, {task.Place}, slot until {task.SlotUntil:mm:ss})");
        if (task.State == TaskState.Running && !stop)
        {
            await RefusedAsync(TaskErrors.Running, () => scene.CancelAsync(task.Id, stop));
            return;
        }
        if (task.State is TaskState.Completed or TaskState.Failed)
        {
            await RefusedAsync(TaskErrors.NotCancellable, () => scene.CancelAsync(task.Id, stop));
            return;
        }
        var cancelled = await scene.CancelAsync(task.Id, stop);
        if (task is { State: TaskState.Running, Place: Place.Running } && _model.Alive(task))
        {
            Assert.True(cancelled.Stopping);
            task.CancelRequested = true;
        }
        else
        {
            Assert.False(cancelled.Stopping);
            if (task.State != TaskState.Cancelled) _model.End(task, TaskState.Cancelled, TaskEvents.Cancelled);
        }
        Model.Check(task, cancelled.Task);
        _model.Grant(cancelled.Wakes);
    }

    private async Task RetryAsync()
    {
        if (Any(task => task.State is TaskState.Failed or TaskState.Cancelled) is not { } task) return;
        Say($"retry {task.Id} ({task.State}, {task.Place})");
        if (task.State is not (TaskState.Failed or TaskState.Cancelled))
        {
            await RefusedAsync(TaskErrors.NotRetryable, () => scene.RetryAsync(task.Id));
            return;
        }
        var retried = await scene.RetryAsync(task.Id);
        _model.RetryByHand(task);
        Settle(task, retried.Granted, retried.Wakes);
        Model.Check(task, retried.Task);
    }

    private async Task DrainAsync()
    {
        Say("drain");
        var batch = await scene.DrainAsync(_position, 1 + random.Next(60));
        _delivered.AddRange(batch.Events);
        _position = batch.Position;
    }

    private async Task SweepAsync()
    {
        Say("sweep");
        Sweep sweep;
        do
        {
            sweep = await scene.SweepAsync(5);
            foreach (var grant in sweep.Lapsed)
            {
                var task = _model.Tasks[grant.Id];
                Assert.True(task.Place is Place.Granted && !_model.Alive(task), "not a lapsed grant");
                _model.Grant(task);
            }
            foreach (var task in sweep.DeadLeases.Select(grant => _model.Tasks[grant.Id]))
                Assert.True(task.Place is Place.Running or Place.BetweenSlices && !_model.Alive(task), "not a dead lease");
            foreach (var task in sweep.Overdue.Select(grant => _model.Tasks[grant.Id]))
                Assert.True(task.Place is Place.Aside && task.Due.AddSeconds(scene.Options.GrantSeconds) <= scene.Now, "not overdue");
            foreach (var task in _model.Tasks.Values.Where(task => sweep.Wakes.Grants.Any(grant => grant.Id == task.Id) && task.Place == Place.Granted))
                task.Place = Place.Lane;
            _model.Grant(sweep.Wakes);
        } while (sweep.More);

        // Lapsed grants that were not renewed are in their lanes now, and nobody waits who could run.
        foreach (var task in _model.Tasks.Values.Where(task => task.Place == Place.Granted && !_model.Alive(task)))
            task.Place = Place.Lane;
        Assert.All(_model.Tasks.Values.Where(task => task.Place == Place.Lane), task => Assert.False(_model.HasRoom(task), $"{task.Id} waits although there is room"));
    }

    private async Task PurgeAsync()
    {
        Say("purge");
        var before = scene.Now.AddSeconds(-20);
        var listed = await scene.Store.ListPurgeableAsync(before, 1000, Ct);
        var expected = _model.Tasks.Values.Where(task => task.Place == Place.Ended && task.EndedAt < before).ToList();
        Assert.Equal(
            expected.SelectMany(task => Enumerable.Range(0, task.Run + 1).Select(number => TaskIds.InstanceOf(task.Id, number))).Order(),
            listed.SelectMany(task => task.Instances).Order());
        if (random.Next(2) == 0) await RetryAsync();
        expected.RemoveAll(task => task.Place != Place.Ended);
        Assert.Equal(expected.Count, await scene.Store.PurgeAsync(listed, before, Ct));
        foreach (var task in expected)
            _model.Tasks.Remove(task.Id);
    }

    private Task PassTimeAsync()
    {
        var seconds = random.Next(4) == 0 ? random.Next(5, 40) : random.Next(1, 4);
        Say($"{seconds} s pass");
        scene.Pass(seconds);
        return Task.CompletedTask;
    }

    private static async Task RefusedAsync(string code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<TaskException>(call)).Code);
}
