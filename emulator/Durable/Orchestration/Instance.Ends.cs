using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>How an instance ends, and who is told.</summary>
internal sealed partial class Instance
{
    private void Finish(InstanceCommit commit, Event reached)
    {
        end = reached;
        commit.History.Write(reached);
        status = reached.Kind switch
        {
            EventKind.Completed => OrchestrationRuntimeStatus.Completed,
            EventKind.Failed => OrchestrationRuntimeStatus.Failed,
            _ => OrchestrationRuntimeStatus.Terminated,
        };
        NoteWork(commit, false);
        if (started is { Sender: not null } child)
            commit.Send(ResultFor(child, reached));
        Engine.Live.Remove(this);
        live = null;
        replayable = null;
    }

    private void Terminate(Event request)
    {
        if (!IsActive)
        {
            Drop(request);
            return;
        }

        var commit = Commit();
        CloseWhatIsOpen(commit);
        Finish(commit, new Event(EventKind.Terminated) { Text = request.Text });
        commit.InboxDone(request.InboxKey);
        if (request.Reply is IEffect effect)
            commit.After(effect);
        AnswerWaiters(commit);
        Publish(commit);
    }

    private void ReportIllegalAsync(Event report)
    {
        if (!IsActive || report.Epoch != row!.Key)
            return;
        Engine.Logger.LogError(
            "Orchestration {InstanceId} ({Name}) went on outside its turn: {Error}", Id, row.Name, Failures.IllegalAwait);
        if (!Engine.Options.StrictReplay)
            return;
        var commit = Commit();
        CloseWhatIsOpen(commit);
        Finish(commit, new Event(EventKind.Failed) { Failure = IllegalAwait() });
        AnswerWaiters(commit);
        Publish(commit);
    }

    /// <summary>Timers and locks of an instance that ends before its code does. Running activities go on, unheard.</summary>
    private void CloseWhatIsOpen(InstanceCommit commit)
    {
        string? locks = null;
        if (live is { Mismatch: null } && replayable is null)
        {
            foreach (var (due, timer) in live.OpenTimers)
                commit.RemoveTimer(due, timer);
            locks = live.HeldLocks ?? locksBefore;
        }
        else if (noted)
        {
            // Without a live execution everything is committed, or kept for strict replay.
            var work = OpenWork.Of(ReadHistory());
            foreach (var timer in work.Timers)
                commit.RemoveTimer(timer.Time, timer.Id);
            locks = work.Locks;
        }

        foreach (var entity in locks is null ? [] : OpenWork.Entities(locks))
            commit.Send(Execution.Unlock(entity, Id, row!.Key));
    }

    private void AnswerParent(Event start, Event result) =>
        Engine.Writer.Enqueue(new MailCommit(Engine) { Sent = Addressed(start, result), Done = start.InboxKey });

    private static Event ResultFor(Event child, Event reached) => Addressed(child, reached.Kind switch
    {
        EventKind.Completed => new Event(EventKind.ChildCompleted) { Text = reached.Text },
        EventKind.Failed => new Event(EventKind.ChildFailed) { Failure = reached.Failure },
        _ => new Event(EventKind.ChildFailed)
        {
            Failure = new TaskFailureDetails(
                "Terminated", $"The sub-orchestration was terminated. Output: {reached.Text ?? "none"}", null, null, null),
        },
    });

    // A start and a started record say alike who waits for the result.
    private static Event Addressed(Event child, Event result) => new(result.Kind)
    {
        Id = child.Id,
        Target = child.Sender,
        Epoch = child.Epoch,
        Text = result.Text,
        Failure = result.Failure,
    };
}
