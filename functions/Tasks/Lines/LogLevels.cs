namespace Tasklane.Tasks.Lines;

/// <summary>The levels that log lines are sorted into, mildest first, and the many names they go by.</summary>
public static class LogLevels
{
    public static IReadOnlyList<string> All { get; } = ["trace", "debug", "info", "warning", "error", "fatal"];

    /// <summary>Index of <c>error</c> in <see cref="All"/>: this and what follows are errors.</summary>
    public const int Error = 4;

    public const int Warning = 3;

    public const int Info = 2;

    /// <summary>The level's usual name; null when the word names none.</summary>
    public static string? Find(ReadOnlySpan<char> word)
    {
        if (word.Length is 0 or > 13)
            return null;
        Span<char> lower = stackalloc char[word.Length];
        word.ToLowerInvariant(lower);
        return lower switch
        {
            "trace" or "trc" or "verbose" => "trace",
            "debug" or "dbg" => "debug",
            "info" or "inf" or "information" or "informational" or "notice" => "info",
            "warn" or "warning" or "wrn" => "warning",
            "error" or "err" or "severe" => "error",
            "fatal" or "ftl" or "critical" or "crit" or "panic" or "emerg" or "emergency" or "alert" => "fatal",
            _ => null,
        };
    }

    /// <summary>Index into <see cref="All"/>; that of info for a name that is none of them.</summary>
    public static int Rank(string level) => Find(level) switch
    {
        "trace" => 0,
        "debug" => 1,
        "warning" => Warning,
        "error" => Error,
        "fatal" => 5,
        _ => Info,
    };
}
