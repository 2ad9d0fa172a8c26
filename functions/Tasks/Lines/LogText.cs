using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Tasklane.Tasks.Lines;

/// <summary>What a line of a log says about itself, however it says it: JSON, logfmt, or plain text with a time and a level in front.</summary>
/// <param name="At">Null when the line has no time, or one without a year.</param>
/// <param name="Level">One of <see cref="LogLevels"/>; null when the line names none.</param>
/// <param name="Message">The line without its time and level.</param>
public readonly record struct LogText(DateTimeOffset? At, string? Level, string? Service, string Message)
{
    /// <summary>Words in front that are looked at for a time and a level.</summary>
    private const int HeadWords = 6;

    private static readonly SearchValues<char> Brackets = SearchValues.Create("[](){}|:,");

    public static LogText Parse(string line)
    {
        var text = line.AsSpan().Trim();
        return text.StartsWith("{") && TryParseJson(line) is { } structured ? structured : ParsePlain(text);
    }

    private static LogText ParsePlain(ReadOnlySpan<char> text)
    {
        DateTimeOffset? at = null;
        string? level = null;
        var rest = text;
        // Time and level may come in either order, in brackets or bare; the message begins after whichever comes last.
        var scan = text;
        for (var word = 0; word < HeadWords && !scan.IsEmpty; word++)
        {
            var head = NextWord(scan, out var tail);
            if (at is null && TryTime(head, tail, out var time, out var afterTime))
            {
                at = time;
                rest = scan = afterTime;
                continue;
            }
            if (level is null && (LogLevels.Find(Bare(head)) ?? LevelOfField(head)) is { } found)
            {
                level = found;
                rest = scan = tail;
                if (at is not null)
                    break;
                continue;
            }
            if (level is not null && at is not null)
                break;
            scan = tail;
        }
        var message = rest.TrimStart(" \t:-|]").Trim();
        return new LogText(at, level, null, message.IsEmpty ? text.ToString() : message.ToString());
    }

    private static ReadOnlySpan<char> NextWord(ReadOnlySpan<char> text, out ReadOnlySpan<char> tail)
    {
        var end = text.IndexOfAny(' ', '\t');
        tail = end < 0 ? [] : text[end..].TrimStart();
        return end < 0 ? text : text[..end];
    }

    private static ReadOnlySpan<char> Bare(ReadOnlySpan<char> word)
    {
        var start = 0;
        while (start < word.Length && Brackets.Contains(word[start]))
            start++;
        var end = word.Length;
        while (end > start && Brackets.Contains(word[end - 1]))
            end--;
        return word[start..end];
    }

    /// <summary>logfmt: level=error.</summary>
    private static string? LevelOfField(ReadOnlySpan<char> word)
    {
        var equals = word.IndexOf('=');
        return equals > 0 && word[..equals] is "level" or "lvl" or "severity" ? LogLevels.Find(word[(equals + 1)..].Trim('"')) : null;
    }

    private static bool TryTime(ReadOnlySpan<char> head, ReadOnlySpan<char> tail, out DateTimeOffset time, out ReadOnlySpan<char> rest)
    {
        rest = tail;
        var date = Bare(head.StartsWith("time=") || head.StartsWith("ts=") ? head[(head.IndexOf('=') + 1)..].Trim('"') : head);
        if (date.Length < 10 || !char.IsAsciiDigit(date[0]) || date[4] is not ('-' or '/'))
        {
            time = default;
            return false;
        }
        if (date.Length > 10)
            return TryParse(date, out time);
        // Date and time apart: "2026-01-31 08:00:00,123".
        var clock = NextWord(tail, out var after);
        if (clock.Length >= 5 && TryParse($"{date}T{Bare(clock)}", out time))
        {
            rest = after;
            return true;
        }
        return TryParse(date, out time);
    }

    private static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        Span<char> copy = stackalloc char[Math.Min(text.Length, 40)];
        text[..copy.Length].CopyTo(copy);
        copy.Replace(',', '.'); // as log4j writes milliseconds
        return DateTimeOffset.TryParse(copy, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    private static LogText? TryParseJson(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            var at = Text(root, "time", "timestamp", "ts", "@timestamp", "@t");
            var message = Text(root, "message", "msg", "@m", "@mt", "event");
            if (message is null)
                return null;
            return new LogText(
                at is not null && TryParse(at, out var time) ? time : null,
                Text(root, "level", "severity", "lvl", "@l") is { } level ? LogLevels.Find(level) : null,
                Text(root, "service", "app", "logger"),
                message);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement root, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
                return value.GetString();
        }
        return null;
    }
}
