using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>Levels of log lines as sent.</summary>
internal static class LevelNames
{
    public const string All = "debug, info, warning, error";

    public static string Of(TaskLogLevel level) => level switch
    {
        TaskLogLevel.Debug => "debug",
        TaskLogLevel.Info => "info",
        TaskLogLevel.Warning => "warning",
        _ => "error",
    };

    public static TaskLogLevel? Find(string name) => name switch
    {
        "debug" => TaskLogLevel.Debug,
        "info" => TaskLogLevel.Info,
        "warning" => TaskLogLevel.Warning,
        "error" => TaskLogLevel.Error,
        _ => null,
    };
}
