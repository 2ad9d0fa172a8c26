using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Entities;

/// <summary>
/// One entity: has its operations run in the order they came, a batch at a time, and commits what came of them. While an
/// orchestration holds its lock, only that orchestration's calls run; everybody else's wait.
/// </summary>
internal sealed class Entity(DurableEngine engine, string id) : Actor(engine, id)
{
    /// <summary>Operations given to the worker at once.</summary>
    private const int MaxBatch = 100;

    private static readonly TimeSpan _retryAfter = TimeSpan.FromMilliseconds(200);

    private readonly LinkedList<Message> _queue = new();
    private readonly List<Message> _running = [];
    private readonly string _name = id[1..id.IndexOf('@', 1)];
    private EntityCommit? _commit;
    private long _key;
    private string? _state;
    private string? _owner;
    private bool _loaded;
    private int _published;
    private int _committed;

    public void Deliver(Message message) => Engine.Deliver(message);

    /// <summary>On the writer thread.</summary>
    public void CommitDone()
    {
        Interlocked.Increment(ref _committed);
        CloseFromOutside();
    }

    protected override bool Handle(Message? messages)
    {
        if (!_loaded)
            Load();
        for (var message = messages; message is not null; message = message.Next)
        {
            if (message.Kind == MessageKind.ReleaseLock)
                ReleaseOrphan(message);
            else if (message.Kind == MessageKind.Entity)
                _queue.AddLast(message);
        }

        return Go();
    }

    protected override bool CanClose() => _queue.Count == 0 && Volatile.Read(ref _committed) == _published;

    private bool Go()
    {
        while (NextRunnable() is { } next)
        {
            if (next.Value.Event!.EntityLockRequested is not null || next.Value.Event.EntityUnlockSent is not null)
            {
                _queue.Remove(next);
                Control(next.Value);
                continue;
            }

            if (!Engine.Executor.Has(DurableKind.Entity, _name))
            {
                _queue.Remove(next);
                Answer(next.Value, Failed(Happenings.NotFound(DurableKind.Entity, _name)));
                continue;
            }

            var running = Begin();
            if (!running.IsCompletedSuccessfully)
            {
                Publish();
                if (Engine.Executor.LimitsItself(DurableKind.Entity, _name))
                    GiveUpSlot();
                _ = AwaitAsync(running);
                return false;
            }

            Conclude(running.Result, null);
        }

        Publish();
        CloseIfIdle();
        return true;
    }

    private void Load()
    {
        _loaded = true;
        var stored = Engine.Reader.Read(session => session.Entity(Id));
        _key = stored?.Key ?? Engine.NextKey();
        _state = stored?.State;
        _owner = stored?.Owner;
    }

    // The oldest message that may run now. A locked entity hears its owner only, and anyone's unlock.
    private LinkedListNode<Message>? NextRunnable(LinkedListNode<Message>? from = null)
    {
        for (var node = from ?? _queue.First; node is not null; node = node.Next)
        {
            if (_owner is null || node.Value.Event!.EntityUnlockSent is not null || EntityLock.OwnerOf(node.Value) == _owner)
                return node;
        }

        return null;
    }

    private void Control(Message message)
    {
        _commit ??= new EntityCommit(this);
        _commit.TakenIn(message);
        if (message.Event!.EntityLockRequested is not null)
        {
            _owner = EntityLock.OwnerOf(message);
            _commit.Send(EntityLock.Next(message, Id, Engine.Now()));
        }
        else
        {
            Unlock(message);
        }
    }

    private void Unlock(Message message)
    {
        var asking = EntityLock.OwnerOf(message);
        if (_owner == asking)
        {
            _owner = null;
            return;
        }

        // Asked for and given up before it was granted.
        for (var node = _queue.First; node is not null;)
        {
            var next = node.Next;
            if (node.Value.Event!.EntityLockRequested is not null && EntityLock.OwnerOf(node.Value) == asking)
            {
                _queue.Remove(node);
                _commit!.TakenIn(node.Value);
            }

            node = next;
        }
    }

    private void ReleaseOrphan(Message message)
    {
        _commit ??= new EntityCommit(this);
        _commit.TakenIn(message);
        if (_owner == message.Owner)
            _owner = null;
    }

    /// <summary>Takes the operations that may run, up to the next lock or unlock.</summary>
    private ValueTask<P.EntityBatchResult> Begin()
    {
        for (var node = NextRunnable(); node is not null && _running.Count < MaxBatch;)
        {
            var next = node.Next;
            if (node.Value.Event!.EntityLockRequested is not null || node.Value.Event.EntityUnlockSent is not null)
                break;
            _queue.Remove(node);
            _running.Add(node.Value);
            node = next is null ? null : NextRunnable(next);
        }

        return Engine.Executor.RunEntityBatchAsync(Request(), Engine.Stopping);
    }

