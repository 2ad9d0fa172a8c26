using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;

namespace Tasklane.Tasks.Handling.Schemas;

/// <summary>
/// The JSON Schema of a payload record: the serializer's own, plus keywords for the attributes of DataAnnotations on its
/// properties or constructor parameters, and the bounds of the number types, so that what fits the schema can be read.
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
        // Attributes of a positional record's parameter stay on the parameter unless told otherwise.
        foreach (var source in new[] { context.PropertyInfo?.AssociatedParameter?.AttributeProvider, context.PropertyInfo?.AttributeProvider })
        {
            foreach (var attribute in source?.GetCustomAttributes(inherit: true) ?? [])
                Add(schema, attribute);
        }
        return schema;
    }

    private static void Add(JsonObject schema, object attribute)
    {
        var isArray = schema["items"] is not null;
        var (least, most) = isArray ? ("minItems", "maxItems") : ("minLength", "maxLength");
        switch (attribute)
        {
            case DescriptionAttribute about:
                schema["description"] = about.Description;
                break;
            case RangeAttribute range:
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
            case MaxLengthAttribute length:
                schema[most] = length.Length;
                break;
            case RegularExpressionAttribute expression:
                schema["pattern"] = $"^(?:{expression.Pattern})$";
                break;
            case AllowedValuesAttribute allowed:
                schema["enum"] = new JsonArray([.. allowed.Values.Select(value => JsonSerializer.SerializeToNode(value, HandlerJson.Options))]);
                break;
        }
    }

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

    private static JsonNode Number(object value) =>
        value is int whole ? JsonValue.Create(whole) : JsonValue.Create(Convert.ToDouble(value, CultureInfo.InvariantCulture));
}
