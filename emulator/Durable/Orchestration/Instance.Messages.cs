using Microsoft.DurableTask.Client;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>What each message means to an instance in its present state.</summary>
internal sealed partial class Instance
{
    private void Take(Event message)
    {
        switch (message.Kind)
        {
            case EventKind.Start:
                RunTurn();
                Start(message);
                break;
            case EventKind.Terminated:
                RunTurn();
                Terminate(message);
                break;
            case EventKind.Wait:
                RunTurn();
                Wait((Waiter)message.Reply!);
                break;
            case EventKind.Collect:
                waiters.RemoveAll(waiter => waiter.Task.IsCompleted);
                break;
            case EventKind.Purge:
                RunTurn();
                Purge((PurgeRequest)message.Reply!);
                break;
            case EventKind.IllegalAsync:
                RunTurn();
                ReportIllegalAsync(message);
                break;
            case EventKind.Recover:
                Recover();
                break;
            case EventKind.Kick:
                begins = IsActive && !begun;
                break;
            case EventKind.Evict:
                RunTurn();
                Evict();
                break;
            case EventKind.TimerFired when message.Id == DelayedStart:
                DelayOver(message);
                break;
            default:
                if (IsActive && (message.Epoch == 0 || message.Epoch == row!.Key))
                    incoming.Add(message);
                else
                    Drop(message);
                break;
        }
    }

    /// <summary>The number of the timer that starts an instance later.</summary>
    private const int DelayedStart = -1;

    private void Start(Event start)
    {
        if (row is not null && !MayReplace(start))
        {
            var refusal = Refusals.AlreadyExists(Id, status);
            (start.Reply as StartRequest)?.Reply.Refuse(refusal);
            if (start.Sender is not null)
                AnswerParent(start, new Event(EventKind.ChildFailed) { Failure = Failures.Of(refusal) });
            return;
        }

        if (IsActive)
            Terminate(new Event(EventKind.Terminated));
        var replaced = row?.Key ?? 0;
        var now = Engine.Now();
        row = new InstanceRow(Engine.NextKey(), Id, start.Name!, start.Version, start.Tags, now);
        status = OrchestrationRuntimeStatus.Pending;
        custom = null;
        end = null;
        live = null;
        noted = false;
        started = new Event(EventKind.Started)
        {
            Id = start.Id,
            Name = start.Name,
            Text = start.Text,
            Time = now,
            Version = start.Version,
            Tags = start.Tags,
            Sender = start.Sender,
            Parent = start.Parent,
            Epoch = start.Epoch,
        };
        replayable = Engine.Options.StrictReplay ? new EventBuffer() : null;

        var commit = Commit();
        commit.Insert = true;
        commit.Replaced = replaced;
        commit.History.Write(started);
        commit.InboxDone(start.InboxKey);
        if (start.Reply is StartRequest { Reply: { } reply })
            commit.After(reply);
        var later = start.Time > now;
        inWork = false;
        NoteWork(commit, !later);
        if (later)
            commit.AddTimer(start.Time, DelayedStart);
        begun = false;
        begins = !later;

        // Stored at once: whoever started it need not wait for the orchestrator's first turn.
        Publish(commit);
    }

    private bool MayReplace(Event start) =>
        start.Reply is StartRequest { Dedupe: { } dedupe } ? !dedupe.Contains(status) : status.IsFinished();

    private void DelayOver(Event timer)
    {
        if (!IsActive || begun || timer.Epoch != row!.Key)
            return;
        begins = true;
        var commit = Commit();
        commit.RemoveTimer(timer.Time, DelayedStart);
        NoteWork(commit, true);
        Publish(commit);
    }

    private void Wait(Waiter waiter)
    {
        if (row is null || !waiter.IsSatisfiedBy(status))
        {
            waiters.Add(waiter);
            return;
        }

        if (AllCommitted)
        {
            new Answer(waiter, this, updated).Run();
            return;
        }

        // Seen only once it is true on disk as well.
        var commit = Commit();
        commit.After(new Answer(waiter, this, commit.Updated));
        Publish(commit);
    }

    private void AnswerWaiters(InstanceCommit commit)
    {
        for (var i = waiters.Count - 1; i >= 0; i--)
        {
            if (!waiters[i].IsSatisfiedBy(status))
                continue;
            commit.After(new Answer(waiters[i], this, commit.Updated));
            waiters.RemoveAt(i);
        }
    }

    private void Purge(PurgeRequest request)
    {
        if (row is null || IsActive)
        {
            request.Purged = 0;
            request.Reply.Run();
            return;
        }

        var commit = Commit();
        commit.Delete = true;
        request.Purged = 1;
        commit.After(request.Reply);
        row = null;
        started = null;
        Publish(commit);
    }

    private void Recover()
    {
        if (!IsActive)
            return;
        if (!begun)
        {
            begins = true;
            return;
        }

        foreach (var activity in OpenWork.Of(ReadHistory()).Activities)
            new ActivityItem(Engine, Id, row!.Key, activity.Id, activity.Name!, activity.Text).Run();
    }

    private void Evict()
    {
        var ready = AllCommitted && Volatile.Read(ref pending) is null;
        Volatile.Write(ref shouldLeave, !ready && live is not null);
        if (ready)
        {
            Engine.Live.Remove(this);
            live = null;
        }
    }

    // For nobody: the instance is unknown, over, or another one by now.
    private void Drop(Event message)
    {
        if (message.InboxKey != 0)
            Engine.Writer.Enqueue(new MailCommit(Engine) { Done = message.InboxKey });
        if (message.Kind == EventKind.TimerFired)
            Engine.Writer.Enqueue(new MailCommit(Engine) { Fired = message });
        if (message.Reply is Reply reply)
            reply.Refuse(row is null ? Refusals.NotFound(Id) : Refusals.Finished(Id, status));
    }

    /// <summary>Metadata for a waiter, as of the commit that satisfied it.</summary>
    private sealed class Answer(Waiter waiter, Instance instance, long updated) : IEffect
    {
        private readonly InstanceRow row = instance.row!;
        private readonly OrchestrationRuntimeStatus status = instance.status;
        private readonly string? custom = instance.custom;
        private readonly Event? started = instance.started;
        private readonly Event? end = instance.end;
        private readonly DurableEngine engine = instance.Engine;

        public void Run()
        {
            // An instance loaded after its end has its payloads on disk only.
            if (waiter.WithPayloads && (started is null || (status.IsFinished() && end is null)))
            {
                var read = engine.Queries.Get(row.Id, withPayloads: true);
                if (read is not null)
                {
                    waiter.TrySetResult(read);
                    return;
                }
            }

            waiter.TrySetResult(engine.Queries.Metadata(
                row, status, updated, custom, waiter.WithPayloads, started?.Text, end));
        }

        public void Refuse(Exception error) => waiter.TrySetException(error);
    }
}

/// <summary>What comes with a start from a client.</summary>
/// <param name="Reply">Ends when the instance is stored.</param>
/// <param name="Dedupe">The states in which an existing instance refuses; null = all but the ended ones.</param>
internal sealed record StartRequest(Reply Reply, IReadOnlySet<OrchestrationRuntimeStatus>? Dedupe);

/// <summary>What comes with a purge.</summary>
internal sealed class PurgeRequest(string id)
{
    public Reply Reply { get; } = new(id);

    public int Purged { get; set; }
}
