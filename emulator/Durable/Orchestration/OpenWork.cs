using System.Text.Json;
using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>What a history leaves open, read off it without running the orchestrator.</summary>
internal sealed class OpenWork
{
    private readonly Dictionary<int, Event> activities = [];
    private readonly Dictionary<int, Event> timers = [];
    private Event? asked;
    private Event? held;

    private OpenWork()
    {
    }

    public bool HasBegun { get; private set; }

    public bool IsSuspended { get; private set; }

    public IEnumerable<Event> Activities => activities.Values;

    public IEnumerable<Event> Timers => timers.Values;

    /// <summary>The entities locked, or asked for.</summary>
    public string? Locks => (held ?? asked)?.Text;

    public static OpenWork Of(ReadOnlyMemory<byte> history)
    {
        var work = new OpenWork();
        foreach (var record in new EventReader(history).ReadAll())
            work.Apply(record);
        return work;
    }

    public static string[] Entities(string locks) => JsonSerializer.Deserialize<string[]>(locks)!;

    private void Apply(Event record)
    {
        switch (record.Kind)
        {
            case EventKind.TurnStarted:
                HasBegun = true;
                break;
            case EventKind.TaskScheduled:
                activities[record.Id] = record;
                break;
            case EventKind.TaskCompleted or EventKind.TaskFailed:
                activities.Remove(record.Id);
                break;
            case EventKind.TimerCreated:
                timers[record.Id] = record;
                break;
            case EventKind.TimerFired:
                timers.Remove(record.Id);
                break;
            case EventKind.Suspended or EventKind.Resumed:
                IsSuspended = record.Kind == EventKind.Suspended;
                break;
            case EventKind.LockRequested:
                asked = record;
                break;
            case EventKind.LockGranted:
                (held, asked) = (asked, null);
                break;
            case EventKind.LockReleased:
                held = null;
                break;
        }
    }
}
