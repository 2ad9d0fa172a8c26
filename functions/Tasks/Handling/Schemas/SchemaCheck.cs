using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Tasklane.Tasks.Problems;

namespace Tasklane.Tasks.Handling.Schemas;

/// <summary>
/// Checks JSON against a schema while reading it once: nothing is built of what fits. Also refuses what is no text (broken UTF-8,
/// half surrogate pairs), which JSON lets pass and stores choke on.
/// </summary>
internal sealed class SchemaCheck
{
    /// <summary>Errors told at once.</summary>
    public const int MaxErrors = 20;

    private readonly string _root;
    private readonly List<Step> _path = [];
    private readonly List<FieldError> _errors = [];

    private SchemaCheck(string root) => _root = root;

    /// <param name="root">What pointers to fields begin with.</param>
    public static IReadOnlyList<FieldError> Run(SchemaNode schema, ReadOnlySpan<byte> json, string root)
    {
        var check = new SchemaCheck(root);
        if (!Utf8.IsValid(json))
        {
            check.Fail(FieldErrors.Text);
            return check._errors;
        }
        var reader = new Utf8JsonReader(json);
        try
        {
            reader.Read();
            check.Value(schema, ref reader);
            reader.Read(); // nothing may follow
        }
        catch (JsonException broken)
        {
            check._errors.Add(new FieldError(root, FieldErrors.Format, "JSON value", broken.Message));
        }
        return check._errors;
    }

    /// <summary>From a value's first token to its last.</summary>
    private void Value(SchemaNode schema, ref Utf8JsonReader reader)
    {
        var type = TypeOf(ref reader);
        if ((schema.Types & type) == 0)
        {
            Fail(FieldErrors.Type, Names(schema.Types), NameOf(ref reader));
            reader.Skip();
            return;
        }
        switch (type)
        {
            case JsonTypes.Object or JsonTypes.Array when schema.OneOf is not null: // which lists plain values only
                CheckOneOf(schema, reader.TokenType, NameOf(ref reader));
                reader.Skip();
                break;
            case JsonTypes.Object:
                Object(schema, ref reader);
                break;
            case JsonTypes.Array:
                Array(schema, ref reader);
                break;
            case JsonTypes.String:
                String(schema, ref reader);
                break;
            case JsonTypes.Integer or JsonTypes.Fraction:
                Number(schema, ref reader);
                break;
            default:
                object? value = type == JsonTypes.Null ? null : reader.GetBoolean();
                CheckOneOf(schema, value, value is null ? "null" : (bool)value ? "true" : "false");
                break;
        }
    }

