using System.Text.Json;

namespace Tasklane.Emulator.Timers;

/// <summary>
/// Remembers each timer's last and next occurrence in a file, as the real host does in a blob, so that one missed while
/// the host was down is made up for.
/// </summary>
internal sealed class TimerMonitor(string directory)
{
    public ScheduleStatus? Read(string function)
    {
        try
        {
            return JsonSerializer.Deserialize<ScheduleStatus>(File.ReadAllBytes(FileOf(function)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            // Never ran, or a file half written by something else: both start afresh.
            return null;
        }
    }

    /// <summary>Whole or not at all, whenever the process dies.</summary>
    public void Write(string function, ScheduleStatus status)
    {
        OwnFiles.CreateDirectory(directory);
        var file = FileOf(function);
        OwnFiles.Create(file + ".new");
        File.WriteAllBytes(file + ".new", JsonSerializer.SerializeToUtf8Bytes(status));
        File.Move(file + ".new", file, overwrite: true);
    }

    private string FileOf(string function) => Path.Combine(directory, function + ".json");
}
