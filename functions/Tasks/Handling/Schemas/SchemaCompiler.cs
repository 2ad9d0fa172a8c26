using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Tasklane.Tasks.Handling.Schemas;

/// <summary>Makes a schema ready for checking. A keyword it does not know is an error at start, so that nothing published goes unchecked.</summary>
internal sealed class SchemaCompiler
{
    /// <summary>Seen properties are kept in the bits of a ulong.</summary>
    private const int MaxProperties = 64;

    private readonly JsonNode _root;
    private readonly Dictionary<JsonNode, SchemaNode> _done = [];

    private SchemaCompiler(JsonNode root) => _root = root;

    public static SchemaNode Compile(JsonNode schema) => new SchemaCompiler(schema).Node(schema);

    private SchemaNode Node(JsonNode? schema)
    {
        if (schema is JsonValue value)
        {
            return value.GetValueKind() == JsonValueKind.True
                ? SchemaNode.Anything
                : throw new NotSupportedException("A schema of 'false' where a value may stand.");
        }
        if (schema is not JsonObject keywords)
            throw new NotSupportedException("A schema must be an object or true.");
        if (keywords["$ref"] is { } reference)
            return Node(Resolve(reference.GetValue<string>()));
        if (_done.TryGetValue(keywords, out var known))
            return known;

        // Known before its parts are: a record may hold itself.
        var node = _done[keywords] = new SchemaNode();
        foreach (var (keyword, part) in keywords)
            Add(node, keyword, part, keywords);
        return node;
    }

    private void Add(SchemaNode node, string keyword, JsonNode? part, JsonObject all)
    {
        switch (keyword)
        {
            case "type":
                node.Types = TypesOf(part!);
                break;
            case "enum":
                node.OneOf = [.. part!.AsArray().Select(ValueOf)];
                break;
            case "not" when part is JsonObject { Count: 1 } denied && denied["enum"] is JsonArray values:
                node.NoneOf = [.. values.Select(ValueOf)];
                break;
            case "properties":
                node.Properties = Properties(part!.AsObject(), all["required"] as JsonArray ?? []);
                break;
            case "additionalProperties":
                node.OtherProperties = part!.GetValueKind() == JsonValueKind.False ? null : Node(part);
                break;
            case "items":
                node.Items = Node(part);
                break;
            case "minItems":
                node.MinItems = part!.GetValue<int>();
                break;
            case "maxItems":
                node.MaxItems = part!.GetValue<int>();
                break;
            case "minLength":
                node.MinLength = part!.GetValue<int>();
                break;
            case "maxLength":
                node.MaxLength = part!.GetValue<int>();
                break;
            case "minimum":
                node.Minimum = Bound(part!);
                break;
            case "maximum":
                node.Maximum = Bound(part!);
                break;
            case "exclusiveMinimum":
                node.ExclusiveMinimum = Bound(part!);
                break;
            case "exclusiveMaximum":
                node.ExclusiveMaximum = Bound(part!);
                break;
            case "pattern":
                node.PatternText = part!.GetValue<string>();
                node.Pattern = PatternOf(node.PatternText);
                break;
            case "format":
                node.Format = Formats.Known(part!.GetValue<string>());
                break;
            case "required": // with "properties"
            case "description" or "title" or "default" or "$schema" or "$comment":
            case "contentEncoding" or "minProperties" or "maxProperties": // for who fills in a form; PayloadRules checks it
                break;
            default:
                throw new NotSupportedException($"The payload's schema uses '{keyword}', which is not checked. Use a simpler type.");
        }
    }

    private SchemaProperty[] Properties(JsonObject properties, JsonArray required)
    {
        if (properties.Count > MaxProperties)
            throw new NotSupportedException($"A payload record may have {MaxProperties} properties, not {properties.Count}.");
        var names = required.Select(name => name!.GetValue<string>()).ToHashSet(StringComparer.Ordinal);
        return [.. properties.Select(property => new SchemaProperty(
            property.Key, Encoding.UTF8.GetBytes(property.Key), Node(property.Value), names.Contains(property.Key)))];
    }

    private JsonNode Resolve(string reference)
    {
        var at = _root;
        foreach (var step in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Uri.UnescapeDataString(step).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            at = at is JsonArray array ? array[int.Parse(name, CultureInfo.InvariantCulture)]! : at[name]!;
        }
        return at;
    }

    private static JsonTypes TypesOf(JsonNode type) => type is JsonArray several
        ? several.Aggregate(JsonTypes.None, (all, one) => all | TypesOf(one!))
        : type.GetValue<string>() switch
        {
            "object" => JsonTypes.Object,
            "array" => JsonTypes.Array,
            "string" => JsonTypes.String,
            "integer" => JsonTypes.Integer,
            "number" => JsonTypes.Number,
            "boolean" => JsonTypes.Boolean,
            "null" => JsonTypes.Null,
            var other => throw new NotSupportedException($"There is no JSON type '{other}'."),
        };

    private static object? ValueOf(JsonNode? value) => value?.GetValueKind() switch
    {
        null or JsonValueKind.Null => null,
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => decimal.Parse(value.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException("Only plain values can be listed in 'enum'."),
    };

    /// <summary>Null for a bound that no decimal reaches: it bounds nothing that could be met.</summary>
    private static decimal? Bound(JsonNode bound) =>
        decimal.TryParse(bound.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>Linear in time whatever the input; and '$' is the very end, as in the dialect of JSON Schema.</summary>
    private static Regex PatternOf(string pattern) => new(
        pattern.EndsWith('$') && !pattern.EndsWith("\\$", StringComparison.Ordinal) ? pattern[..^1] + "\\z" : pattern,
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
