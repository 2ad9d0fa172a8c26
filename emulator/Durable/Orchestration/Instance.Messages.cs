using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>What each message means to an instance in its present state.</summary>
internal sealed partial class Instance
{
    private void Take(Message message)
    {
        switch (message.Kind)
        {
            case MessageKind.Start:
                Start(message);
                break;
            case MessageKind.Terminate:
                Terminate(message);
                break;
            case MessageKind.Rewind:
                Rewind(message);
                break;
            case MessageKind.Wait:
                Wait((Waiter)message.Reply!);
                break;
            case MessageKind.Collect:
                _waiters.RemoveAll(waiter => waiter.Task.IsCompleted);
                break;
            case MessageKind.Purge:
                Purge((PurgeRequest)message.Reply!);
                break;
            case MessageKind.Recover:
                Recover();
                break;
            case MessageKind.Kick:
                _begins = IsActive && !_begun && !IsDelayed;
                break;
            case MessageKind.Evict:
                Evict();
                break;
            case MessageKind.StartIsDue:
                StartIsDue(message);
                break;
            default:
                if (IsActive && (message.Execution.IsNone || message.Execution == Execution))
                    _incoming.Add(message);
                else
                    Drop(message);
                break;
        }
    }

    private bool IsDelayed => _started?.ScheduledStartTimestamp is { } at && Happenings.Ticks(at) > Engine.Now();

    private void Start(Message start)
    {
        if (_row is not null && !MayReplace(start))
        {
            var refusal = Refusals.AlreadyExists(Id, _status);
            (start.Reply as StartRequest)?.Reply.Refuse(refusal);
            AnswerParent(start, Happenings.Failure("DurableTask.Core.Exceptions.OrchestrationAlreadyExistsException", refusal.Status.Detail));
            return;
        }

        if (IsActive)
            End(Commit(), P.OrchestrationStatus.Terminated, null, null);
        var replaced = _row?.Key ?? 0;
        var now = Engine.Now();
        var event_ = start.Event!.ExecutionStarted;
        _row = new InstanceRow(
            Engine.NextKey(), Id, event_.Name, event_.Version, event_.Tags.Count == 0 ? null : event_.Tags.ToDictionary(), now);
        _status = P.OrchestrationStatus.Pending;
        _custom = null;
        _end = null;
        _suspended = false;
        _generation = 0;
        _turns = 0;
        _openActivities.Clear();
        _openTimers.Clear();
        event_.OrchestrationInstance = new P.OrchestrationInstance { InstanceId = Id, ExecutionId = Execution.ToString() };
        _started = event_;
        _history ??= RentBuffer();
        WriteStart(now);

        var commit = Commit();
        commit.Insert = true;
        commit.Replaced = replaced;
        commit.InboxDone(start.InboxKey);
        if (start.Reply is StartRequest { Reply: { } reply })
            commit.After(reply);
        _noted = 0;
        var later = event_.ScheduledStartTimestamp is { } at && Happenings.Ticks(at) > now ? Happenings.Ticks(event_.ScheduledStartTimestamp) : 0;
        _inWork = false;
        NoteWork(commit, later == 0);
        if (later != 0)
            commit.AddTimer(later, DueItem.DelayedStart);
        _begins = later == 0;

        // Stored at once: whoever started it need not wait for the orchestrator's first turn.
        Publish(commit);
    }

    /// <summary>The history begins with the first turn, which has not run yet.</summary>
    private void WriteStart(long now)
    {
        _history!.Clear();
        _history.AddTurnStarted(now);
        _history.Add(new P.HistoryEvent { EventId = -1, Timestamp = Happenings.Time(now), ExecutionStarted = _started });
        _lastTurn = now;
        _processed = 0;
        _begun = false;
    }

    private bool MayReplace(Message start) =>
        start.Reply is StartRequest { Replaceable: { } replaceable } ? replaceable.Contains(_status) : _status.IsFinished();

