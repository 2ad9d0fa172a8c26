using System.Text.Json;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.Entities;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>What the orchestrator asked for in a turn: each action becomes an event of its history, and what the event causes.</summary>
internal sealed partial class Instance
{
    private void Do(InstanceCommit commit, P.OrchestratorAction action)
    {
        switch (action.OrchestratorActionTypeCase)
        {
            case P.OrchestratorAction.OrchestratorActionTypeOneofCase.ScheduleTask:
                Schedule(commit, action.Id, action.ScheduleTask);
                break;
            case P.OrchestratorAction.OrchestratorActionTypeOneofCase.CreateTimer:
                CreateTimer(commit, action.Id, action.CreateTimer);
                break;
            case P.OrchestratorAction.OrchestratorActionTypeOneofCase.CreateSubOrchestration:
                StartChild(commit, action.Id, action.CreateSubOrchestration);
                break;
            case P.OrchestratorAction.OrchestratorActionTypeOneofCase.SendEvent:
                SendEvent(commit, action.Id, action.SendEvent);
                break;
            case P.OrchestratorAction.OrchestratorActionTypeOneofCase.SendEntityMessage:
                SendEntityMessage(commit, action.Id, action.SendEntityMessage);
                break;
            case P.OrchestratorAction.OrchestratorActionTypeOneofCase.TerminateOrchestration:
                var terminated = Happenings.New(_lastTurn);
                terminated.ExecutionTerminated = new P.ExecutionTerminatedEvent
                {
                    Input = action.TerminateOrchestration.Reason,
                    Recurse = action.TerminateOrchestration.Recurse,
                };
                commit.Send(new Message(MessageKind.Terminate) { Target = action.TerminateOrchestration.InstanceId, Event = terminated });
                break;
            case P.OrchestratorAction.OrchestratorActionTypeOneofCase.CompleteOrchestration:
                break;
            default:
                Engine.Logger.LogError(
                    "Orchestration {InstanceId} asked for {Action}, which this host does not know; it is passed over.",
                    Id, action.OrchestratorActionTypeCase);
                break;
        }
    }

    /// <summary>A worker's SDK that says nothing of its own span leaves what it starts in the trace of whoever started it.</summary>
    private P.TraceContext? TraceOf(P.TraceContext? said) => said ?? _started?.ParentTraceContext;

    private P.HistoryEvent Event(int id) => new() { EventId = id, Timestamp = Happenings.Time(_lastTurn) };

    private void Schedule(InstanceCommit commit, int id, P.ScheduleTaskAction task)
    {
        var e = Event(id);
        e.TaskScheduled = new P.TaskScheduledEvent
        {
            Name = task.Name,
            Version = task.Version,
            Input = task.Input,
            ParentTraceContext = TraceOf(task.ParentTraceContext),
        };
        if (task.Tags.Count > 0)
            e.TaskScheduled.Tags.Add(task.Tags);
        _history!.Add(e);
        _openActivities.Add(id);
        commit.After(new ActivityItem(Engine, Id, Execution, id, e.TaskScheduled));
    }

    private void CreateTimer(InstanceCommit commit, int id, P.CreateTimerAction timer)
    {
        var e = Event(id);
        e.TimerCreated = new P.TimerCreatedEvent { FireAt = timer.FireAt };
        _history!.Add(e);
        var due = Happenings.Ticks(timer.FireAt);
        _openTimers[id] = due;
        commit.AddTimer(due, DueItem.NumberOf(_generation, id));
    }

