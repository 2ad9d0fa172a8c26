using Microsoft.Extensions.Logging;

namespace Microsoft.DurableTask;

public abstract partial class TaskOrchestrationContext
{
    /// <summary>Loggers that say each thing once: nothing while history is replayed.</summary>
    private sealed class QuietInReplay(TaskOrchestrationContext context) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            new QuietLogger(context, context.LoggerFactory.CreateLogger(categoryName));

        public void AddProvider(ILoggerProvider provider) => context.LoggerFactory.AddProvider(provider);

        public void Dispose()
        {
            // The inner factory belongs to the host.
        }
    }

    private sealed class QuietLogger(TaskOrchestrationContext context, ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => !context.IsReplaying && inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!context.IsReplaying)
                inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
