using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Inspector;

/// <summary>What runs now, the oldest first, then what ended last.</summary>
internal sealed class InvocationSection(InvocationJournal journal, TimeProvider time) : IInspectorSection
{
    public string Name => "invocations";

    public string Title => "Invocations";

    public int Order => 20;

    public IReadOnlyList<InspectorColumn> Columns { get; } =
    [
        new("State", InspectorLook.State), new("Function", InspectorLook.Code), new("Started", InspectorLook.Time),
        new("Took", InspectorLook.Duration), new("Id", InspectorLook.Code), new("Error"),
    ];

    public ValueTask<InspectorRows> ListAsync(InspectorQuery query, CancellationToken cancellationToken) => ValueTask.FromResult(
        query.Page(All()
            .Where(entry => query.Matches(entry.Function, entry.Id, entry.Error, StateOf(entry).Text))
            .Select(entry => new InspectorRow(entry.Id, StateOf(entry), entry.Function, entry.Started, Took(entry), entry.Id, entry.Error))));

    public ValueTask<InspectorDetail?> FindAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult(
        All().FirstOrDefault(entry => entry.Id == id) is { } entry
            ? new InspectorDetail(
                entry.Function,
                [
                    new("State", StateOf(entry), InspectorLook.State),
                    new("Function", new InspectorItem("functions", entry.Function), InspectorLook.Item),
                    new("Id", entry.Id, InspectorLook.Code),
                    new("Started", entry.Started, InspectorLook.Time),
                    new("Took", Took(entry), InspectorLook.Duration),
                    new("Error", entry.Error),
                ])
            : null);

    // What ends meanwhile is among both.
    private IEnumerable<InvocationJournal.Entry> All() =>
        journal.Running.OrderBy(entry => entry.Started).Concat(journal.Ended).DistinctBy(entry => entry.Id);

    private double Took(InvocationJournal.Entry entry) => ((entry.EndedAt ?? time.GetUtcNow()) - entry.Started).TotalMilliseconds;

    private static InspectorState StateOf(InvocationJournal.Entry entry) => entry switch
    {
        { EndedAt: null } => new("running", InspectorTone.Busy),
        { Error: null } => new("succeeded", InspectorTone.Good),
        _ => new("failed", InspectorTone.Bad),
    };
}
