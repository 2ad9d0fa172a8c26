using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>How a turn is put together, run by a worker, and taken in.</summary>
internal sealed partial class Instance
{
    /// <summary>A first turn that runs later than this after its start is told the time anew.</summary>
    private const long StaleStart = TimeSpan.TicksPerSecond;

    /// <summary>Turns after which a session with the worker spares sending the history.</summary>
    private const int SessionAfterTurns = 3;

    private static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(200);

    // Fields of OrchestratorRequest.
    private const byte InstanceIdTag = 0x0A, ExecutionIdTag = 0x12;

    private static readonly byte[] _entityParameters = [0x2A, 0x02, 0x0A, 0x00];
    private static readonly byte[] _sessionWithHistory = SessionProperties(includeState: true);
    private static readonly byte[] _sessionOnly = SessionProperties(includeState: false);

    /// <summary>The messages that the turn under way has taken in.</summary>
    private readonly List<Message> _taken = [];
    private HistoryBuffer? _request;
    private OrchestratorTurn? _turn;

    /// <summary>The worker keeps this execution in its memory.</summary>
    private bool _inSession;

    /// <summary>Runs turns as long as there is something for one.</summary>
    /// <returns>False when a worker is at it.</returns>
    private bool RunTurns()
    {
        while (HasTurn())
        {
#pragma warning disable CA2012
            var running = BeginTurn();
#pragma warning restore CA2012
            if (running.IsCompletedSuccessfully && !Engine.Options.StrictReplay)
            {
                var response = running.Result;
                if (!response.RequiresHistory)
                {
                    Apply(response);
                    continue;
                }

                running = new(response);
            }

            if (Engine.Executor.LimitsItself(DurableKind.Orchestrator, _row!.Name))
                GiveUpSlot();
#pragma warning disable CA2012 // Each way out of the block above has taken the result, or put another in its place.
            _ = AwaitTurnAsync(running);
#pragma warning restore CA2012
            return false;
        }

        Volatile.Write(ref _mayClose, _history is null && _waiters.Count == 0);
        CloseIfIdle();
        return true;
    }

    private bool HasTurn()
    {
        if (!IsActive || (_incoming.Count == 0 && !_begins))
        {
            foreach (var message in _incoming)
                Drop(message);
            _incoming.Clear();
            return false;
        }

        if (_history is null)
            LoadHistory();
        if (!_begun && (!_begins || _suspended))
        {
            NoteEarlyEvents();
            if (!_begins || _suspended)
                return false;
        }

        if (Engine.Executor.Has(DurableKind.Orchestrator, _row!.Name))
            return true;

        // No worker that is here knows it; one that comes will find it, unless it came between the look and this.
        Engine.Park(Id);
        return Engine.Executor.Has(DurableKind.Orchestrator, _row.Name);
    }

    /// <summary>The instance begins later, but what comes for it is kept at once.</summary>
    private void NoteEarlyEvents()
    {
        if (_incoming.Count == 0)
            return;
        var commit = Commit();
        foreach (var message in _incoming)
        {
            if (Note(message))
                TakenIn(commit, message);
        }

        _incoming.Clear();
        if (_suspended)
            _status = P.OrchestrationStatus.Suspended;
        else if (_status == P.OrchestrationStatus.Suspended)
            _status = _generation == 0 ? P.OrchestrationStatus.Pending : P.OrchestrationStatus.Running;
        Publish(commit);
        KeepLive();
    }

