using System.Text;
using System.Text.Json;
using Tasklane.Tasks.Handling.Schemas;
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

    /// <summary>
    /// Steps to the value of an object's next field and gives the field's name; null at the object's end. Fields that are not known
    /// are noted and passed over, and so is every repetition of one that is: of two values, which one counts would be a guess.
    /// </summary>
    /// <param name="seen">The object's own; 0 at its start.</param>
    public string? Next(ref Utf8JsonReader reader, string parent, FieldNames names, ref uint seen)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = names.IndexOf(ref reader);
            var name = index < 0 ? Text(ref reader) : names[index];
            reader.Read();
            if (index >= 0 && (seen & (1u << index)) == 0)
            {
                seen |= 1u << index;
                return name;
            }
            Add($"{parent}/{SchemaCheck.Escape(name)}", index < 0 ? FieldErrors.Unknown : FieldErrors.Duplicate, names.All);
            reader.Skip();
        }
        return null;
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

    public static string Shorten(string text) => Characters.Shorten(text);

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

/// <summary>The fields that an object may have, at most 32.</summary>
internal sealed class FieldNames(params string[] names)
{
    private readonly byte[][] _utf8 = [.. names.Select(Encoding.UTF8.GetBytes)];

    /// <summary>For messages.</summary>
    public string All { get; } = string.Join(", ", names);

    public string this[int index] => names[index];

    /// <summary>Of the name that the reader is at; -1 when it is not known.</summary>
    public int IndexOf(ref Utf8JsonReader reader)
    {
        for (var i = 0; i < _utf8.Length; i++)
        {
            if (reader.ValueTextEquals(_utf8[i]))
                return i;
        }
        return -1;
    }
}
