using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Durable.Engine;
using Tasklane.Emulator.Durable.History;
using Tasklane.Emulator.Durable.Storage;

namespace Tasklane.Emulator.Durable.Orchestration;

/// <summary>
/// One generation of an orchestrator in memory: its code, stopped at some await, and what it waits for. Built by replaying
/// history, then fed what is new. This part: what the orchestrator reads; the others: turns, calls, entities.
/// </summary>
internal sealed partial class Execution : TaskOrchestrationContext
{
    private readonly DurableEngine engine;
    private readonly InstanceRow row;
    private readonly Event started;
    private readonly DurableRegistry.OrchestratorEntry? entry;
    private readonly OpenTasks open = new();
    private readonly DataConverter converter;
    private ExternalEvents? events;
    private EntityFeature? entities;
    private int guids;

    /// <param name="engine">Who runs it.</param>
    /// <param name="row">The instance.</param>
    /// <param name="started">The generation's first record.</param>
    public Execution(DurableEngine engine, InstanceRow row, Event started)
    {
        this.engine = engine;
        this.row = row;
        this.started = started;
        converter = engine.Options.DataConverter;
        sync = new TurnContext(this);
        engine.Registry.TryGetOrchestrator(row.Name, out entry);
    }

    public override TaskName Name => row.Name;

    public override string InstanceId => row.Id;

    public override string Version => started.Version ?? string.Empty;

    public override ParentOrchestrationInstance? Parent =>
        started.Sender is { } parent ? new ParentOrchestrationInstance(started.Parent ?? string.Empty, parent) : null;

    public override DateTime CurrentUtcDateTime => new(now, DateTimeKind.Utc);

    public override bool IsReplaying => replay is not null;

    public override TaskOrchestrationEntityFeature Entities => entities ??= new EntityFeature(this);

    /// <summary>Serialized.</summary>
    public string? CustomStatus { get; private set; }

    protected override ILoggerFactory LoggerFactory => engine.LoggerFactory;

    private ExternalEvents Events => events ??= new ExternalEvents();

    public override T? GetInput<T>()
        where T : default => converter.Deserialize<T>(started.Text);

    public override void SetCustomStatus(object? customStatus)
    {
        RequireTurn();
        CustomStatus = converter.Serialize(customStatus);
    }

    public override Guid NewGuid()
    {
        RequireTurn();
        return DeterministicGuid.Create(row.Id, now, guids++);
    }

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) =>
        ContinueAsNew(new ContinueAsNewOptions { NewInput = newInput, PreserveUnprocessedEvents = preserveUnprocessedEvents });

    public override void ContinueAsNew(ContinueAsNewOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        RequireTurn();
        startsOver = new StartOver(converter.Serialize(options.NewInput), options.NewVersion, options.PreserveUnprocessedEvents);
    }
}
