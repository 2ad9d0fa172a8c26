using System.Text.Json;
using System.Text.Json.Serialization;

namespace Microsoft.DurableTask.Entities;

/// <summary>An entity's address; as text <c>@name@key</c>, the name in lower case.</summary>
[JsonConverter(typeof(JsonConverter))]
public readonly record struct EntityInstanceId
{
    /// <exception cref="ArgumentException">No name, or one with an '@'.</exception>
    public EntityInstanceId(string name, string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(key);
        if (name.Contains('@', StringComparison.Ordinal))
            throw new ArgumentException("Entity names may not contain '@'.", nameof(name));

        // Names of functions are case-insensitive; one spelling makes one entity.
#pragma warning disable CA1308
        Name = name.ToLowerInvariant();
#pragma warning restore CA1308
        Key = key;
    }

    public string Name { get; }

    public string Key { get; }

    /// <exception cref="ArgumentException">Not of the form <c>@name@key</c>.</exception>
    public static EntityInstanceId FromString(string instanceId)
    {
        ArgumentException.ThrowIfNullOrEmpty(instanceId);
        var second = instanceId[0] == '@' ? instanceId.IndexOf('@', 1) : -1;
        return second > 1
            ? new EntityInstanceId(instanceId[1..second], instanceId[(second + 1)..])
            : throw new ArgumentException($"Instance ID '{instanceId}' is not a valid entity ID.", nameof(instanceId));
    }

    public override string ToString() => $"@{Name}@{Key}";

    private sealed class JsonConverter : JsonConverter<EntityInstanceId>
    {
        public override EntityInstanceId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.StartObject ? ReadObject(ref reader) : FromString(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, EntityInstanceId value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.ToString());

        private static EntityInstanceId ReadObject(ref Utf8JsonReader reader)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return new EntityInstanceId(Text("name"), Text("key"));

            string Text(string name)
            {
                foreach (var property in document.RootElement.EnumerateObject())
                {
                    if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                        return property.Value.GetString() ?? string.Empty;
                }

                throw new JsonException($"An entity id needs a {name}.");
            }
        }
    }
}
