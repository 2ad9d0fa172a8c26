using System.Buffers;
using System.Text;

namespace Tasklane.Handlers.Exporting;

/// <summary>CSV as RFC 4180 has it, with a byte order mark (spreadsheets take it for Latin-1 without), and with text that a spreadsheet would run as a formula disarmed.</summary>
internal sealed class CsvRows(IReadOnlyList<string> columns) : RowWriter
{
    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(",\"\r\n");

    public override string ContentType => "text/csv; charset=utf-8";

    public override string Extension => "csv";

    public override void Begin()
    {
        Put("\uFEFF");
        Put(string.Join(',', columns));
        Put("\r\n");
    }

    public override void Write(Row row, bool isFirst)
    {
        for (var i = 0; i < row.Cells.Count; i++)
        {
            if (i > 0)
                Put(",");
            Put(Quoted(row.Cells[i]));
        }
        Put("\r\n");
    }

    public override void End()
    {
    }

    internal static string Quoted(Cell cell)
    {
        // A leading apostrophe is what spreadsheets themselves take for "this is text".
        var value = cell.IsText && cell.Value is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\n', ..] ? "'" + cell.Value : cell.Value;
        return value.AsSpan().ContainsAny(NeedQuotes) ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
    }

    private void Put(string text) => Encoding.UTF8.GetBytes(text, Buffer);
}
