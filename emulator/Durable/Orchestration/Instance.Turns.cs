using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>Turns, and how generations end.</summary>
internal sealed partial class Instance
{
    // A turn for everything that has come in; nothing when nothing has.
    private void RunTurn()
    {
        if (!IsActive || (incoming.Count == 0 && !begins))
        {
            foreach (var message in incoming)
                Drop(message);
            incoming.Clear();
            return;
        }

        var commit = Commit();
        var fresh = live is null;
        locksBefore = live?.HeldLocks;
        live ??= new Execution(Engine, row!, started!);
        var runs = begun || begins;
        live.Run(new Execution.Turn(
            commit,
            fresh && noted ? ReadHistory() : default,
            runs ? Math.Max(commit.Updated, lastTurn) : 0,
            incoming));
        if (runs)
            lastTurn = Math.Max(commit.Updated, lastTurn);
        begun |= begins;
        begins = false;
        noted = true;

        if (live.Mismatch is { } mismatch)
            commit = FailInstead(commit, Failures.NonDeterministic(mismatch.Message));
        else if (live.Stuck && (live.IsFirstTurn || Engine.Options.StrictReplay))
            commit = FailInstead(commit, IllegalAwait());
        else if (live.End is not null && Engine.Options.StrictReplay && StrictMismatch(commit, live.End) is { } late)
            commit = FailInstead(commit, Failures.NonDeterministic(late.Message));
        else
            Settle(commit, live);

        foreach (var message in incoming)
        {
            commit.InboxDone(message.InboxKey);
            if (message.Reply is IEffect effect)
                commit.After(effect);
        }

        incoming.Clear();
        AnswerWaiters(commit);
        Publish(commit);
        KeepLive();
    }

    private void Settle(InstanceCommit commit, Execution execution)
    {
        custom = execution.CustomStatus ?? custom;
        if (execution.End is { } reached)
        {
            if (reached.Kind == EventKind.ContinuedAsNew)
                StartOver(commit, execution, reached);
            else
                Finish(commit, reached);
            return;
        }

        if (execution.Stuck)
        {
            Engine.Logger.LogError(
                "Orchestration {InstanceId} ({Name}) awaits something that is not durable and will not go on: {Error}",
                Id, row!.Name, Failures.IllegalAwait);
        }

        status = execution.IsSuspended ? OrchestrationRuntimeStatus.Suspended
            : begun ? OrchestrationRuntimeStatus.Running
            : OrchestrationRuntimeStatus.Pending;
        NoteWork(commit, !begun ? inWork : execution.OpenActivities > 0);
    }

    // The same id and key, a history that begins again. What had come in but was not used goes along.
    private void StartOver(InstanceCommit commit, Execution execution, Event over)
    {
        var first = started!;
        started = new Event(EventKind.Started)
        {
            Id = first.Id,
            Name = first.Name,
            Text = over.Text,
            Time = first.Time,
            Version = over.Version ?? first.Version,
            Tags = first.Tags,
            Sender = first.Sender,
            Parent = first.Parent,
            Epoch = first.Epoch,
        };
        commit.Truncate = true;
        commit.History.Clear();
        commit.History.Write(started);
        begun = false;
        status = OrchestrationRuntimeStatus.Running;
        NoteWork(commit, true);

        var inherited = execution.Unprocessed
            .Select(early => new Event(EventKind.EventRaised) { Name = early.Name, Text = early.Data })
            .Concat(incoming.Skip(execution.Taken).Where(message => message.Kind == EventKind.EventRaised))
            .ToArray();
        live = new Execution(Engine, row!, started);
        live.Run(new Execution.Turn(commit, default, 0, inherited));
        noted = inherited.Length > 0;

        // Not at once: an orchestrator that only ever starts over must let others have a turn.
        Post(new Event(EventKind.Kick));
    }

    // The turn that led to it must leave nothing behind.
    private InstanceCommit FailInstead(InstanceCommit turn, TaskFailureDetails failure)
    {
        turn.Return();
        var commit = Commit();
        CloseWhatIsOpen(commit);
        Finish(commit, new Event(EventKind.Failed) { Failure = failure });
        return commit;
    }

    private void KeepLive()
    {
        if (live is null)
            return;
        if (Engine.Options.StrictReplay)
            live = null;
        else if (Engine.Live.Touch(this) is Instance leaving)
            Engine.Send(leaving.Id, new Event(EventKind.Evict));
    }

    private NonDeterminismException? StrictMismatch(InstanceCommit commit, Event reached)
    {
        var whole = new EventBuffer();
        whole.Append(replayable!.Written);
        whole.Append(commit.History.Written);
        whole.Write(reached);
        var again = new Execution(Engine, row!, started!);
        again.Run(new Execution.Turn(null, whole.Written.ToArray(), 0, []));
        return again.Mismatch;
    }

    private static TaskFailureDetails IllegalAwait() =>
        Failures.Of(new InvalidOperationException(Failures.IllegalAwait));
}
