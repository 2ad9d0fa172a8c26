using System.Text.Json;

namespace Tasklane.Emulator.Timers;

/// <summary>
/// Remembers each timer's last and next occurrence in a file, as the real host does in a blob, so that one missed while
/// the host was down is made up for.
/// </summary>
internal sealed class TimerMonitor(string directory)
{
    /// <exception cref="OwnFileException">The file is there and cannot be read; the message says why.</exception>
    public ScheduleStatus? Read(string function)
    {
        try
        {
            return OwnFiles.Read(FileOf(function)) is { } json ? JsonSerializer.Deserialize<ScheduleStatus>(json) : null;
        }
        catch (JsonException)
        {
            // Half written by something else: it starts afresh.
            return null;
        }
    }

    /// <exception cref="OwnFileException">It cannot be written; the message says why.</exception>
    public void Write(string function, ScheduleStatus status) =>
        OwnFiles.Write(FileOf(function), JsonSerializer.SerializeToUtf8Bytes(status));

    private string FileOf(string function) => Path.Combine(directory, function + ".json");
}