    private void StartChild(InstanceCommit commit, int id, P.CreateSubOrchestrationAction child)
    {
        var e = Event(id);
        var target = child.InstanceId.Length > 0 ? child.InstanceId : Engine.NewId();
        e.SubOrchestrationInstanceCreated = new P.SubOrchestrationInstanceCreatedEvent
        {
            InstanceId = target,
            Name = child.Name,
            Version = child.Version,
            Input = child.Input,
            ParentTraceContext = TraceOf(child.ParentTraceContext),
        };
        if (child.Tags.Count > 0)
            e.SubOrchestrationInstanceCreated.Tags.Add(child.Tags);
        _history!.Add(e);

        if (!Engine.Executor.Expects(DurableKind.Orchestrator, child.Name))
        {
            var failed = Happenings.New(_lastTurn);
            failed.SubOrchestrationInstanceFailed = new P.SubOrchestrationInstanceFailedEvent
            {
                TaskScheduledId = id,
                FailureDetails = Happenings.NotFound(DurableKind.Orchestrator, child.Name),
            };
            commit.Send(new Message(MessageKind.Happened) { Target = Id, Event = failed, Execution = Execution });
            return;
        }

        var started = Happenings.New(_lastTurn);
        started.ExecutionStarted = new P.ExecutionStartedEvent
        {
            Name = child.Name,
            Version = child.Version ?? "",
            Input = child.Input,
            ParentTraceContext = TraceOf(child.ParentTraceContext),
            ParentInstance = new P.ParentInstanceInfo
            {
                TaskScheduledId = id,
                Name = _row!.Name,
                Version = _row.Version,
                OrchestrationInstance = new P.OrchestrationInstance { InstanceId = Id, ExecutionId = Execution.ToString() },
            },
        };
        if (child.Tags.Count > 0)
            started.ExecutionStarted.Tags.Add(child.Tags);
        commit.Send(new Message(MessageKind.Start) { Target = target, Event = started });
    }

    private void SendEvent(InstanceCommit commit, int id, P.SendEventAction sent)
    {
        var e = Event(id);
        e.EventSent = new P.EventSentEvent { InstanceId = sent.Instance.InstanceId, Name = sent.Name, Input = sent.Data };
        _history!.Add(e);
        if (!sent.Instance.InstanceId.StartsWith('@'))
        {
            commit.Send(new Message(MessageKind.Happened)
            {
                Target = sent.Instance.InstanceId,
                Event = Happenings.Raised(_lastTurn, sent.Name, sent.Data),
            });
            return;
        }

        try
        {
            ToEntity(commit, sent.Instance.InstanceId, EntityMessages.Read(sent.Instance.InstanceId, sent.Name, sent.Data));
        }
        catch (JsonException error)
        {
            Engine.Logger.LogError(
                "Orchestration {InstanceId} sent {Entity} an event that is no message to an entity; it is dropped: {Reason}",
                Id, sent.Instance.InstanceId, error.Message);
        }
    }

    private void SendEntityMessage(InstanceCommit commit, int id, P.SendEntityMessageAction message)
    {
        var e = Event(id);
        switch (message.EntityMessageTypeCase)
        {
            case P.SendEntityMessageAction.EntityMessageTypeOneofCase.EntityOperationCalled:
                e.EntityOperationCalled = message.EntityOperationCalled;
                break;
            case P.SendEntityMessageAction.EntityMessageTypeOneofCase.EntityOperationSignaled:
                e.EntityOperationSignaled = message.EntityOperationSignaled;
                break;
            case P.SendEntityMessageAction.EntityMessageTypeOneofCase.EntityLockRequested:
                e.EntityLockRequested = message.EntityLockRequested;
                break;
            case P.SendEntityMessageAction.EntityMessageTypeOneofCase.EntityUnlockSent:
                e.EntityUnlockSent = message.EntityUnlockSent;
                break;
        }

        _history!.Add(e);
        ToEntity(commit, e.EventTypeCase switch
        {
            P.HistoryEvent.EventTypeOneofCase.EntityOperationCalled => e.EntityOperationCalled.TargetInstanceId!,
            P.HistoryEvent.EventTypeOneofCase.EntityOperationSignaled => e.EntityOperationSignaled.TargetInstanceId!,
            P.HistoryEvent.EventTypeOneofCase.EntityUnlockSent => e.EntityUnlockSent.TargetInstanceId!,
            _ => "",
        }, e);
    }

    private void ToEntity(InstanceCommit commit, string entity, P.HistoryEvent message)
    {
        // A lock begins with the first of its entities, whose order is common to all.
        if (message.EntityLockRequested is { } asked)
        {
            asked.ParentInstanceId ??= Id;
            entity = asked.LockSet[Math.Max(0, Math.Min(asked.Position, asked.LockSet.Count - 1))];
        }

        commit.Send(new Message(MessageKind.Entity)
        {
            Target = entity,
            Event = message,
            Execution = Execution,
            Due = EntityMessages.DueOf(message) is var due && due > Engine.Now() ? due : 0,
        });
    }
}