    private void Object(SchemaNode schema, ref Utf8JsonReader reader)
    {
        var seen = 0UL;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = IndexOf(schema.Properties, ref reader);
            if (index >= 0)
            {
                var property = schema.Properties[index];
                _path.Add(new Step(property.Name, 0));
                if ((seen & (1UL << index)) != 0)
                    Fail(FieldErrors.Duplicate);
                seen |= 1UL << index;
                reader.Read();
                Value(property.Schema, ref reader);
            }
            else
            {
                _path.Add(new Step(null, 0));
                Other(schema, ref reader);
            }
            _path.RemoveAt(_path.Count - 1);
        }
        for (var i = 0; i < schema.Properties.Count; i++)
        {
            if (schema.Properties[i].Required && (seen & (1UL << i)) == 0)
                FailAt(schema.Properties[i].Name, FieldErrors.Required);
        }
    }

    private void Other(SchemaNode schema, ref Utf8JsonReader reader)
    {
        var isText = TryGetText(ref reader, out var name, always: schema.OtherProperties != SchemaNode.Anything);
        _path[^1] = new Step(name ?? "?", 0);
        if (!isText)
            Fail(FieldErrors.Text);
        else if (schema.OtherProperties is null)
            Fail(FieldErrors.Unknown, schema.Properties.Count == 0 ? "-" : string.Join(", ", schema.Properties.Select(property => property.Name)));
        reader.Read();
        Value(schema.OtherProperties ?? SchemaNode.Anything, ref reader);
    }

    private void Array(SchemaNode schema, ref Utf8JsonReader reader)
    {
        var count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            _path.Add(new Step(null, count++));
            Value(schema.Items, ref reader);
            _path.RemoveAt(_path.Count - 1);
        }
        if (count < schema.MinItems)
            Fail(FieldErrors.MinItems, schema.MinItems, count);
        if (count > schema.MaxItems)
            Fail(FieldErrors.MaxItems, schema.MaxItems, count);
    }

    private void String(SchemaNode schema, ref Utf8JsonReader reader)
    {
        if (!TryGetText(ref reader, out var text, always: schema.LooksIntoStrings))
        {
            Fail(FieldErrors.Text);
            return;
        }
        if (!schema.LooksIntoStrings)
            return;
        CheckOneOf(schema, text, text!);
        if (schema.MinLength is not null || schema.MaxLength is not null)
        {
            var length = Characters.Count(text!);
            if (length < schema.MinLength)
                Fail(FieldErrors.MinLength, schema.MinLength, length);
            if (length > schema.MaxLength)
                Fail(FieldErrors.MaxLength, schema.MaxLength, length);
        }
        if (schema.Pattern is { } pattern && !pattern.IsMatch(text!))
            Fail(FieldErrors.Pattern, schema.PatternText!);
        if (schema.Format is { } format && !Formats.Matches(format, text!))
            Fail(FieldErrors.Format, format, Characters.Shorten(text!));
    }

    private void Number(SchemaNode schema, ref Utf8JsonReader reader)
    {
        if (!reader.TryGetDecimal(out var number))
        {
            // Larger than any bound a schema can set; a double's range is the last limit.
            if (!reader.TryGetDouble(out var large) || !double.IsFinite(large))
                Fail(FieldErrors.Format, "finite number", Raw(ref reader));
            else if (large > 0 && (schema.Maximum ?? schema.ExclusiveMaximum) is { } most)
                Fail(FieldErrors.Most, most, Raw(ref reader));
            else if (large < 0 && (schema.Minimum ?? schema.ExclusiveMinimum) is { } least)
                Fail(FieldErrors.Least, least, Raw(ref reader));
            return;
        }
        if (schema.OneOf is not null || schema.NoneOf is not null)
            CheckOneOf(schema, number, Raw(ref reader));
        if (number < schema.Minimum)
            Fail(FieldErrors.Least, schema.Minimum, Raw(ref reader));
        if (number > schema.Maximum)
            Fail(FieldErrors.Most, schema.Maximum, Raw(ref reader));
        if (number <= schema.ExclusiveMinimum)
            Fail(FieldErrors.Above, schema.ExclusiveMinimum, Raw(ref reader));
        if (number >= schema.ExclusiveMaximum)
            Fail(FieldErrors.Below, schema.ExclusiveMaximum, Raw(ref reader));
    }

    private void CheckOneOf(SchemaNode schema, object? value, string shown)
    {
        if (schema.OneOf is { } values && !values.Contains(value))
            Fail(FieldErrors.OneOf, Join(values), Characters.Shorten(shown));
        if (schema.NoneOf is { } denied && denied.Contains(value))
            Fail(FieldErrors.NoneOf, Join(denied), Characters.Shorten(shown));
    }

    private static string Join(IReadOnlyList<object?> values) => string.Join(", ", values.Select(one => one ?? "null"));

    private static int IndexOf(IReadOnlyList<SchemaProperty> properties, ref Utf8JsonReader reader)
    {
        for (var i = 0; i < properties.Count; i++)
        {
            if (reader.ValueTextEquals(properties[i].Utf8Name))
                return i;
        }
        return -1;
    }

    /// <summary>The token's text when asked for; false when its escapes make no text.</summary>
    private static bool TryGetText(ref Utf8JsonReader reader, out string? text, bool always)
    {
        text = null;
        if (!always && !reader.ValueIsEscaped)
            return true;
        try
        {
            text = reader.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static JsonTypes TypeOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => JsonTypes.Object,
        JsonTokenType.StartArray => JsonTypes.Array,
        JsonTokenType.String => JsonTypes.String,
        JsonTokenType.Number when reader.TryGetInt64(out _) || reader.TryGetUInt64(out _) => JsonTypes.Integer,
        JsonTokenType.Number => JsonTypes.Fraction,
        JsonTokenType.Null => JsonTypes.Null,
        _ => JsonTypes.Boolean,
    };

    private static string NameOf(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "object",
        JsonTokenType.StartArray => "array",
        JsonTokenType.String => "string",
        JsonTokenType.Number => Raw(ref reader),
        JsonTokenType.Null => "null",
        _ => "boolean",
    };

    private static string Names(JsonTypes types) => string.Join(" / ", new[]
    {
        (JsonTypes.Object, "object"), (JsonTypes.Array, "array"), (JsonTypes.String, "string"), (JsonTypes.Number, "number"),
        (JsonTypes.Integer, "integer"), (JsonTypes.Boolean, "boolean"), (JsonTypes.Null, "null"),
    }.Where(pair => (types & pair.Item1) == pair.Item1 && !(pair.Item1 == JsonTypes.Integer && types.HasFlag(JsonTypes.Number))).Select(pair => pair.Item2));

    private static string Raw(ref Utf8JsonReader reader) => Characters.Shorten(Encoding.ASCII.GetString(reader.ValueSpan));

    private void Fail(string code, params object[] args) => FailAt(null, code, args);

    private void FailAt(string? below, string code, params object[] args)
    {
        if (_errors.Count >= MaxErrors)
            return;
        var pointer = new StringBuilder(_root);
        foreach (var step in _path)
            Append(pointer, step);
        if (below is not null)
            Append(pointer, new Step(below, 0));
        _errors.Add(new FieldError(pointer.ToString(), code, args));
    }

    private static void Append(StringBuilder pointer, Step step)
    {
        pointer.Append('/');
        if (step.Name is null)
            pointer.Append(CultureInfo.InvariantCulture, $"{step.Index}");
        else
            pointer.Append(Escape(step.Name));
    }

    /// <summary>A name as it stands in a JSON pointer.</summary>
    public static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>A property by name, or else an item by index.</summary>
    private readonly record struct Step(string? Name, int Index);
}
