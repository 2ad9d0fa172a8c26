using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Handlers.Exporting;

/// <summary>The log lines that one user stored, oldest first.</summary>
internal sealed class LineRows(ILogLineStore store, string owner, ExportPayload filter) : IRowSource
{
    private const int PageSize = 1000;

    public string Name => "logs";

    public IReadOnlyList<string> Columns { get; } = ["id", "at", "level", "service", "message"];

    public async Task<RowPage> ReadAsync(string? position, CancellationToken cancellation)
    {
        var lines = await store.PageAsync(owner, position, PageSize, cancellation);
        var rows = lines.Where(IsWanted).Select(RowOf).ToArray();
        return new RowPage(rows, lines.Count < PageSize ? null : lines[^1].Id, 0);
    }

    private bool IsWanted(StoredLine line) =>
        (filter.Level is null || line.Level.Equals(filter.Level, StringComparison.OrdinalIgnoreCase))
        && (filter.Q is null || line.Message.Contains(filter.Q, StringComparison.OrdinalIgnoreCase));

    private static Row RowOf(StoredLine line) => new(
        [Cell.Plain($"{line.Id}"), Cell.Time(line.At), Cell.Text(line.Level), Cell.Text(line.Service), Cell.Text(line.Message)],
        json =>
        {
            json.WriteStartObject();
            json.WriteString("id"u8, line.Id);
            Timestamps.Write(json, "at"u8, line.At);
            json.WriteString("level"u8, line.Level);
            json.WriteString("service"u8, line.Service);
            json.WriteString("message"u8, line.Message);
            json.WriteEndObject();
        });
}
