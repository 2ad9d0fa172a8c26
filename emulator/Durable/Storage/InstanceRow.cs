using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Storage;

/// <summary>What never changes about an instance, and where the writer has put its history.</summary>
internal sealed class InstanceRow(
    long key, string id, string name, string? version, IReadOnlyDictionary<string, string>? tags, long created)
{
    public long Key { get; } = key;

    public string Id { get; } = id;

    public string Name { get; } = name;

    public string? Version { get; } = version;

    public IReadOnlyDictionary<string, string>? Tags { get; } = tags;

    /// <summary>UTC ticks.</summary>
    public long Created { get; } = created;

    /// <summary>Oldest history row of the generation. Once the instance lives, only the writer thread touches it.</summary>
    public long First { get; set; }

    /// <summary>Newest history row. Once the instance lives, only the writer thread touches it.</summary>
    public long Head { get; set; }
}

/// <summary>An instance as the database has it.</summary>
internal sealed record StoredInstance(InstanceRow Row, P.OrchestrationStatus Status, long Updated, string? Custom);

/// <summary>An entity as the database has it.</summary>
internal sealed record StoredEntity(long Key, string Id, string? State, string? Owner, long Updated);
