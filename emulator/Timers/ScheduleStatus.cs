namespace Tasklane.Emulator.Timers;

/// <summary>What is remembered of a timer, and told to its function. UTC; default for never.</summary>
internal sealed class ScheduleStatus
{
    public DateTime Last { get; set; }

    public DateTime Next { get; set; }

    public DateTime LastUpdated { get; set; }
}
