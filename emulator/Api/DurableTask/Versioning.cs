namespace Microsoft.DurableTask.Abstractions;

/// <summary>How two versions of an orchestration compare.</summary>
public static class TaskOrchestrationVersioningUtils
{
    /// <summary>Below, at or above zero; no version is older than any, numbers count as numbers, the rest as text.</summary>
    public static int CompareVersions(string sourceVersion, string otherVersion)
    {
        var (noSource, noOther) = (string.IsNullOrWhiteSpace(sourceVersion), string.IsNullOrWhiteSpace(otherVersion));
        if (noSource || noOther)
            return noOther.CompareTo(noSource);
        return Version.TryParse(sourceVersion, out var source) && Version.TryParse(otherVersion, out var other)
            ? source.CompareTo(other)
            : string.Compare(sourceVersion, otherVersion, StringComparison.OrdinalIgnoreCase);
    }
}
