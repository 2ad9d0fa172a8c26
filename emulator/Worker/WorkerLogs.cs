using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker;

/// <summary>Writes what the worker logs to the host's log, under the categories that host.json filters by.</summary>
internal sealed class WorkerLogs(ILoggerFactory loggers)
{
    private readonly ConcurrentDictionary<string, ILogger> _byCategory = new();

    /// <summary>Names the function of an invocation; null for one that has ended.</summary>
    public Func<string, string?>? FunctionOf { get; set; }

    public void Write(RpcLog log)
    {
        var logger = _byCategory.GetOrAdd(Category(log), static (category, loggers) => loggers.CreateLogger(category), loggers);
        var level = (LogLevel)log.Level;
        if (!logger.IsEnabled(level))
            return;
        if (log.Exception is { } error)
            logger.Log(level, "{Message}{NewLine}{Error}", log.Message, Environment.NewLine, Text(error));
        else
            logger.Log(level, "{Message}", log.Message);
    }

    // The real host's categories: `Function.NAME.User` for what a function logs, the worker's own for the rest.
    private string Category(RpcLog log)
    {
        if (log.LogCategory == RpcLog.Types.RpcLogCategory.User && log.InvocationId.Length > 0
            && FunctionOf?.Invoke(log.InvocationId) is { } function)
            return $"Function.{function}.User";
        return log.Category.Length == 0 ? "Worker" : log.Category;
    }

    private static string Text(RpcException error) =>
        error.StackTrace.Length == 0 ? error.Message : $"{error.Message}{Environment.NewLine}{error.StackTrace}";
}
