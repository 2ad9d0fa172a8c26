using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.Logging;

/// <summary>Metrics by way of the log.</summary>
public static class FunctionsLoggerExtensions
{
    public static void LogMetric(this ILogger logger, string name, double value, IDictionary<string, object>? properties = null)
    {
        ArgumentNullException.ThrowIfNull(logger);
        Dictionary<string, object?> state = properties is null ? [] : properties.ToDictionary(p => p.Key, p => (object?)p.Value);
        state["Name"] = name;
        state["Value"] = value;
        logger.Log(LogLevel.Information, default, state, null, static (metric, _) => $"{metric["Name"]}: {metric["Value"]}");
    }
}
