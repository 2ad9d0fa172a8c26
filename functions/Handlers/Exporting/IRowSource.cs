using System.Text.Json;
using Tasklane.Tasks;

namespace Tasklane.Handlers.Exporting;

/// <summary>What is exported, page by page.</summary>
internal interface IRowSource
{
    /// <summary>First part of the file's name.</summary>
    string Name { get; }

    /// <summary>Columns of the CSV file.</summary>
    IReadOnlyList<string> Columns { get; }

    /// <param name="position">What the page before gave as next; null = from the start.</param>
    Task<RowPage> ReadAsync(string? position, CancellationToken cancellation);
}

/// <param name="Next">Null when this was the last.</param>
/// <param name="Total">As far as is known.</param>
internal sealed record RowPage(IReadOnlyList<Row> Rows, string? Next, long Total);

/// <summary>One exported thing, in both shapes.</summary>
/// <param name="Cells">As the columns are.</param>
/// <param name="Json">Writes it as an object.</param>
internal sealed record Row(IReadOnlyList<Cell> Cells, Action<Utf8JsonWriter> Json);

/// <param name="IsText">What people wrote: guarded against being taken for a formula.</param>
internal readonly record struct Cell(string Value, bool IsText)
{
    public static Cell Text(string? value) => new(value ?? "", true);

    public static Cell Plain(FormattableString value) => new(FormattableString.Invariant(value), false);

    public static Cell Time(DateTimeOffset? value) => new(value is { } time ? Timestamps.Text(time) : "", false);
}
