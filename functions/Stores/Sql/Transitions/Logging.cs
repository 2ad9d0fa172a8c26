using Tasklane.Stores.Sql.Statements;
using Tasklane.Stores.Sql.Transactions;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Sql.Transitions;

/// <summary>
/// A task's log. It keeps its first and its last lines, half of <see cref="TasklaneOptions.MaxLogLines"/> each. The task's row knows how many
/// there have been and which were dropped, so that no report has to count them.
/// </summary>
internal static class Logging
{
    /// <summary>Lines dropped by one report beyond as many as it brings: where the option has become smaller, they go little by little.</summary>
    private const int DroppedAtOnce = 500;

    public static void WriteLog(this TaskTransaction transaction, TaskRow row, IReadOnlyList<TaskLogLine> lines)
    {
        var half = transaction.Options.MaxLogLines / 2;
        var written = row.LogLines;
        row.LogLines += lines.Count;
        // What has been dropped is one range: it begins where the first half ends, and grows with the log.
        var droppedTo = Math.Min(row.LogLines - half, Math.Max(row.LogDroppedTo, half) + lines.Count + DroppedAtOnce);
        if (droppedTo > Math.Max(row.LogDroppedTo, half))
        {
            if (row.LogDroppedTo == 0) row.LogDroppedAfter = row.LogDroppedTo = half;
            if (row.LogDroppedTo < written)
                transaction.Session.Write(Writes.DropSomeLogs).Text(row.Id).Int(row.LogDroppedTo).Int(droppedTo).Run();
            row.LogDroppedTo = droppedTo;
        }
        for (var i = 0; i < lines.Count; i++)
        {
            var (line, number) = (lines[i], written + i + 1);
            if (number > row.LogDroppedAfter && number <= row.LogDroppedTo) continue;
            transaction.Session.Write(Writes.NewLog)
                .Int(transaction.NextLog()).Text(row.Id).Int(number).Text(LogLevels.Name(line.Level)).Text(line.Message).Time(line.At).Run();
        }
        transaction.Touch(row);
    }

    /// <summary>Drops so many lines more: the last of the first half, then the first of the last.</summary>
    public static void ShrinkLog(this TaskTransaction transaction, TaskRow row, int most)
    {
        var fromFirst = Math.Min(row.LogDroppedAfter, most);
        var fromLast = Math.Min(row.LogLines - row.LogDroppedTo, most - fromFirst);
        var (after, to) = (row.LogDroppedAfter - fromFirst, row.LogDroppedTo + fromLast);
        transaction.Session.Write(Writes.DropSomeLogs).Text(row.Id).Int(after).Int(to).Run();
        (row.LogDroppedAfter, row.LogDroppedTo) = (after, to);
        transaction.Touch(row);
    }
}

/// <summary>Levels as the log table writes them.</summary>
internal static class LogLevels
{
    private static readonly string[] Names = ["DEBUG", "INFO", "WARNING", "ERROR"];

    public static string Name(TaskLogLevel level) => Names[(int)level];

    public static TaskLogLevel Of(string name) => (TaskLogLevel)Array.IndexOf(Names, name);

    /// <summary>This level and all graver ones.</summary>
    public static IReadOnlyList<string> AtLeast(TaskLogLevel level) => Names[(int)level..];
}
