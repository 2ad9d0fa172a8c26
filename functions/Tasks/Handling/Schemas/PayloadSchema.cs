using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Tasklane.Tasks.Handling.Schemas;

/// <summary>
/// The JSON Schema of a payload record: the serializer's own, plus keywords for what of the attributes of DataAnnotations a
/// schema can say (<see cref="PayloadRules"/> checks the rest), and the bounds of the number types, so that what fits the schema
/// can be read.
/// </summary>
internal static class PayloadSchema
{
    private static readonly JsonSchemaExporterOptions Options = new()
    {
        TreatNullObliviousAsNonNullable = true,
        TransformSchemaNode = (context, node) => node is JsonObject schema ? Annotate(context, schema) : node,
    };

    public static JsonNode Of(Type payload) => HandlerJson.Options.GetJsonSchemaAsNode(payload, Options);

    private static JsonObject Annotate(JsonSchemaExporterContext context, JsonObject schema)
    {
        AddBounds(context.TypeInfo.Type, schema);
        if (context.TypeInfo.Type.GetCustomAttribute<DescriptionAttribute>() is { } about)
            schema["description"] = about.Description;
        if (context.PropertyInfo is { } property)
        {
            foreach (var attribute in Annotations.Of(property))
                Add(schema, attribute);
        }
        if (schema["properties"] is JsonObject)
            Require(schema, context.TypeInfo);
        return schema;
    }

    private static void Add(JsonObject schema, Attribute attribute)
    {
        var (least, most) = schema["items"] is not null ? ("minItems", "maxItems")
            : schema["additionalProperties"] is not null ? ("minProperties", "maxProperties")
            : ("minLength", "maxLength");
        switch (attribute)
        {
            case DescriptionAttribute about:
                schema["description"] = about.Description;
                break;
            case RequiredAttribute required:
                ForbidNull(schema);
                if (!required.AllowEmptyStrings && schema["type"] is JsonValue type && type.GetValueKind() == JsonValueKind.String && (string?)type == "string" && schema["minLength"] is null)
                    schema["minLength"] = 1;
                break;
            case RangeAttribute range when IsNumber(range.OperandType) && schema["enum"] is null && Has(schema, "number", "integer"):
                schema[range.MinimumIsExclusive ? "exclusiveMinimum" : "minimum"] = Number(range.Minimum);
                schema[range.MaximumIsExclusive ? "exclusiveMaximum" : "maximum"] = Number(range.Maximum);
                break;
            case StringLengthAttribute length:
                if (length.MinimumLength > 0) schema["minLength"] = length.MinimumLength;
                schema["maxLength"] = length.MaximumLength;
                break;
            case LengthAttribute length:
                schema[least] = length.MinimumLength;
                schema[most] = length.MaximumLength;
                break;
            case MinLengthAttribute length:
                schema[least] = length.Length;
                break;
            case MaxLengthAttribute { Length: > 0 } length:
                schema[most] = length.Length;
                break;
            case RegularExpressionAttribute expression when Has(schema, "string"):
                schema["pattern"] = $"^(?:{expression.Pattern})$";
                break;
            case AllowedValuesAttribute allowed:
                schema["enum"] = Values(allowed.Values);
                break;
            case DeniedValuesAttribute denied:
                schema["not"] = new JsonObject { ["enum"] = Values(denied.Values) };
                break;
            case EnumDataTypeAttribute { EnumType: { IsEnum: true } names } when Has(schema, "string") && schema["enum"] is null && !names.IsDefined(typeof(FlagsAttribute)):
                schema["enum"] = Values(Enum.GetNames(names));
                break;
            case EmailAddressAttribute:
                schema["format"] = "email";
                break;
            case UrlAttribute:
                schema["format"] = "uri";
                break;
            case Base64StringAttribute:
                schema["contentEncoding"] = "base64";
                break;
        }
    }

    /// <summary>[Required] is for the object that has the property to say, whatever the property's default.</summary>
    private static void Require(JsonObject schema, JsonTypeInfo type)
    {
        foreach (var property in type.Properties.Where(property => Annotations.Of(property).Any(one => one is RequiredAttribute)))
        {
            var names = schema["required"] as JsonArray;
            if (names is null)
                schema["required"] = names = [];
            if (!names.Any(name => (string?)name == property.Name))
                names.Add((JsonNode)property.Name);
        }
    }

    private static void ForbidNull(JsonObject schema)
    {
        if (schema["type"] is JsonArray types)
        {
            string[] others = [.. types.Select(type => (string)type!).Where(type => type != "null")];
            schema["type"] = others.Length == 1 ? others[0] : new JsonArray([.. others.Select(type => (JsonNode)type)]);
        }
        if (schema["enum"] is JsonArray values)
            schema["enum"] = new JsonArray([.. values.Where(value => value is not null).Select(value => value!.DeepClone())]);
        if (schema.TryGetPropertyValue("default", out var otherwise) && otherwise is null)
            schema.Remove("default");
    }

    private static bool Has(JsonObject schema, params ReadOnlySpan<string> types)
    {
        foreach (var type in types)
        {
            if (schema["type"] is JsonArray several ? several.Any(one => (string?)one == type) : (string?)schema["type"] == type)
                return true;
        }
        return false;
    }

    private static JsonArray Values(IEnumerable<object?> values) => [.. values.Select(value => JsonSerializer.SerializeToNode(value, HandlerJson.Options))];

    internal static bool IsNumber(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.Decimal && !type.IsEnum;

    private static void AddBounds(Type type, JsonObject schema)
    {
        (decimal Least, decimal Most)? bounds = Type.GetTypeCode(Nullable.GetUnderlyingType(type) ?? type) switch
        {
            _ when (Nullable.GetUnderlyingType(type) ?? type).IsEnum => null,
            TypeCode.Byte => (byte.MinValue, byte.MaxValue),
            TypeCode.SByte => (sbyte.MinValue, sbyte.MaxValue),
            TypeCode.Int16 => (short.MinValue, short.MaxValue),
            TypeCode.UInt16 => (ushort.MinValue, ushort.MaxValue),
            TypeCode.Int32 => (int.MinValue, int.MaxValue),
            TypeCode.UInt32 => (uint.MinValue, uint.MaxValue),
            TypeCode.Int64 => (long.MinValue, long.MaxValue),
            TypeCode.UInt64 => (ulong.MinValue, ulong.MaxValue),
            _ => null,
        };
        if (bounds is { } both)
        {
            schema["minimum"] = both.Least;
            schema["maximum"] = both.Most;
        }
    }

    private static JsonNode Number(object value) => value switch
    {
        int whole => JsonValue.Create(whole),
        double number => JsonValue.Create(number),
        _ => JsonValue.Create(Convert.ToDecimal(value, CultureInfo.InvariantCulture)), // limits given as text are read for their type
    };
}
