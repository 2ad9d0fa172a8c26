using System.Text.Json;
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

    private static readonly FieldNames Known = new("lines");
    private static readonly FieldNames KnownOfLine = new("at", "level", "service", "message");

    /// <param name="now">Time of lines that have none.</param>
    public static IReadOnlyList<StoredLine> Read(ReadOnlySpan<byte> body, DateTimeOffset now)
    {
        var fields = new JsonFields();
        var lines = RequestBody.Parse(body, (ref Utf8JsonReader reader) =>
        {
            var read = new List<StoredLine>();
            if (reader.TokenType == JsonTokenType.StartArray)
                ReadLines(ref reader, "", read, fields, now);
            else if (reader.TokenType == JsonTokenType.StartObject)
                ReadObject(ref reader, read, fields, now);
            else
                fields.Wrong(ref reader, "", "object / array");
            return read;
        });
        fields.ThrowIfAny();
        return lines;
    }

    private static void ReadObject(ref Utf8JsonReader reader, List<StoredLine> lines, JsonFields fields, DateTimeOffset now)
    {
        var isThere = false;
        for (var seen = 0u; fields.Next(ref reader, "", Known, ref seen) is not null; isThere = true)
        {
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
        for (var seen = 0u; fields.Next(ref reader, field, KnownOfLine, ref seen) is { } name;)
        {
            switch (name)
            {
                case "at":
                    at = fields.Time(ref reader, $"{field}/at");
                    break;
                case "level":
                    level = Short(fields.String(ref reader, $"{field}/level"), $"{field}/level", MaxLevel, fields);
                    break;
                case "service":
                    service = Short(fields.String(ref reader, $"{field}/service"), $"{field}/service", MaxService, fields);
                    break;
                case "message":
                    message = fields.String(ref reader, $"{field}/message");
                    break;
            }
        }
        if (message is null)
            fields.Add($"{field}/message", FieldErrors.Required);
        return Line(at ?? now, level, service, message ?? "", $"{field}/message", fields);
    }

    private static StoredLine Line(DateTimeOffset at, string? level, string? service, string message, string field, JsonFields fields)
    {
        if (Characters.Count(message) > MaxMessage)
            fields.Add(field, FieldErrors.MaxLength, MaxMessage, Characters.Count(message));
        return new StoredLine("", at, Cut(level ?? DefaultLevel, MaxLevel).ToLowerInvariant(), Cut(service ?? "", MaxService), Clean(message));
    }

    /// <summary>What a client says in a field of its own is not cut, as what is found in a text is.</summary>
    private static string? Short(string? text, string field, int most, JsonFields fields)
    {
        if (text is not null && Characters.Count(text) > most)
            fields.Add(field, FieldErrors.MaxLength, most, Characters.Count(text));
        return text;
    }

    private static string Cut(string text, int most) => Clean(Characters.Cut(text, most));

    /// <summary>Programs do log NUL, and not every store can keep it.</summary>
    private static string Clean(string text) => text.Replace('\0', '\uFFFD');
}
