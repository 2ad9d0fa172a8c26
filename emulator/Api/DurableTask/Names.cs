namespace Microsoft.DurableTask;

/// <summary>The name of an orchestrator, activity or entity; compared without case.</summary>
public readonly struct TaskName(string name) : IEquatable<TaskName>
{
    public string Name { get; } = name;

    [Obsolete("Refer to TaskVersion instead.")]
    public string Version => string.Empty;

    public static implicit operator string(TaskName value) => value.Name;

    public static implicit operator TaskName(string value) => string.IsNullOrEmpty(value) ? default : new TaskName(value);

    public static bool operator ==(TaskName a, TaskName b) => a.Equals(b);

    public static bool operator !=(TaskName a, TaskName b) => !a.Equals(b);

    public bool Equals(TaskName other) => string.Equals(Name, other.Name, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => obj is TaskName other && Equals(other);

    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Name ?? string.Empty);

    public override string ToString() => Name ?? string.Empty;
}

/// <summary>The version of an orchestration or activity; empty = unversioned. Compared without case.</summary>
public readonly struct TaskVersion(string? version) : IEquatable<TaskVersion>
{
    public static readonly TaskVersion Unversioned = new(string.Empty);

    private readonly string? version = version;

    public string Version => version ?? string.Empty;

    public static implicit operator string(TaskVersion value) => value.Version;

    public static implicit operator TaskVersion(string? value) => new(value);

    public static bool operator ==(TaskVersion a, TaskVersion b) => a.Equals(b);

    public static bool operator !=(TaskVersion a, TaskVersion b) => !a.Equals(b);

    public bool Equals(TaskVersion other) => string.Equals(Version, other.Version, StringComparison.OrdinalIgnoreCase);

    public override bool Equals(object? obj) => obj is TaskVersion other && Equals(other);

    public override int GetHashCode() => StringComparer.OrdinalIgnoreCase.GetHashCode(Version);
}

/// <summary>Names a class-based orchestrator, activity or entity.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false, Inherited = false)]
public sealed class DurableTaskAttribute(string? name = null) : Attribute
{
    public TaskName Name { get; } = name!;

    public string? Version { get; set; }
}

/// <summary>Names the external event whose payload the type is.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, AllowMultiple = false, Inherited = false)]
public sealed class DurableEventAttribute(string? name = null) : Attribute
{
    public TaskName Name { get; } = name!;
}
