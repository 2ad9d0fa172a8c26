using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.Entities;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>How an instance ends or begins anew, and who is told.</summary>
internal sealed partial class Instance
{
    private const string NonDeterminism = "DurableTask.Core.Exceptions.NonDeterministicOrchestrationException";

    private static P.OrchestratorAction? CompletionOf(P.OrchestratorResponse response)
    {
        foreach (var action in response.Actions)
        {
            if (action.OrchestratorActionTypeCase == P.OrchestratorAction.OrchestratorActionTypeOneofCase.CompleteOrchestration)
                return action;
        }

        return null;
    }

    // What an orchestrator asked for on the way to such an end was asked for by mistake.
    private static bool IsNonDeterminism(P.CompleteOrchestrationAction complete) => complete.FailureDetails?.ErrorType == NonDeterminism;

    private void CompleteWith(InstanceCommit commit, P.OrchestratorAction action)
    {
        var complete = action.CompleteOrchestration;
        if (complete.OrchestrationStatus == P.OrchestrationStatus.ContinuedAsNew)
        {
            StartOver(commit, complete);
            return;
        }

        if (IsNonDeterminism(complete))
            CloseWhatIsOpen(commit, recurse: false);
        else
            CloseTimers(commit);
        Finish(commit, action.Id, complete.OrchestrationStatus, complete.Result, complete.FailureDetails);
    }

    // The same id and key, a history that begins again. What had come in but was not used goes along.
    private void StartOver(InstanceCommit commit, P.CompleteOrchestrationAction over)
    {
        CloseTimers(commit);
        _openActivities.Clear();
        _generation++;
        var started = _started!.Clone();
        started.Input = over.Result;
        started.ScheduledStartTimestamp = null;
        if (over.NewVersion is { } version)
            started.Version = version;
        if (over.Tags.Count > 0)
        {
            started.Tags.Clear();
            started.Tags.Add(over.Tags);
        }

        started.OrchestrationInstance = new P.OrchestrationInstance { InstanceId = Id, ExecutionId = Execution.ToString() };
        _started = started;

        // Later than all before it, also by a clock that stands still: the SDK makes its GUIDs, and ids of sub-orchestrations, of the time.
        WriteStart(Math.Max(Engine.Now(), _lastTurn + 1));
        foreach (var carried in over.CarryoverEvents)
            _history!.Add(carried);
        commit.Truncate = true;
        _turns = 0;
        _inSession = false;
        _status = _suspended ? P.OrchestrationStatus.Suspended : P.OrchestrationStatus.Running;
        NoteWork(commit, true);

        // Not at once: an orchestrator that only ever starts over must let others have a turn.
        Post(new Message(MessageKind.Kick));
    }

    private void Terminate(Message request)
    {
        if (!IsActive)
        {
            Drop(request);
            return;
        }

        if (_history is null)
            LoadHistory();
        var commit = Commit();
        var terminated = request.Event!;
        CloseWhatIsOpen(commit, terminated.ExecutionTerminated.Recurse);
        _history!.Add(terminated);
        commit.InboxDone(request.InboxKey);
        if (request.Reply is IEffect effect)
            commit.After(effect);
        End(commit, P.OrchestrationStatus.Terminated, terminated.ExecutionTerminated.Input, null);
    }

    /// <summary>Ends the instance from outside, and publishes it.</summary>
    private void End(InstanceCommit commit, P.OrchestrationStatus status, string? result, P.TaskFailureDetails? failure)
    {
        if (_history is null)
            LoadHistory();
        Finish(commit, -1, status, result, failure);
        foreach (var message in _incoming)
            TakenIn(commit, message);
        _incoming.Clear();
        AnswerWaiters(commit);
        Publish(commit);
    }

    private void Finish(InstanceCommit commit, int id, P.OrchestrationStatus status, string? result, P.TaskFailureDetails? failure)
    {
        var now = Math.Max(Engine.Now(), _lastTurn);
        var e = Happenings.Completed(now, id, status, result, failure);
        _history!.Add(e);
        _history.AddTurnCompleted(now);
        _end = e.ExecutionCompleted;
        _status = status;
        _begins = false;
        _inSession = false;
        NoteWork(commit, false);
        if (_started?.ParentInstance?.OrchestrationInstance is { InstanceId.Length: > 0 } parent)
            commit.Send(ToParent(parent, _started.ParentInstance.TaskScheduledId, e.ExecutionCompleted));
    }

    private void CloseTimers(InstanceCommit commit)
    {
        foreach (var (timer, due) in _openTimers)
            commit.RemoveTimer(due, DueItem.NumberOf(_generation, timer));
        _openTimers.Clear();
        if (!_begun && _started?.ScheduledStartTimestamp is { } start)
            commit.RemoveTimer(Happenings.Ticks(start), DueItem.DelayedStart);
    }

    /// <summary>
    /// Timers, locks and, where asked, children of an instance that ends before its code does. Running activities go on, unheard.
    /// </summary>
    private void CloseWhatIsOpen(InstanceCommit commit, bool recurse)
    {
        CloseTimers(commit);
        var open = OpenWork.Of(_history!.Written.ToArray());
        foreach (var (section, entities) in open.Locks)
        {
            foreach (var entity in entities)
            {
                commit.Send(new Message(MessageKind.Entity)
                {
                    Target = entity,
                    Event = EntityMessages.Unlock(entity, section, Id),
                    Execution = Execution,
                });
            }
        }

        if (!recurse)
            return;
        foreach (var child in open.Children.Values)
        {
            var terminated = Happenings.New(Engine.Now());
            terminated.ExecutionTerminated = new P.ExecutionTerminatedEvent { Recurse = true };
            commit.Send(new Message(MessageKind.Terminate) { Target = child, Event = terminated });
        }
    }

    private void AnswerParent(Message start, P.TaskFailureDetails failure)
    {
        if (start.Event!.ExecutionStarted.ParentInstance is not { OrchestrationInstance: { } parent } info)
            return;
        var end = new P.ExecutionCompletedEvent { OrchestrationStatus = P.OrchestrationStatus.Failed, FailureDetails = failure };
        Engine.Writer.Enqueue(new MailCommit(Engine) { Sent = ToParent(parent, info.TaskScheduledId, end), Done = start.InboxKey });
    }

    private Message ToParent(P.OrchestrationInstance parent, int task, P.ExecutionCompletedEvent end)
    {
        var e = Happenings.New(Engine.Now());
        if (end.OrchestrationStatus == P.OrchestrationStatus.Completed)
        {
            e.SubOrchestrationInstanceCompleted = new P.SubOrchestrationInstanceCompletedEvent { TaskScheduledId = task, Result = end.Result };
        }
        else
        {
            e.SubOrchestrationInstanceFailed = new P.SubOrchestrationInstanceFailedEvent
            {
                TaskScheduledId = task,
                FailureDetails = end.FailureDetails
                    ?? Happenings.Failure("Terminated", $"The sub-orchestration was terminated. Output: {end.Result ?? "none"}"),
            };
        }

        return new Message(MessageKind.Happened)
        {
            Target = parent.InstanceId,
            Event = e,
            Execution = ExecutionKey.Parse(parent.ExecutionId),
        };
    }
}