    private void StartIsDue(Message due)
    {
        if (!IsActive || _begun || due.Execution.Instance != _row!.Key)
        {
            Engine.Writer.Enqueue(new MailCommit(Engine) { Fired = (due.TimerDue, due.Execution.Instance, DueItem.DelayedStart) });
            return;
        }

        _begins = true;
        var commit = Commit();
        commit.RemoveTimer(due.TimerDue, DueItem.DelayedStart);
        // Noted whatever is known of it: from here on no timer remembers the instance, and one read from the database passes for noted.
        commit.Work = _inWork = true;
        Publish(commit);
    }

    private void Wait(Waiter waiter)
    {
        if (_row is null || !waiter.IsSatisfiedBy(_status))
        {
            _waiters.Add(waiter);
            return;
        }

        if (AllCommitted)
        {
            new Answer(waiter, this, _updated).Run();
            return;
        }

        // Seen only once it is true on disk as well.
        var commit = Commit();
        commit.After(new Answer(waiter, this, commit.Updated));
        Publish(commit);
    }

    private void AnswerWaiters(InstanceCommit commit)
    {
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            if (!_waiters[i].IsSatisfiedBy(_status))
                continue;
            commit.After(new Answer(_waiters[i], this, commit.Updated));
            _waiters.RemoveAt(i);
        }
    }

    private void Purge(PurgeRequest request)
    {
        if (_row is null || IsActive)
        {
            request.IsActive = IsActive;
            request.Reply.Run();
            return;
        }

        var commit = Commit();
        commit.Delete = true;
        request.Purged = 1;
        commit.After(request.Reply);
        _row = null;
        _started = null;
        Publish(commit);
    }

    private void Recover()
    {
        if (!IsActive)
            return;
        if (!_begun)
        {
            _begins = !IsDelayed;
            return;
        }

        foreach (var (task, scheduled) in OpenWork.Of(_history!.Memory).Activities)
            new ActivityItem(Engine, Id, Execution, task, scheduled).Run();
    }

    private void Evict()
    {
        var ready = AllCommitted && Volatile.Read(ref _pending) is null && _incoming.Count == 0 && !_begins;
        Volatile.Write(ref _shouldLeave, !ready && _history is not null);
        if (ready)
            LeaveMemory();
    }

    // For nobody: the instance is unknown, over, or another one by now.
    private void Drop(Message message)
    {
        if (message.InboxKey != 0)
            Engine.Writer.Enqueue(new MailCommit(Engine) { Done = message.InboxKey });
        if (message.Event?.TimerFired is { } fired)
        {
            Engine.Writer.Enqueue(new MailCommit(Engine)
            {
                Fired = (message.TimerDue, message.Execution.Instance, DueItem.NumberOf(message.Execution.Generation, fired.TimerId)),
            });
        }

        if (message.Reply is Reply reply)
            reply.Refuse(_row is null ? Refusals.NotFound(Id) : Refusals.Finished(Id, _status));
    }

    /// <summary>State for a waiter, as of the commit that satisfied it.</summary>
    private sealed class Answer(Waiter waiter, Instance instance, long updated) : IEffect
    {
        private readonly InstanceRow _row = instance._row!;
        private readonly P.OrchestrationStatus _status = instance._status;
        private readonly string? _custom = instance._custom;
        private readonly P.ExecutionStartedEvent? _started = instance._started;
        private readonly P.ExecutionCompletedEvent? _end = instance._end;
        private readonly DurableEngine _engine = instance.Engine;

        public void Run()
        {
            // An instance loaded after its end has its payloads on disk only.
            if (waiter.WithPayloads && (_started is null || (_status.IsFinished() && _end is null))
                && _engine.Queries.Get(_row.Id, withPayloads: true) is { } read)
            {
                waiter.TrySetResult(read);
                return;
            }

            waiter.TrySetResult(Client.Queries.State(_row, _status, updated, _custom, waiter.WithPayloads, _started, _end));
        }

        public void Refuse(Exception error) => waiter.TrySetException(Refusals.Unwritten(error));
    }
}
