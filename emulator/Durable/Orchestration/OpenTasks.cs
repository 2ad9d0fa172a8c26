using Microsoft.DurableTask;
using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>Something the orchestrator has asked for and that has not ended.</summary>
internal interface IOpenTask
{
    EventKind Kind { get; }

    void Complete(string? data, DataConverter converter);

    void Fail(TaskFailureDetails failure);
}

/// <summary>An activity or sub-orchestration under way; <see cref="Nothing"/> when its result is not wanted.</summary>
internal sealed class OpenTask<T>(EventKind kind, string name, int id) : TaskCompletionSource<T>, IOpenTask
{
    public EventKind Kind => kind;

    public void Complete(string? data, DataConverter converter)
    {
        if (typeof(T) == typeof(Nothing))
        {
            SetResult(default!);
            return;
        }

        T value;
        try
        {
            value = converter.Deserialize<T>(data)!;
        }
        catch (Exception error)
        {
            SetException(error);
            return;
        }

        SetResult(value);
    }

    public void Fail(TaskFailureDetails failure) => SetException(new TaskFailedException(name, id, failure));
}

/// <summary>The result nobody wants.</summary>
internal readonly struct Nothing;

/// <summary>A timer that has neither fired nor been cancelled.</summary>
internal sealed class OpenTimer(long due) : TaskCompletionSource, IOpenTask
{
    public EventKind Kind => EventKind.TimerCreated;

    /// <summary>UTC ticks.</summary>
    public long Due => due;

    public void Complete(string? data, DataConverter converter) => TrySetResult();

    public void Fail(TaskFailureDetails failure) => throw new InvalidOperationException("A timer cannot fail.");
}

/// <summary>
/// Open tasks by number. Numbers grow by one and tasks end early, so an array that starts at the oldest open one is the
/// smallest and fastest thing that does it.
/// </summary>
internal sealed class OpenTasks
{
    private IOpenTask?[] slots = new IOpenTask?[4];
    private int first;
    private int end;

    public int Count { get; private set; }

    /// <summary>Those that keep the instance from ending; calls to entities do not.</summary>
    public int Blocking { get; private set; }

    public int Activities { get; private set; }

    public void Add(int id, IOpenTask task)
    {
        if (Count == 0)
            first = end = id;
        if (id - first >= slots.Length)
            Grow(id);
        slots[id - first] = task;
        end = id + 1;
        Counted(task, 1);
    }

    public IOpenTask? Find(int id) => id >= first && id < end ? slots[id - first] : null;

    public IOpenTask? Take(int id)
    {
        var task = Find(id);
        if (task is null)
            return null;
        slots[id - first] = null;
        Counted(task, -1);
        return task;
    }

    public IEnumerable<(int Id, IOpenTask Task)> All()
    {
        for (var id = first; id < end; id++)
        {
            if (slots[id - first] is { } task)
                yield return (id, task);
        }
    }

    private void Counted(IOpenTask task, int change)
    {
        Count += change;
        if (task.Kind is EventKind.TaskScheduled)
            Activities += change;
        if (task.Kind is EventKind.TaskScheduled or EventKind.TimerCreated or EventKind.ChildScheduled)
            Blocking += change;
    }

    private void Grow(int id)
    {
        var skip = 0;
        while (skip < end - first && slots[skip] is null)
            skip++;
        var kept = slots.AsSpan(skip, end - first - skip);
        first += skip;
        var target = id - first < slots.Length ? new IOpenTask?[slots.Length] : new IOpenTask?[Math.Max(slots.Length * 2, id - first + 1)];
        kept.CopyTo(target);
        slots = target;
    }
}
