using System.Text;
using System.Text.Json;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Http;

/// <summary>Reads the values of a JSON object's fields and gathers what is wrong with them, so that all is told at once.</summary>
internal sealed class JsonFields
{
    private List<FieldError>? _errors;

    /// <summary>Throws when something was wrong.</summary>
    public void ThrowIfAny()
    {
        if (_errors is not null)
            throw InvalidRequestException.OfFields(RequestErrors.InvalidField, _errors);
    }

    public void Add(string field, string code, params object[] args) => (_errors ??= []).Add(new FieldError(field, code, args));

    public void Unknown(ref Utf8JsonReader reader, string parent, string known)
    {
        Add($"{parent}/{Text(ref reader)}", FieldErrors.Unknown, known);
        reader.Read();
        reader.Skip();
    }

    /// <summary>Null, also for JSON's null, when there is none; an error is noted for anything but a string.</summary>
    public string? String(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            try
            {
                return reader.GetString();
            }
            catch (InvalidOperationException) // half a surrogate pair
            {
                Add(field, FieldErrors.Text);
                return null;
            }
        }
        Wrong(ref reader, field, "string");
        return null;
    }

    public int? Whole(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number))
            return number;
        Wrong(ref reader, field, "integer");
        return null;
    }

    public double? Number(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && double.IsFinite(number))
            return number;
        Wrong(ref reader, field, "number");
        return null;
    }

    /// <summary>A time with its offset: a local time means another instant on every machine.</summary>
    public DateTimeOffset? Time(ref Utf8JsonReader reader, string field)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            Wrong(ref reader, field, "date-time");
            return null;
        }
        var text = Text(ref reader);
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        if (hasOffset && reader.TryGetDateTimeOffset(out var time))
            return time;
        Add(field, FieldErrors.Format, "date-time (2026-01-31T08:00:00Z)", Shorten(text));
        return null;
    }

    /// <summary>Notes a value of the wrong type and steps over it; null is as good as absent.</summary>
    public void Wrong(ref Utf8JsonReader reader, string field, string expected)
    {
        if (reader.TokenType != JsonTokenType.Null)
            Add(field, FieldErrors.Type, expected, Name(ref reader));
        reader.Skip();
    }

    public static string Name(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "object",
        JsonTokenType.StartArray => "array",
        JsonTokenType.String => "string",
        JsonTokenType.Number => Shorten(Encoding.ASCII.GetString(reader.ValueSpan)),
        JsonTokenType.Null => "null",
        _ => "boolean",
    };

    public static string Shorten(string text) => text.Length <= 64 ? text : string.Concat(text.AsSpan(0, 64), "…");

    /// <summary>For messages only: as written when the escapes make no text.</summary>
    private static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return Shorten(reader.GetString()!);
        }
        catch (InvalidOperationException)
        {
            return Shorten(Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }
}
