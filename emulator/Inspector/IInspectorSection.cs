using System.Text.Json;

namespace Tasklane.Emulator.Inspector;

/// <summary>
/// One list of the page at /_emulator, brought by the room whose things it shows and registered in the host's container. Lists are
/// asked for again and again while somebody looks, so they are cheap: a page at a time, nothing computed for all there is.
/// </summary>
internal interface IInspectorSection
{
    /// <summary>In addresses, `timers`.</summary>
    string Name { get; }

    /// <summary>On the page, "Timers".</summary>
    string Title { get; }

    /// <summary>Where it stands in the menu, lowest first.</summary>
    int Order { get; }

    IReadOnlyList<InspectorColumn> Columns { get; }

    /// <summary>A page of the list.</summary>
    ValueTask<InspectorRows> ListAsync(InspectorQuery query, CancellationToken cancellationToken);

    /// <summary>All about one thing; null when it is not there (any more).</summary>
    ValueTask<InspectorDetail?> FindAsync(string id, CancellationToken cancellationToken) => ValueTask.FromResult<InspectorDetail?>(null);

    /// <summary>Does something with one thing.</summary>
    /// <param name="id">The row's id.</param>
    /// <param name="action">The name of one of its <see cref="InspectorAction"/>s.</param>
    /// <param name="input">What the person gave, as text; null for nothing.</param>
    /// <param name="cancellationToken">Fires when the request is given up.</param>
    /// <returns>What has been done, a sentence.</returns>
    /// <exception cref="InspectorException">It cannot be done; the message is shown.</exception>
    ValueTask<string> ActAsync(string id, string action, string? input, CancellationToken cancellationToken) =>
        throw new InspectorException($"Nothing here can '{action}'.");
}

/// <summary>How a column's cells look.</summary>
internal enum InspectorLook
{
    Text,

    /// <summary>An id or code.</summary>
    Code,

    /// <summary>An <see cref="InspectorState"/>.</summary>
    State,

    /// <summary>A DateTimeOffset.</summary>
    Time,

    /// <summary>Milliseconds.</summary>
    Duration,
    Number,

    /// <summary>A path on this host, to follow.</summary>
    Link,

    /// <summary>An <see cref="InspectorItem"/>.</summary>
    Item,
}

internal enum InspectorTone
{
    Idle,
    Busy,
    Good,
    Bad,
}

internal sealed record InspectorColumn(string Title, InspectorLook Look = InspectorLook.Text);

internal sealed record InspectorState(string Text, InspectorTone Tone);

/// <param name="Search">What to look for; empty for all.</param>
/// <param name="After">Where the last page ended, as its <see cref="InspectorRows.Next"/> said; null for the first.</param>
/// <param name="Limit">Rows at most.</param>
internal sealed record InspectorQuery(string Search, string? After, int Limit)
{
    /// <summary>Whether one of the texts has what is looked for, without case.</summary>
    public bool Matches(params ReadOnlySpan<string?> texts)
    {
        if (Search.Length == 0)
            return true;
        foreach (var text in texts)
        {
            if (text?.Contains(Search, StringComparison.OrdinalIgnoreCase) == true)
                return true;
        }

        return false;
    }

    /// <summary>The page of a list that is in memory as a whole; pages are told apart by a number.</summary>
    public InspectorRows Page(IEnumerable<InspectorRow> all)
    {
        var start = int.TryParse(After, out var number) ? Math.Max(0, number) : 0;
        var rows = all.Skip(start).Take(Limit + 1).ToList();
        if (rows.Count <= Limit)
            return new InspectorRows(rows);
        rows.RemoveAt(Limit);
        return new InspectorRows(rows, (start + Limit).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }
}

/// <param name="Rows">The rows of this page.</param>
/// <param name="Next">What to ask for the next page with; null when there is none.</param>
internal sealed record InspectorRows(IReadOnlyList<InspectorRow> Rows, string? Next = null);

/// <param name="Id">Names the thing in its section.</param>
/// <param name="Cells">One per column.</param>
internal sealed record InspectorRow(string Id, params IReadOnlyList<object?> Cells);

/// <param name="Title">What it is.</param>
/// <param name="Fields">What is known about it, in the order to show it; a JSON text is shown indented.</param>
/// <param name="Actions">What can be done with it now.</param>
/// <param name="Timelines">What happened to it or waits in it, in order; an empty one is not shown.</param>
internal sealed record InspectorDetail(
    string Title,
    IReadOnlyList<InspectorField> Fields,
    IReadOnlyList<InspectorAction>? Actions = null,
    IReadOnlyList<InspectorTimeline>? Timelines = null);

internal sealed record InspectorTimeline(string Title, IReadOnlyList<InspectorMoment> Moments);

/// <summary>Another thing on the page, to go to.</summary>
internal sealed record InspectorItem(string Section, string Id);

internal sealed record InspectorField(string Name, object? Value, InspectorLook Look = InspectorLook.Text);

/// <param name="Name">Given back to <see cref="IInspectorSection.ActAsync"/>.</param>
/// <param name="Title">On the button.</param>
/// <param name="Asks">What input to ask for; null asks for none.</param>
/// <param name="Confirms">Whether to ask first: it cannot be taken back.</param>
internal sealed record InspectorAction(string Name, string Title, string? Asks = null, bool Confirms = false);

/// <param name="At">When it began.</param>
/// <param name="Until">When it ended; null for a moment, or while it goes on.</param>
/// <param name="Title">What it was.</param>
/// <param name="Text">Its data.</param>
/// <param name="Tone">How it went.</param>
/// <param name="Item">Where there is more about it.</param>
internal sealed record InspectorMoment(
    DateTimeOffset At, DateTimeOffset? Until, string Title, string? Text, InspectorTone Tone = InspectorTone.Idle, InspectorItem? Item = null);

/// <summary>What was asked for cannot be done; the message is for the person who asked.</summary>
internal sealed class InspectorException(string message, Exception? inner = null) : Exception(message, inner);
