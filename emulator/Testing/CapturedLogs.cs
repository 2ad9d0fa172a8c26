using System.Collections;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Testing;

/// <summary>What the host and the app logged, in the order in which the host took it.</summary>
public sealed class CapturedLogs : IEnumerable<CapturedLog>
{
    private readonly CapturedSequence<CapturedLog> _logs = new();

    /// <summary>How many there are.</summary>
    public int Count => _logs.Snapshot().Count;

    /// <summary>What one function logged.</summary>
    public IEnumerable<CapturedLog> Of(string function) =>
        this.Where(log => function.Equals(log.Function, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// The first line, already there or yet to come, that a condition holds for. A worker's logs may arrive after the answer they
    /// belong to, so wait for a line rather than look for it.
    /// </summary>
    /// <param name="condition">What the line is known by.</param>
    /// <param name="timeout">How long to wait; 30 seconds when null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="TimeoutException">None came in time.</exception>
    public Task<CapturedLog> WaitAsync(Func<CapturedLog, bool> condition, TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        _logs.WaitAsync(condition, "log line", timeout, cancellationToken);

    public void Clear() => _logs.Clear();

    public IEnumerator<CapturedLog> GetEnumerator() => _logs.Snapshot().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal void Record(CapturedLog log) => _logs.Add(log);
}

/// <summary>One line of the log.</summary>
/// <param name="Category">`Function.NAME.User` for what a function logs; the host's or the worker's own category for the rest.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Message">The line, with the exception of the app where it logged one.</param>
/// <param name="Exception">An exception of the host; those of the app come as text.</param>
public sealed record CapturedLog(string Category, LogLevel Level, string Message, Exception? Exception)
{
    /// <summary>The function that logged it; null for all else.</summary>
    public string? Function => Category.Split('.') is ["Function", var name, "User"] ? name : null;

    public override string ToString() => $"{Level} {Category}: {Message}";
}

/// <summary>Takes the host's log into a test's hands.</summary>
internal sealed class LogCapture(CapturedLogs logs) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Writer(categoryName, logs);

    public void Dispose()
    {
    }

    private sealed class Writer(string category, CapturedLogs logs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logs.Record(new CapturedLog(category, logLevel, formatter(state, exception), exception));
    }
}
