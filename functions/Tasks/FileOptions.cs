namespace Tasklane.Tasks;

/// <summary>Files that users upload.</summary>
public sealed class FileOptions
{
    /// <summary>Most bytes of one file (1 to 1 TiB).</summary>
    public long MaxBytes { get; set; } = 1_073_741_824;

    /// <summary>Most bytes of all files of a user together; 0 = unlimited.</summary>
    public long MaxBytesPerUser { get; set; } = 4_294_967_296;

    /// <summary>Most files of a user (1 to 100,000).</summary>
    public int MaxPerUser { get; set; } = 1_000;

    /// <summary>How long a file is kept, in hours from its creation (0.1 to 8784).</summary>
    public double KeepHours { get; set; } = 72;

    internal IEnumerable<string> Problems()
    {
        if (MaxBytes is < 1 or > 1L << 40) yield return $"Tasklane:Files:MaxBytes is {MaxBytes}; it must be 1 to {1L << 40}.";
        if (MaxBytesPerUser < 0) yield return $"Tasklane:Files:MaxBytesPerUser is {MaxBytesPerUser}; it must be 0 (unlimited) or more.";
        if (MaxPerUser is < 1 or > 100_000) yield return $"Tasklane:Files:MaxPerUser is {MaxPerUser}; it must be 1 to 100000.";
        if (!(KeepHours >= 0.1 && KeepHours <= 8784)) yield return $"Tasklane:Files:KeepHours is {KeepHours}; it must be 0.1 to 8784.";
    }
}
