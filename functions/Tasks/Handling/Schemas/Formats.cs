using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Tasklane.Tasks.Handling.Schemas;

/// <summary>The formats of strings that schemas name; checked as strictly as the serializer reads them.</summary>
internal static class Formats
{
    private const int LongestDate = 40;

    private static readonly EmailAddressAttribute Email = new();

    public static string Known(string format) => format is "date-time" or "date" or "time" or "uuid" or "uri" or "email"
        ? format
        : throw new NotSupportedException($"The payload's schema uses the format '{format}', which is not checked.");

    public static bool Matches(string format, string text) => format switch
    {
        "date-time" => IsDateTime(text),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "time" => TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var time) && time >= TimeSpan.Zero && time.Days == 0,
        "uuid" => Guid.TryParseExact(text, "D", out _),
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "email" => Email.IsValid(text),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, null),
    };

    /// <summary>The serializer's own reading of dates is to be had from its reader only.</summary>
    private static bool IsDateTime(string text)
    {
        if (text.Length > LongestDate || !text.All(c => char.IsAsciiDigit(c) || c is 'T' or 'Z' or ':' or '.' or '+' or '-'))
            return false;
        var reader = new Utf8JsonReader(Encoding.ASCII.GetBytes($"\"{text}\""));
        return reader.Read() && reader.TryGetDateTimeOffset(out _);
    }
}
