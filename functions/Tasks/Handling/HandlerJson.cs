using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Tasklane.Tasks.Handling;

/// <summary>How payloads, results and checkpoints are read and written: camelCase, enums by lower-case name, nothing unknown, nothing missing.</summary>
public static class HandlerJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>The same for what is only written, with times as everywhere in the API. Not for payloads: a converter hides a type from its schema.</summary>
    public static JsonSerializerOptions Results { get; } = new(Options) { Converters = { new Timestamps.Converter() } };

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            Encoder = PlainEncoder.Instance,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
        };
        options.MakeReadOnly();
        return options;
    }
}