    private ValueTask<P.OrchestratorResponse> BeginTurn()
    {
        var history = _history!;
        var now = Math.Max(Engine.Now(), _lastTurn);
        if (_begun)
        {
            _lastTurn = now;
            history.AddTurnStarted(now);
        }
        else if (now - _lastTurn > StaleStart)
        {
            RewriteStart(now);
        }

        // A suspension is never behind what else a turn brings: the SDK withholds what the orchestrator asks for in such a turn, and when
        // it ends or continues as new in it, all that is lost.
        var count = 0;
        foreach (var message in _incoming)
        {
            if (message.Event!.EventTypeCase == P.HistoryEvent.EventTypeOneofCase.ExecutionSuspended && (count > 0 || !_begun))
                break;
            count++;
            if (Note(message))
                _taken.Add(message);
        }

        _incoming.RemoveRange(0, count);
        BuildRequest();
        return Engine.Executor.RunTurnAsync(_turn!, Engine.Stopping);
    }

    // What came before the first turn stays behind the start.
    private void RewriteStart(long now)
    {
        var early = HistoryBuffer.Parse(_history!.Written.ToArray())
            .Where(e => e.EventTypeCase is not (P.HistoryEvent.EventTypeOneofCase.ExecutionStarted or P.HistoryEvent.EventTypeOneofCase.OrchestratorStarted))
            .ToArray();
        WriteStart(now);
        foreach (var e in early)
            _history.Add(e);
        _noted = -1;
    }

    /// <summary>Puts a message into the history.</summary>
    /// <returns>False when it is for nobody: a duplicate.</returns>
    private bool Note(Message message)
    {
        var e = message.Event!;
        var wanted = e.EventTypeCase switch
        {
            P.HistoryEvent.EventTypeOneofCase.TaskCompleted => _openActivities.Remove(e.TaskCompleted.TaskScheduledId),
            P.HistoryEvent.EventTypeOneofCase.TaskFailed => _openActivities.Remove(e.TaskFailed.TaskScheduledId),
            P.HistoryEvent.EventTypeOneofCase.TimerFired => _openTimers.Remove(e.TimerFired.TimerId),
            _ => true,
        };
        if (!wanted)
        {
            Drop(message);
            return false;
        }

        if (e.EventTypeCase == P.HistoryEvent.EventTypeOneofCase.ExecutionSuspended)
            _suspended = true;
        else if (e.EventTypeCase == P.HistoryEvent.EventTypeOneofCase.ExecutionResumed)
            _suspended = false;
        _history!.Add(e);
        return true;
    }

    private void BuildRequest()
    {
        var request = _request ??= RentBuffer();
        request.Clear();
        request.AddText(InstanceIdTag, Id);
        request.AddStringValue(ExecutionIdTag, Execution.ToString());
        var history = _history!.Written;
        if (!_inSession)
            request.Append(history[.._processed]);
        request.AppendAsNew(history[_processed..]);
        request.Append(_entityParameters);
        if (_inSession)
            request.Append(_sessionOnly);
        else if (Engine.Options.ExtendedSessions && _turns >= SessionAfterTurns)
            request.Append(_sessionWithHistory);
        request.Append(Engine.Options.TurnProperties);
        _turn = new OrchestratorTurn(_row!.Name, Id, _started?.Version ?? _row.Version, request.Memory, _started?.ParentTraceContext);
    }

