using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.History;

namespace Tasklane.Emulator.Durable.Entities;

/// <summary>One operation under way: what the entity's code sees of it, and what comes of it.</summary>
internal sealed class EntityOperationRun : TaskEntityOperation
{
    private readonly DurableEngine engine;
    private readonly Event operation;
    private readonly EntityContext context;
    private readonly string? before;

    public EntityOperationRun(DurableEngine engine, EntityInstanceId id, Event operation, string? state)
    {
        this.engine = engine;
        this.operation = operation;
        before = state;
        State = new EntityState(engine.Options.DataConverter) { Serialized = state };
        context = new EntityContext(engine, id);
    }

    /// <summary>The message that asked for it.</summary>
    public Event Operation => operation;

    public override string Name => operation.Name!;

    public override TaskEntityContext Context => context;

    public override EntityState State { get; }

    public override bool HasInput => operation.Text is not null;

    /// <summary>Messages the operation sent; none when it failed.</summary>
    public IEnumerable<Event> Sent => context.Sent;

    /// <summary>For the caller, when there is one.</summary>
    public Event? Answer { get; private set; }

    public override object? GetInput(Type inputType) => engine.Options.DataConverter.Deserialize(operation.Text, inputType);

    /// <summary>Runs it. Never fails: a failure becomes the answer.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (!engine.Registry.TryGetEntity(context.Id.Name, out var body))
            {
                Fail(Failures.EntityNotFound(context.Id.Name));
                return;
            }

            Answer = AnswerWith(EventKind.EntityAnswered, engine.Options.DataConverter.Serialize(await body(this)), null);
        }
        catch (Exception error)
        {
            Fail(Failures.Of(error));
        }
    }

    // As if it had never run.
    private void Fail(TaskFailureDetails failure)
    {
        State.Serialized = before;
        context.Sent.Clear();
        Answer = AnswerWith(EventKind.EntityFailed, null, failure);
        if (Answer is null)
            engine.Logger.LogError("Signal {Operation} to {EntityId} failed: {Failure}", Name, context.Id, failure);
    }

    private Event? AnswerWith(EventKind kind, string? result, TaskFailureDetails? failure) => operation.Sender is null
        ? null
        : new Event(kind)
        {
            Id = operation.Id,
            Target = operation.Sender,
            Epoch = operation.Epoch,
            Text = result,
            Failure = failure,
        };
}

/// <summary>The state as the operation sees it; what it sets is serialized at once.</summary>
internal sealed class EntityState(DataConverter converter) : TaskEntityState
{
    public string? Serialized { get; set; }

    public override bool HasState => Serialized is not null;

    public override object? GetState(Type type) => converter.Deserialize(Serialized, type);

    public override void SetState(object? state) => Serialized = converter.Serialize(state);
}

/// <summary>What the operation may cause; it is sent when the operation has succeeded.</summary>
internal sealed class EntityContext(DurableEngine engine, EntityInstanceId id) : TaskEntityContext
{
    public override EntityInstanceId Id => id;

    public List<Event> Sent { get; } = [];

    public override void SignalEntity(
        EntityInstanceId id, string operationName, object? input = null, SignalEntityOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(operationName);
        Sent.Add(new Event(EventKind.EntityOperation)
        {
            Target = id.ToString(),
            Name = operationName,
            Text = engine.Options.DataConverter.Serialize(input),
            Time = options?.SignalTime?.UtcTicks ?? 0,
        });
    }

    public override string ScheduleNewOrchestration(
        TaskName name, object? input = null, StartOrchestrationOptions? options = null)
    {
        var instanceId = options?.InstanceId ?? engine.NewId();
        Orchestration.Execution.RefuseEntityId(instanceId);
        Sent.Add(new Event(EventKind.Start)
        {
            Target = instanceId,
            Name = name.Name,
            Text = engine.Options.DataConverter.Serialize(input),
            Version = options?.Version?.Version,
            Tags = options?.Tags is { Count: > 0 } tags ? tags : null,
            Time = options?.StartAt?.UtcTicks ?? 0,
        });
        return instanceId;
    }
}
