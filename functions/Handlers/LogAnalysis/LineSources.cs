using System.Globalization;
using Tasklane.Tasks.Lines;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.LogAnalysis;

/// <param name="Next">Where the next page begins; null when this was the last.</param>
/// <param name="Total">Lines in all, 0 when not known.</param>
internal sealed record LinePage(IReadOnlyList<SourceLine> Lines, string? Next, long Total);

/// <param name="Message">With its indentation, if it has any.</param>
internal readonly record struct SourceLine(string Ref, DateTimeOffset? At, string? Level, string Message);

/// <summary>Reads the lines that a payload means, page by page.</summary>
internal sealed class LineSources(ILogLineStore store, string owner, LogAnalysisPayload payload)
{
    private const int PageSize = 1000;

    public Task<LinePage> ReadAsync(string? position, CancellationToken cancellation) => payload switch
    {
        { Lines: { } lines } => Task.FromResult(OfPayload(lines, Number(position))),
        { Ids: { } ids } => OfIdsAsync(ids, Number(position), cancellation),
        _ => AllAsync(position ?? payload.After, cancellation),
    };

    private static LinePage OfPayload(IReadOnlyList<string> lines, int start)
    {
        var end = Math.Min(start + PageSize, lines.Count);
        var page = new List<SourceLine>(end - start);
        for (var i = start; i < end; i++)
        {
            var reference = i.ToString(CultureInfo.InvariantCulture);
            if (lines[i].Length > 0 && char.IsWhiteSpace(lines[i][0]))
            {
                page.Add(new SourceLine(reference, null, null, lines[i]));
                continue;
            }
            var text = LogText.Parse(lines[i]);
            page.Add(new SourceLine(reference, text.At, text.Level, text.Message));
        }
        return new LinePage(page, Next(end, lines.Count), lines.Count);
    }

    private async Task<LinePage> OfIdsAsync(IReadOnlyList<string> ids, int start, CancellationToken cancellation)
    {
        var end = Math.Min(start + PageSize, ids.Count);
        var lines = await store.ReadAsync(owner, [.. ids.Skip(start).Take(end - start)], cancellation);
        return new LinePage([.. lines.Select(OfStored)], Next(end, ids.Count), ids.Count);
    }

    private async Task<LinePage> AllAsync(string? after, CancellationToken cancellation)
    {
        var lines = await store.PageAsync(owner, after, PageSize, cancellation);
        return new LinePage([.. lines.Select(OfStored)], lines.Count < PageSize ? null : lines[^1].Id, 0);
    }

    private static SourceLine OfStored(StoredLine line) => new(line.Id, line.At, line.Level, line.Message);

    private static int Number(string? position) => position is null ? 0 : int.Parse(position, CultureInfo.InvariantCulture);

    private static string? Next(int end, int count) => end < count ? end.ToString(CultureInfo.InvariantCulture) : null;
}
