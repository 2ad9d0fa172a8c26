using Tasklane.Emulator.Inspector;

namespace Tasklane.Emulator.Timers;

/// <summary>Timers and when they run next.</summary>
internal sealed class TimerSection(TimerTriggers timers) : IInspectorSection
{
    public string Name => "timers";

    public string Title => "Timers";

    public int Order => 50;

    public IReadOnlyList<InspectorColumn> Columns { get; } =
    [
        new("State", InspectorLook.State), new("Function", InspectorLook.Code), new("Schedule", InspectorLook.Code),
        new("Next", InspectorLook.Time),
    ];

    public ValueTask<InspectorRows> ListAsync(InspectorQuery query, CancellationToken cancellationToken) => ValueTask.FromResult(
        query.Page(timers.Loops
            .Where(loop => query.Matches(loop.Function.Name, loop.Schedule.ToString()))
            .OrderBy(loop => loop.NextAt ?? DateTimeOffset.MaxValue)
            .Select(loop => new InspectorRow(loop.Function.Name, StateOf(loop), loop.Function.Name, loop.Schedule.ToString(), loop.NextAt))));

    public ValueTask<InspectorDetail?> FindAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult(
        Find(id) is { } loop
            ? new InspectorDetail(
                loop.Function.Name,
                [
                    new("State", StateOf(loop), InspectorLook.State),
                    new("Schedule", loop.Schedule.ToString(), InspectorLook.Code),
                    .. Occurrences(loop).Select((at, i) => new InspectorField(i == 0 ? "Next" : "Then", at, InspectorLook.Time)),
                ],
                loop.Function.Runs ? [new InspectorAction("run", "Run now")] : null)
            : null);

    public ValueTask<string> ActAsync(string id, string action, string? input, CancellationToken cancellationToken)
    {
        if (action != "run" || Find(id) is not { Function.Runs: true } loop)
            throw new InspectorException($"'{id}' cannot '{action}'.");

        // Accepted, not awaited: how it ended is among the invocations.
        _ = Task.Run(() => loop.InvokeAsync(isPastDue: false, CancellationToken.None), CancellationToken.None);
        return ValueTask.FromResult($"{loop.Function.Name} has been started.");
    }

    private TimerLoop? Find(string id) =>
        timers.Loops.FirstOrDefault(loop => loop.Function.Name.Equals(id, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<DateTimeOffset> Occurrences(TimerLoop loop)
    {
        var next = loop.NextAt;
        for (var i = 0; i < 5 && next is { } at; i++)
        {
            yield return at;
            next = loop.Schedule.Next(at);
        }
    }

    private static InspectorState StateOf(TimerLoop loop) => loop switch
    {
        { Function.Runs: false } => new("off", InspectorTone.Idle),
        { NextAt: null } => new("no next run", InspectorTone.Bad),
        _ => new("waiting", InspectorTone.Good),
    };
}
