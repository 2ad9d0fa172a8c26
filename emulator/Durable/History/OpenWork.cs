using System.Text.Json;
using Tasklane.Emulator.Durable.Entities;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.History;

/// <summary>What a history leaves open, read off it.</summary>
internal sealed class OpenWork
{
    private OpenWork()
    {
    }

    /// <summary>A turn was run.</summary>
    public bool HasBegun { get; private set; }

    public bool IsSuspended { get; private set; }

    /// <summary>The start of the generation.</summary>
    public P.ExecutionStartedEvent? Started { get; private set; }

    /// <summary>Time of the last turn, UTC ticks.</summary>
    public long LastTurn { get; private set; }

    public int Turns { get; private set; }

    public Dictionary<int, P.TaskScheduledEvent> Activities { get; } = [];

    /// <summary>Open timers by action, with their due times.</summary>
    public Dictionary<int, long> Timers { get; } = [];

    /// <summary>Sub-orchestrations that have not answered, by action.</summary>
    public Dictionary<int, string> Children { get; } = [];

    /// <summary>Critical sections that were asked for and not left, with their entities.</summary>
    public Dictionary<string, IReadOnlyList<string>> Locks { get; } = [];

    public static OpenWork Of(ReadOnlyMemory<byte> history)
    {
        var work = new OpenWork();
        foreach (var e in HistoryBuffer.Parse(history))
            work.Apply(e);
        return work;
    }

    private void Apply(P.HistoryEvent e)
    {
        switch (e.EventTypeCase)
        {
            case P.HistoryEvent.EventTypeOneofCase.ExecutionStarted:
                Started = e.ExecutionStarted;
                break;
            case P.HistoryEvent.EventTypeOneofCase.OrchestratorStarted:
                LastTurn = Happenings.Ticks(e.Timestamp);
                break;
            case P.HistoryEvent.EventTypeOneofCase.OrchestratorCompleted:
                HasBegun = true;
                Turns++;
                break;
            case P.HistoryEvent.EventTypeOneofCase.TaskScheduled:
                Activities[e.EventId] = e.TaskScheduled;
                break;
            case P.HistoryEvent.EventTypeOneofCase.TaskCompleted:
                Activities.Remove(e.TaskCompleted.TaskScheduledId);
                break;
            case P.HistoryEvent.EventTypeOneofCase.TaskFailed:
                Activities.Remove(e.TaskFailed.TaskScheduledId);
                break;
            case P.HistoryEvent.EventTypeOneofCase.TimerCreated:
                Timers[e.EventId] = Happenings.Ticks(e.TimerCreated.FireAt);
                break;
            case P.HistoryEvent.EventTypeOneofCase.TimerFired:
                Timers.Remove(e.TimerFired.TimerId);
                break;
            case P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCreated:
                Children[e.EventId] = e.SubOrchestrationInstanceCreated.InstanceId;
                break;
            case P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceCompleted:
                Children.Remove(e.SubOrchestrationInstanceCompleted.TaskScheduledId);
                break;
            case P.HistoryEvent.EventTypeOneofCase.SubOrchestrationInstanceFailed:
                Children.Remove(e.SubOrchestrationInstanceFailed.TaskScheduledId);
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionSuspended:
                IsSuspended = true;
                break;
            case P.HistoryEvent.EventTypeOneofCase.ExecutionResumed:
                IsSuspended = false;
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityLockRequested:
                Locks[e.EntityLockRequested.CriticalSectionId] = e.EntityLockRequested.LockSet;
                break;
            case P.HistoryEvent.EventTypeOneofCase.EntityUnlockSent:
                Locks.Remove(e.EntityUnlockSent.CriticalSectionId);
                break;
            case P.HistoryEvent.EventTypeOneofCase.EventSent when e.EventSent.InstanceId.StartsWith('@'):
                ApplyEntityMessage(e.EventSent);
                break;
        }
    }

    private void ApplyEntityMessage(P.EventSentEvent sent)
    {
        try
        {
            var request = EntityMessages.Read(sent.InstanceId, sent.Name, sent.Input);
            if (request.EntityLockRequested is { } asked)
                Locks[asked.CriticalSectionId] = asked.LockSet;
            else if (request.EntityUnlockSent is { } left)
                Locks.Remove(left.CriticalSectionId);
        }
        catch (JsonException)
        {
            // No message of ours: it holds no lock.
        }
    }
}
