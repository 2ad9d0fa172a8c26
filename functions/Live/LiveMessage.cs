using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tasklane.Tasks;

namespace Tasklane.Live;

/// <summary>
/// An event as clients get it: <c>{id, version, event, at, createdBy, changed}</c>, where <c>changed</c> has the fields that
/// changed. Its JSON is written once, for however many receivers.
/// </summary>
[JsonConverter(typeof(Converter))]
public sealed class LiveMessage
{
    private readonly ReadOnlyMemory<byte> _json;

    public LiveMessage(TaskEvent change)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + change.Data.Length);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = PlainEncoder.Instance, SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("id", change.TaskId);
            json.WriteNumber("version", change.Version);
            json.WriteString("event", change.Name);
            Timestamps.Write(json, "at"u8, change.At);
            json.WriteString("createdBy", change.Owner);
            json.WritePropertyName("changed");
            json.WriteRawValue(change.Data, skipInputValidation: true);
            json.WriteEndObject();
        }
        _json = buffer.WrittenMemory;
    }

    private sealed class Converter : JsonConverter<LiveMessage>
    {
        public override LiveMessage Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new JsonException("A live message is only ever sent.");

        public override void Write(Utf8JsonWriter writer, LiveMessage value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value._json.Span, skipInputValidation: true);
    }
}