    private async Task AwaitTurnAsync(ValueTask<P.OrchestratorResponse> running)
    {
        P.OrchestratorResponse? response = null;
        Exception? error = null;
        while (response is null && error is null)
        {
            try
            {
                response = await running;
                if (response.RequiresHistory)
                {
                    _inSession = false;
                    BuildRequest();
                    response = null;
                    running = Engine.Executor.RunTurnAsync(_turn!, Engine.Stopping);
                }
                else if (Engine.Options.StrictReplay)
                {
                    var again = await Engine.Executor.RunTurnAsync(_turn!, Engine.Stopping);
                    if (Determinism.Difference(_turn!, response, again) is { } sentence)
                        error = new DurableFailureException(Happenings.Failure(NonDeterminism, sentence, final: true));
                }
            }
            catch (Exception e) when (e is WorkAbandonedException or OperationCanceledException)
            {
                response = null;
                if (Engine.Stopping.IsCancellationRequested)
                {
                    // What the turn would have changed is not written, so the next start runs it again.
                    Resume(() => true);
                    return;
                }

                _inSession = false;
                await Task.Delay(_retryAfter, TimeProvider.System, Engine.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                BuildRequest();
                running = Engine.Executor.RunTurnAsync(_turn!, Engine.Stopping);
            }
            catch (Exception e)
            {
                error = e;
            }
        }

        Resume(() =>
        {
            if (error is null)
                Apply(response!);
            else
                FailByHost(error);
            return RunTurns();
        });
    }

    private void Apply(P.OrchestratorResponse response)
    {
        var commit = Commit();
        if (_noted < 0)
            commit.Truncate = true;
        _processed = _history!.Length;
        _begun = true;
        _begins = false;
        _turns++;
        if (response.CustomStatus is { } custom)
            _custom = custom;

        var complete = CompletionOf(response);
        if (complete is null || !IsNonDeterminism(complete.CompleteOrchestration))
        {
            foreach (var action in response.Actions)
                Do(commit, action);
        }

        if (complete is not null)
            CompleteWith(commit, complete);
        else
            Settle(commit);

        foreach (var message in _taken)
            TakenIn(commit, message);
        _taken.Clear();
        ReturnRequest();
        AnswerWaiters(commit);
        Publish(commit);
        KeepLive();
    }

    private void Settle(InstanceCommit commit)
    {
        _history!.AddTurnCompleted(_lastTurn);
        _processed = _history.Length;
        _inSession = Engine.Options.ExtendedSessions && _turns > SessionAfterTurns;
        _status = _suspended ? P.OrchestrationStatus.Suspended : P.OrchestrationStatus.Running;
        NoteWork(commit, _openActivities.Count > 0);
    }

    // The worker could not run the turn at all: its input cannot be read, say. Trying again would meet the same.
    private void FailByHost(Exception error)
    {
        var commit = Commit();
        if (_noted < 0)
            commit.Truncate = true;
        CloseWhatIsOpen(commit, recurse: false);
        foreach (var message in _taken)
            TakenIn(commit, message);
        _taken.Clear();
        ReturnRequest();
        End(commit, P.OrchestrationStatus.Failed, null, error is DurableFailureException { Failure: { } failure } ? failure : Happenings.Of(error));
    }

    private static void TakenIn(InstanceCommit commit, Message message)
    {
        commit.InboxDone(message.InboxKey);
        if (message.Event?.TimerFired is { } fired)
            commit.RemoveTimer(message.TimerDue, DueItem.NumberOf(message.Execution.Generation, fired.TimerId));
        if (message.Reply is IEffect effect)
            commit.After(effect);
    }

    private void ReturnRequest()
    {
        if (_request is null)
            return;
        _request.Clear();
        _buffers.Enqueue(_request);
        _request = null;
        _turn = null;
    }

    private void KeepLive()
    {
        if (_history is not null && Engine.Live.Touch(this) is Instance leaving)
            Engine.Send(leaving.Id, new Message(MessageKind.Evict));
    }

    private static byte[] SessionProperties(bool includeState)
    {
        var request = new P.OrchestratorRequest
        {
            Properties =
            {
                ["ExtendedSessionIdleTimeoutInSeconds"] = Google.Protobuf.WellKnownTypes.Value.ForNumber(30),
                ["IsExtendedSession"] = Google.Protobuf.WellKnownTypes.Value.ForBool(true),
                ["IncludeState"] = Google.Protobuf.WellKnownTypes.Value.ForBool(includeState),
            },
        };
        return Google.Protobuf.MessageExtensions.ToByteArray(request);
    }
}

/// <summary>An executor's failure that says more than its message.</summary>
internal sealed class DurableFailureException(P.TaskFailureDetails failure) : Exception(failure.ErrorMessage)
{
    public P.TaskFailureDetails Failure => failure;
}
