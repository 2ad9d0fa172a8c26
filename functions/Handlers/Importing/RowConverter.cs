using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Tasklane.Tasks;
using Tasklane.Tasks.Handling;

namespace Tasklane.Handlers.Importing;

/// <summary>Makes a line of NDJSON of a row, or says why it cannot.</summary>
internal sealed class RowConverter(ImportPayload payload, ImportFormat format)
{
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly JsonWriterOptions _plain = new() { Encoder = PlainEncoder.Instance };

    private readonly Dictionary<string, ImportColumn> _columns = (payload.Columns ?? []).ToDictionary(column => column.Name, StringComparer.Ordinal);
    private readonly List<string> _fields = [];
    private IReadOnlyList<string> _header = [];
    private char _delimiter = ',';

    /// <summary>The names of a CSV file's columns, and what stands between them.</summary>
    public (IReadOnlyList<string> Names, char Delimiter) Header => (_header, _delimiter);

    public bool NeedsHeader => format == ImportFormat.Csv && _header.Count == 0;

    public void GoOnWith(IReadOnlyList<string> header, char delimiter) => (_header, _delimiter) = (header, delimiter);

    /// <summary>Reads the first line of a CSV file.</summary>
    /// <exception cref="TaskFailedException">It is no header of these columns.</exception>
    /// <returns>What stands between fields.</returns>
    public char ReadHeader(RawRecord record)
    {
        if (record.Problem is not null)
            throw new TaskFailedException("bad_header", $"The first line {record.Problem}.", retry: false);
        if (Text(record.Bytes.Span) is not { } line)
            throw new TaskFailedException("not_utf8", "The file is not UTF-8. Save it as such.", retry: false);
        _delimiter = payload.Delimiter is { } told ? told[0] : Csv.GuessDelimiter(line);
        if (Csv.Split(line, _delimiter, _fields) is { } problem)
            throw new TaskFailedException("bad_header", $"The first line {problem}.", retry: false);
        _header = [.. _fields.Select(name => name.Trim())];
        if (_header.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new TaskFailedException("duplicate_columns", $"The first line names the column '{twice.Key}' twice.", retry: false);
        var missing = _columns.Values.Where(column => column.Required && !_header.Contains(column.Name)).Select(column => column.Name).ToList();
        if (missing.Count > 0)
            throw new TaskFailedException("missing_columns", $"The first line does not name {string.Join(", ", missing)}; it names {string.Join(", ", _header)}.", retry: false);
        return _delimiter;
    }

    /// <summary>Writes the row; null when it could, else why not, with nothing written.</summary>
    public BadRow? Convert(RawRecord record, ArrayBufferWriter<byte> into, ArrayBufferWriter<byte> scratch)
    {
        scratch.ResetWrittenCount();
        var bad = record.Problem is not null ? BadRow.Of(record.Line, null, Encoding.UTF8.GetString(record.Bytes.Span), record.Problem)
            : format == ImportFormat.Csv ? ConvertCsv(record, scratch) : ConvertJson(record, scratch);
        if (bad is not null)
            return bad;
        into.Write(scratch.WrittenSpan);
        into.Write("\n"u8);
        return null;
    }

    private BadRow? ConvertCsv(RawRecord record, ArrayBufferWriter<byte> into)
    {
        if (Text(record.Bytes.Span) is not { } line)
            return BadRow.Of(record.Line, null, Encoding.UTF8.GetString(record.Bytes.Span), "is not UTF-8");
        if (Csv.Split(line, _delimiter, _fields) is { } problem)
            return BadRow.Of(record.Line, null, line, problem);
        if (_fields.Count != _header.Count)
            return BadRow.Of(record.Line, null, line, $"has {_fields.Count} fields where the first line has {_header.Count}");
        using var json = new Utf8JsonWriter(into, _plain);
        json.WriteStartObject();
        for (var i = 0; i < _fields.Count; i++)
        {
            var column = _columns.GetValueOrDefault(_header[i]);
            json.WritePropertyName(_header[i]);
            if (column is null)
                json.WriteStringValue(_fields[i]);
            else if (ColumnRules.Write(json, column, _fields[i]) is { } reason)
                return BadRow.Of(record.Line, column.Name, _fields[i], reason);
        }
        json.WriteEndObject();
        return null;
    }

    private BadRow? ConvertJson(RawRecord record, ArrayBufferWriter<byte> into)
    {
        if (!Utf8.IsValid(record.Bytes.Span))
            return BadRow.Of(record.Line, null, Encoding.UTF8.GetString(record.Bytes.Span), "is not UTF-8");
        JsonDocument row;
        try
        {
            row = JsonDocument.Parse(record.Bytes);
        }
        catch (JsonException broken)
        {
            return BadRow.Of(record.Line, null, Encoding.UTF8.GetString(record.Bytes.Span), $"is no JSON: {broken.Message}");
        }
        try
        {
            return Convert(row, record, into);
        }
        catch (InvalidOperationException)
        {
            return BadRow.Of(record.Line, null, Encoding.UTF8.GetString(record.Bytes.Span), "has half a character (a surrogate without its other half)");
        }
        finally
        {
            row.Dispose();
        }
    }

    private BadRow? Convert(JsonDocument row, RawRecord record, ArrayBufferWriter<byte> into)
    {
        if (row.RootElement.ValueKind != JsonValueKind.Object)
            return BadRow.Of(record.Line, null, row.RootElement.GetRawText(), "is no JSON object");
        using var json = new Utf8JsonWriter(into, _plain);
        json.WriteStartObject();
        foreach (var field in row.RootElement.EnumerateObject())
        {
            json.WritePropertyName(field.Name);
            if (!_columns.TryGetValue(field.Name, out var column))
                field.Value.WriteTo(json);
            else if (ColumnRules.Write(json, column, field.Value) is { } reason)
                return BadRow.Of(record.Line, column.Name, field.Value.ToString(), reason);
        }
        json.WriteEndObject();
        var missing = payload.Columns?.FirstOrDefault(column => column.Required && !row.RootElement.TryGetProperty(column.Name, out _));
        return missing is null ? null : BadRow.Of(record.Line, missing.Name, null, "is missing");
    }

    private static string? Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return _utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

/// <summary>What a column's value must be like.</summary>
internal static class ColumnRules
{
    /// <summary>Writes a text as the column's type; null when it is one, else why not.</summary>
    public static string? Write(Utf8JsonWriter json, ImportColumn column, string text)
    {
        if (text.Length == 0)
        {
            json.WriteNullValue();
            return column.Required ? "is missing" : null;
        }
        switch (column.Type)
        {
            case ImportType.Text:
                json.WriteStringValue(text);
                return text.Length > column.MaxLength ? $"has more than {column.MaxLength} characters" : null;
            case ImportType.Integer when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole):
                json.WriteNumberValue(whole);
                return OutOfRange(column, whole);
            case ImportType.Number when decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number):
                json.WriteNumberValue(number);
                return OutOfRange(column, (double)number);
            case ImportType.Boolean when BooleanOf(text) is { } flag:
                json.WriteBooleanValue(flag);
                return null;
            case ImportType.Date when DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _):
                json.WriteStringValue(text);
                return null;
            case ImportType.Time when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time):
                json.WriteStringValue(time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
                return null;
            default:
                return $"is no {Name(column.Type)}";
        }
    }

    /// <summary>Writes a JSON value where it is of the column's type; null when it is, else why not.</summary>
    public static string? Write(Utf8JsonWriter json, ImportColumn column, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                json.WriteNullValue();
                return column.Required ? "is missing" : null;
            case JsonValueKind.String when column.Type is ImportType.Text or ImportType.Date or ImportType.Time:
                return Write(json, column, value.GetString()!);
            case JsonValueKind.Number when column.Type is ImportType.Integer or ImportType.Number:
                return Write(json, column, value.GetRawText());
            case JsonValueKind.True or JsonValueKind.False when column.Type == ImportType.Boolean:
                value.WriteTo(json);
                return null;
            default:
                return $"is no {Name(column.Type)}";
        }
    }

    private static string Name(ImportType type) => type switch
    {
        ImportType.Text => "text",
        ImportType.Integer => "integer",
        ImportType.Number => "number",
        ImportType.Boolean => "boolean",
        ImportType.Date => "date (yyyy-MM-dd)",
        _ => "time (ISO 8601)",
    };

    private static string? OutOfRange(ImportColumn column, double number) =>
        number < column.Min ? $"is less than {column.Min.Value.ToString(CultureInfo.InvariantCulture)}"
        : number > column.Max ? $"is more than {column.Max.Value.ToString(CultureInfo.InvariantCulture)}"
        : null;

    private static bool? BooleanOf(string text) => text.ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" => true,
        "FALSE" or "0" or "NO" => false,
        _ => null,
    };
}
