using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tasklane.Client.Schedules;

/// <summary>What is done about ticks that nobody was there for.</summary>
[JsonConverter(typeof(Json.EnumConverter<MissedTicks>))]
public enum MissedTicks
{
    Skip,
    Once,
    All,
}

/// <summary>What is done while the task of the tick before has not ended.</summary>
[JsonConverter(typeof(Json.EnumConverter<Overlap>))]
public enum Overlap
{
    Skip,
    Queue,
    Cancel,
}

/// <summary>A schedule to be made: one of <see cref="Cron"/>, <see cref="EverySeconds"/> and <see cref="At"/>. What is null is as the service has it by default.</summary>
/// <param name="Task">What each tick makes.</param>
public sealed record NewSchedule(NewTask Task)
{
    public string? Name { get; init; }

    /// <summary>Five fields, or six with seconds first.</summary>
    public string? Cron { get; init; }

    public double? EverySeconds { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>IANA or Windows name, for <see cref="Cron"/>; UTC by default.</summary>
    public string? TimeZone { get; init; }

    public DateTimeOffset? From { get; init; }
    public MissedTicks? Missed { get; init; }
    public Overlap? Overlap { get; init; }
    public bool? Paused { get; init; }
}

/// <summary>A schedule as the service has it.</summary>
public sealed record Schedule
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public required string Owner { get; init; }
    public string? Cron { get; init; }
    public double? EverySeconds { get; init; }
    public DateTimeOffset? At { get; init; }
    public required string TimeZone { get; init; }
    public DateTimeOffset? From { get; init; }
    public MissedTicks Missed { get; init; }
    public Overlap Overlap { get; init; }
    public bool Paused { get; init; }

    /// <summary>What each tick makes, as it was given.</summary>
    public required JsonElement Task { get; init; }

    public DateTimeOffset? NextAt { get; init; }
    public DateTimeOffset? LastAt { get; init; }
    public string? LastTaskId { get; init; }
    public string? LastError { get; init; }
    public long Fired { get; init; }
    public long Skipped { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public long Version { get; init; }

    /// <summary>The next ten ticks; not in lists.</summary>
    public IReadOnlyList<DateTimeOffset> Next { get; init; } = [];
}
