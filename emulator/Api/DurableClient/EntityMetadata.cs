using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.DurableTask.Entities;

namespace Microsoft.DurableTask.Client.Entities;

/// <summary>What an entity was like when it was read.</summary>
[JsonConverter(typeof(EntityMetadataConverter))]
public class EntityMetadata<TState>(EntityInstanceId id)
{
    private readonly TState? state;

    public EntityMetadata(EntityInstanceId id, TState? state)
        : this(id)
    {
        IncludesState = state is not null;
        this.state = state;
    }

    public EntityInstanceId Id { get; } = id;

    public DateTimeOffset LastModifiedTime { get; init; }

    /// <summary>Operations that wait.</summary>
    public int BacklogQueueSize { get; init; }

    /// <summary>The orchestration in whose critical section the entity is.</summary>
    public string? LockedBy { get; init; }

    [MemberNotNullWhen(true, nameof(State))]
    [MemberNotNullWhen(true, nameof(state))]
    public bool IncludesState { get; }

    /// <exception cref="InvalidOperationException">There is no state, or it was not asked for.</exception>
    public TState? State => IncludesState
        ? state
        : throw new InvalidOperationException($"Entity '{Id}' was read without its state; see {nameof(IncludesState)}.");
}

/// <summary>An entity with its state still serialized.</summary>
[JsonConverter(typeof(EntityMetadataConverter))]
public sealed class EntityMetadata(EntityInstanceId id, SerializedData? state = null)
    : EntityMetadata<SerializedData>(id, state);

/// <summary>Writes entities flat, the state as JSON of its own. Entities are results: they are never read back.</summary>
internal sealed class EntityMetadataConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) =>
        typeToConvert == typeof(EntityMetadata)
        || (typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(EntityMetadata<>));

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeToConvert == typeof(EntityMetadata)
            ? typeof(Converter<EntityMetadata, SerializedData>)
            : typeof(Converter<,>).MakeGenericType(typeToConvert, typeToConvert.GetGenericArguments()[0]))!;

    private sealed class Converter<TEntity, TState> : JsonConverter<TEntity>
        where TEntity : EntityMetadata<TState>
    {
        public override TEntity Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("Entity metadata can only be written.");

        public override void Write(Utf8JsonWriter writer, TEntity value, JsonSerializerOptions options)
        {
            writer.WriteStartObject();
            writer.WriteString("id", value.Id.ToString());
            writer.WriteString("lastModifiedTime", value.LastModifiedTime);
            if (value.BacklogQueueSize > 0)
                writer.WriteNumber("backlogQueueSize", value.BacklogQueueSize);
            if (value.LockedBy is not null)
                writer.WriteString("lockedBy", value.LockedBy);
            if (value.IncludesState)
            {
                writer.WritePropertyName("state");
                if (value.State is SerializedData data)
                    writer.WriteRawValue(data.Value);
                else
                    JsonSerializer.Serialize(writer, value.State, options);
            }

            writer.WriteEndObject();
        }
    }
}