    private P.EntityBatchRequest Request()
    {
        var request = new P.EntityBatchRequest { InstanceId = Id, EntityState = _state };
        foreach (var message in _running)
        {
            request.Operations.Add(message.Event!.EventTypeCase == P.HistoryEvent.EventTypeOneofCase.EntityOperationCalled
                ? new P.OperationRequest
                {
                    RequestId = message.Event.EntityOperationCalled.RequestId,
                    Operation = message.Event.EntityOperationCalled.Operation,
                    Input = message.Event.EntityOperationCalled.Input,
                }
                : new P.OperationRequest
                {
                    RequestId = RequestId(message.Event.EntityOperationSignaled.RequestId),
                    Operation = message.Event.EntityOperationSignaled.Operation,
                    Input = message.Event.EntityOperationSignaled.Input,
                });
        }

        return request;
    }

    // The worker reads a GUID.
    private static string RequestId(string given) => given.Length > 0 ? given : Guid.NewGuid().ToString();

    private async Task AwaitAsync(ValueTask<P.EntityBatchResult> running)
    {
        while (true)
        {
            try
            {
                var result = await running;
                Resume(() =>
                {
                    Conclude(result, null);
                    return Go();
                });
                return;
            }
            catch (Exception e) when (e is WorkAbandonedException or OperationCanceledException)
            {
                if (Engine.Stopping.IsCancellationRequested)
                {
                    // Nothing was taken in, so the next start runs it again.
                    Resume(() => true);
                    return;
                }

                await Task.Delay(_retryAfter, TimeProvider.System, Engine.Stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                running = Engine.Executor.RunEntityBatchAsync(Request(), Engine.Stopping);
            }
            catch (Exception e)
            {
                Resume(() =>
                {
                    Conclude(null, e is Orchestration.DurableFailureException { Failure: { } known } ? known : Happenings.Of(e));
                    return Go();
                });
                return;
            }
        }
    }

    /// <summary>What the worker answered: a result an operation, in their order. Those without one run again.</summary>
    private void Conclude(P.EntityBatchResult? result, P.TaskFailureDetails? failure)
    {
        failure ??= result!.FailureDetails;
        if (failure is null)
        {
            _state = result!.EntityState;
            for (var i = 0; i < _running.Count && i < result.Results.Count; i++)
                Answer(_running[i], result.Results[i]);
            for (var i = _running.Count - 1; i >= result.Results.Count; i--)
                _queue.AddFirst(_running[i]);
            _commit ??= new EntityCommit(this);
            foreach (var action in result.Actions)
                Do(action);
        }
        else
        {
            foreach (var message in _running)
                Answer(message, Failed(failure));
        }

        _running.Clear();
    }

    private static P.OperationResult Failed(P.TaskFailureDetails failure) =>
        new() { Failure = new P.OperationResultFailure { FailureDetails = failure } };

    private void Answer(Message message, P.OperationResult result)
    {
        _commit ??= new EntityCommit(this);
        _commit.TakenIn(message);
        if (message.Event!.EntityOperationCalled is not { ParentInstanceId: { Length: > 0 } parent } call)
        {
            if (result.Failure is { } unheard)
            {
                Engine.Logger.LogWarning(
                    "Signal {Operation} to {EntityId} failed: {Failure}",
                    message.Event.EntityOperationSignaled?.Operation, Id, unheard.FailureDetails.ErrorMessage);
            }

            return;
        }

        var answer = Happenings.New(Engine.Now());
        if (result.Failure is { } failure)
            answer.EntityOperationFailed = new P.EntityOperationFailedEvent { RequestId = call.RequestId, FailureDetails = failure.FailureDetails };
        else
            answer.EntityOperationCompleted = new P.EntityOperationCompletedEvent { RequestId = call.RequestId, Output = result.Success?.Result };
        _commit.Send(new Message(MessageKind.Happened) { Target = parent, Event = answer, Execution = message.Execution });
    }

    private void Do(P.OperationAction action)
    {
        if (action.SendSignal is { } signal)
        {
            var due = signal.ScheduledTime is null ? 0 : Happenings.Ticks(signal.ScheduledTime);
            _commit!.Send(new Message(MessageKind.Entity)
            {
                Target = signal.InstanceId,
                Due = due > Engine.Now() ? due : 0,
                Event = new P.HistoryEvent
                {
                    EntityOperationSignaled = new P.EntityOperationSignaledEvent
                    {
                        RequestId = Guid.NewGuid().ToString(),
                        Operation = signal.Name,
                        Input = signal.Input,
                        TargetInstanceId = signal.InstanceId,
                    },
                },
            });
        }
        else if (action.StartNewOrchestration is { } start)
        {
            var started = Happenings.New(Engine.Now());
            started.ExecutionStarted = new P.ExecutionStartedEvent
            {
                Name = start.Name,
                Version = string.IsNullOrWhiteSpace(start.Version) ? Engine.Options.DefaultVersion ?? "" : start.Version,
                Input = start.Input,
                ScheduledStartTimestamp = start.ScheduledTime,
            };
            _commit!.Send(new Message(MessageKind.Start)
            {
                Target = start.InstanceId.Length > 0 ? start.InstanceId : Engine.NewId(),
                Event = started,
            });
        }
    }

    private void Publish()
    {
        if (_commit is null)
            return;
        _commit.Row = new StoredEntity(_key, Id, _state, _owner, Engine.Now());
        _published++;
        Engine.Writer.Enqueue(_commit);
        _commit = null;
    }
}
