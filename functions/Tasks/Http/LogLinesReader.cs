using System.Text.Json;
using System.Text.Unicode;
using Tasklane.Tasks.Lines;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>Reads the body of <c>POST /api/logs</c>: an array of lines, or an object with one. A line is a text, or an object with its parts.</summary>
internal static class LogLinesReader
{
    public const int MaxLines = 5000;
    public const int MaxMessage = 8192;
    private const int MaxService = 100;
    private const int MaxLevel = 16;
    private const string DefaultLevel = "info";

    /// <param name="now">Time of lines that have none.</param>
    public static IReadOnlyList<StoredLine> Read(ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        if (!Utf8.IsValid(body))
            throw new InvalidRequestException(RequestErrors.InvalidJson, 1, 1, "The body is not UTF-8.");
        var fields = new JsonFields();
        var lines = new List<StoredLine>();
        var reader = new Utf8JsonReader(body);
        try
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
                ReadLines(ref reader, "", lines, fields, now);
            else if (reader.TokenType == JsonTokenType.StartObject)
                ReadObject(ref reader, lines, fields, now);
            else
                fields.Wrong(ref reader, "", "object / array");
            reader.Read(); // nothing may follow
        }
        catch (JsonException broken)
        {
            throw RequestBody.Broken(broken);
        }
        fields.ThrowIfAny();
        return lines;
    }

    private static void ReadObject(ref Utf8JsonReader reader, List<StoredLine> lines, JsonFields fields, DateTimeOffset now)
    {
        var isThere = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!reader.ValueTextEquals("lines"u8))
            {
                fields.Unknown(ref reader, "", "lines");
                continue;
            }
            isThere = true;
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray)
                ReadLines(ref reader, "/lines", lines, fields, now);
            else
                fields.Wrong(ref reader, "/lines", "array");
        }
        if (!isThere)
            fields.Add("/lines", FieldErrors.Required);
    }

    private static void ReadLines(ref Utf8JsonReader reader, string at, List<StoredLine> lines, JsonFields fields, DateTimeOffset now)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (count++ >= MaxLines)
            {
                reader.Skip();
                continue;
            }
            var field = $"{at}/{count - 1}";
            if (reader.TokenType == JsonTokenType.StartObject)
                lines.Add(ReadLine(ref reader, field, fields, now));
            else if (reader.TokenType == JsonTokenType.Null)
                fields.Add(field, FieldErrors.Type, "string / object", "null");
            else if (fields.String(ref reader, field) is { } text)
                lines.Add(OfText(text, field, fields, now));
        }
        if (count > MaxLines)
            fields.Add(at, FieldErrors.MaxItems, MaxLines, count);
        else if (count == 0)
            fields.Add(at, FieldErrors.MinItems, 1, 0);
    }

    private static StoredLine OfText(string text, string field, JsonFields fields, DateTimeOffset now)
    {
        // A line of a stack trace says nothing of itself and keeps its indentation.
        var parsed = text.Length > 0 && char.IsWhiteSpace(text[0]) ? new LogText(null, null, null, text) : LogText.Parse(text);
        return Line(parsed.At ?? now, parsed.Level, parsed.Service, parsed.Message, field, fields);
    }

    private static StoredLine ReadLine(ref Utf8JsonReader reader, string field, JsonFields fields, DateTimeOffset now)
    {
        DateTimeOffset? at = null;
        string? level = null, service = null, message = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("at"u8))
            {
                reader.Read();
                at = fields.Time(ref reader, $"{field}/at");
            }
            else if (reader.ValueTextEquals("level"u8))
            {
                reader.Read();
                level = fields.String(ref reader, $"{field}/level");
            }
            else if (reader.ValueTextEquals("service"u8))
            {
                reader.Read();
                service = fields.String(ref reader, $"{field}/service");
            }
            else if (reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                message = fields.String(ref reader, $"{field}/message");
            }
            else
            {
                fields.Unknown(ref reader, field, "at, level, service, message");
            }
        }
        if (message is null)
            fields.Add($"{field}/message", FieldErrors.Required);
        return Line(at ?? now, level, service, message ?? "", $"{field}/message", fields);
    }

    private static StoredLine Line(DateTimeOffset at, string? level, string? service, string message, string field, JsonFields fields)
    {
        if (message.Length > MaxMessage)
            fields.Add(field, FieldErrors.MaxLength, MaxMessage, message.Length);
        return new StoredLine("", at, Cut(level ?? DefaultLevel, MaxLevel).ToLowerInvariant(), Cut(service ?? "", MaxService), Clean(message));
    }

    private static string Cut(string text, int most) => Clean(text.Length <= most ? text : text[..most]);

    /// <summary>Programs do log NUL, and not every store can keep it.</summary>
    private static string Clean(string text) => text.Replace('\0', '\uFFFD');
}
