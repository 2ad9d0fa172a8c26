using Tasklane.Tasks;
using Tasklane.Tasks.Storing;
using Xunit;

namespace Tasklane.Stores.Tests.Conformance;

/// <summary>Where the model believes a task to be.</summary>
internal enum Place
{
    /// <summary>Waits for its time, or to be asked for when that has come.</summary>
    Aside,
    Lane,
    Granted,
    Running,
    BetweenSlices,
    Ended,
}

/// <summary>What the model knows of a task.</summary>
internal sealed class ModelTask
{
    public required NewTask New { get; init; }
    public TaskState State { get; set; } = TaskState.Pending;
    public Place Place { get; set; } = Place.Aside;
    public int Run { get; set; }
    public int Retry { get; set; }
    public int Attempt { get; set; }
    public int Recoveries { get; set; }
    public long Fence { get; set; }
    public WorkerName Worker { get; set; }
    public bool CancelRequested { get; set; }

    /// <summary>The next start opens a slice, wherever the task waits for it.</summary>
    public bool Slice { get; set; }
    public DateTimeOffset SlotUntil { get; set; } = DateTimeOffset.MinValue;
    public DateTimeOffset Due { get; set; }
    public DateTimeOffset EndedAt { get; set; }
    public List<string> Events { get; } = [];
    public string Id => New.Id;
    public long Version => Events.Count;
    public Held Held => new(Id, Fence);
}

/// <summary>
/// The contract once more, as simply as can be: one dictionary, no indexes, every rule a line. It does not choose whom a slot
/// goes to; it takes the store's word and checks that the choice was allowed.
/// </summary>
internal sealed class Model(TasklaneOptions options, Func<DateTimeOffset> clock)
{
    public Dictionary<string, ModelTask> Tasks { get; } = [];

    /// <summary>Ids in the order of creation; also of the purged.</summary>
    public List<ModelTask> Log { get; } = [];

    public DateTimeOffset Now => clock();

    public bool Alive(ModelTask task) => task.SlotUntil > Now;

    public int Count(TaskState state) => Tasks.Values.Count(task => task.State == state);

    public void Add(NewTask created)
    {
        var task = new ModelTask { New = created, Due = created.RunAt is { } at && at > Now ? at : Now };
        Tasks.Add(created.Id, task);
        Log.Add(task);
        task.Events.Add(TaskEvents.Created);
        if (task.Due <= Now) task.Place = Place.Lane;
    }

    /// <summary>Whether every limit leaves room for the task, not counting what it holds itself.</summary>
    public bool HasRoom(ModelTask task)
    {
        var others = Tasks.Values.Where(other => other != task && Alive(other)).ToList();
        return Below(options.Lanes.MaxRunning, others.Count)
            && Below(options.Lanes.LimitOf(task.New.Type), others.Count(other => other.New.Type == task.New.Type))
            && Below(options.Lanes.MaxRunningPerUser, others.Count(other => other.New.CreatedBy == task.New.CreatedBy));
    }

    /// <summary>The store gave the task a slot: it must have been allowed to.</summary>
    public void Grant(ModelTask task)
    {
        Assert.True(HasRoom(task), $"{task.Id} was granted a slot beyond a limit");
        task.Place = Place.Granted;
        task.SlotUntil = Now.AddSeconds(options.GrantSeconds);
    }

    public void Grant(Wakes wakes)
    {
        foreach (var grant in wakes.Grants)
        {
            var task = Tasks[grant.Id];
            Assert.Equal(Place.Lane, task.Place);
            Assert.Equal(task.Run, grant.Run);
            Grant(task);
        }
    }

    public void Lease(ModelTask task)
    {
        Assert.True(HasRoom(task), $"{task.Id} was leased a slot beyond a limit");
        task.Place = Place.Running;
        task.SlotUntil = Now.AddSeconds(options.LeaseSeconds);
    }

    public void Start(ModelTask task, TaskRecord started, WorkerName worker)
    {
        Assert.True(started.Fence > task.Fence, "the fence did not grow");
        if (!task.Slice)
        {
            if (task.State == TaskState.Running) task.Recoveries++;
            task.Attempt++;
            Move(task, TaskState.Running, TaskEvents.Started);
        }
        Lease(task);
        (task.Fence, task.Worker, task.Slice) = (started.Fence, worker, false);
        Check(task, started);
    }

    /// <summary>Every end of an attempt, and of a task.</summary>
    public void End(ModelTask task, TaskState to, string change)
    {
        Move(task, to, change);
        task.SlotUntil = DateTimeOffset.MinValue;
        (task.CancelRequested, task.Slice) = (false, false);
        task.Recoveries = 0;
        task.Place = to == TaskState.Pending ? Place.Aside : Place.Ended;
        if (to != TaskState.Pending) task.EndedAt = Now;
    }

    /// <summary>Back to pending, unless somebody asked to stop it.</summary>
    public void GiveBack(ModelTask task, DateTimeOffset due, bool countRetry)
    {
        if (task.CancelRequested)
        {
            End(task, TaskState.Cancelled, TaskEvents.Cancelled);
            return;
        }
        End(task, TaskState.Pending, TaskEvents.Retrying);
        task.Due = due;
        if (countRetry) task.Retry++;
    }

    public void RetryByHand(ModelTask task)
    {
        End(task, TaskState.Pending, TaskEvents.Retrying);
        (task.Place, task.Retry, task.Due) = (Place.Lane, 0, Now);
        task.Run++;
    }

    /// <summary>Whether writes with the task's latest token are taken.</summary>
    public static bool TokenCounts(ModelTask task) => task is { State: TaskState.Running, Slice: false };

    public static void Check(ModelTask task, TaskRecord seen)
    {
        Assert.Equal(
            (task.State, task.Version, task.Run, task.Retry, task.Attempt, task.Fence, task.CancelRequested),
            (seen.Status, seen.Version, seen.Run, seen.RetryCount, seen.Attempt, seen.Fence, seen.CancelRequested));
        Assert.Equal((task.New.Type, task.New.CreatedBy, task.New.Priority), (seen.Type, seen.CreatedBy, seen.Priority));
        if (task is not { State: TaskState.Running, Slice: true })
            Assert.Equal(task.State == TaskState.Running ? task.Worker.Name : null, seen.Worker);
        Assert.Equal(task.State is TaskState.Completed or TaskState.Failed ? task.EndedAt : null, seen.CompletedAt);
        Assert.Equal(task.State == TaskState.Cancelled ? task.EndedAt : null, seen.CancelledAt);
    }

    private static bool Below(int limit, int count) => limit == 0 || count < limit;

    private static void Move(ModelTask task, TaskState to, string change)
    {
        if (to != task.State) Assert.True(TaskStates.CanMove(task.State, to), $"{task.State} to {to}");
        task.State = to;
        task.Events.Add(change);
    }
}
