using System.Text.Json;
using Tasklane.Tasks.Schedules;

namespace Tasklane.Tasks.Http.Schedules;

/// <summary>Schedules as the API sends them.</summary>
internal static class ScheduleJson
{
    private const int NextTicks = 10;

    public static string NameOf<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());

    /// <summary>With its next ten ticks.</summary>
    public static void Write(Utf8JsonWriter json, Schedule schedule)
    {
        json.WriteStartObject();
        Fields(json, schedule);
        json.WriteStartArray("next"u8);
        if (schedule.Tick is { } tick)
            Ticks(json, schedule.Timing, tick.AddTicks(-1), NextTicks);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, (IReadOnlyList<Schedule> Schedules, string? Next) page)
    {
        json.WriteStartObject();
        json.WriteStartArray("schedules"u8);
        foreach (var schedule in page.Schedules)
        {
            json.WriteStartObject();
            Fields(json, schedule);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("next"u8, page.Next);
        json.WriteEndObject();
    }

    /// <summary>The ticks after a time.</summary>
    public static void Write(Utf8JsonWriter json, (Timing Timing, DateTimeOffset After, int Count) plan)
    {
        json.WriteStartObject();
        json.WriteStartArray("next"u8);
        Ticks(json, plan.Timing, plan.After, plan.Count);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Ticks(Utf8JsonWriter json, Timing timing, DateTimeOffset after, int count)
    {
        for (var i = 0; i < count && timing.Next(after) is { } tick; i++)
        {
            json.WriteStringValue(Timestamps.Text(tick));
            after = tick;
        }
    }

    private static void Fields(Utf8JsonWriter json, Schedule schedule)
    {
        json.WriteString("id"u8, schedule.Id);
        json.WriteString("name"u8, schedule.Name);
        json.WriteString("owner"u8, schedule.Owner);
        json.WriteString("cron"u8, schedule.Timing.Cron);
        if (schedule.Timing.EverySeconds is { } every)
            json.WriteNumber("everySeconds"u8, every);
        else
            json.WriteNull("everySeconds"u8);
        TaskJson.Time(json, "at"u8, schedule.Timing.At);
        json.WriteString("timeZone"u8, schedule.Timing.TimeZone);
        TaskJson.Time(json, "from"u8, schedule.Timing.From);
        json.WriteString("missed"u8, NameOf(schedule.Missed));
        json.WriteString("overlap"u8, NameOf(schedule.Overlap));
        json.WriteBoolean("paused"u8, schedule.IsPaused);
        json.WritePropertyName("task"u8);
        json.WriteRawValue(schedule.Task, skipInputValidation: true);
        TaskJson.Time(json, "nextAt"u8, schedule.Tick);
        TaskJson.Time(json, "lastAt"u8, schedule.LastTick);
        json.WriteString("lastTaskId"u8, schedule.LastTaskId);
        json.WriteString("lastError"u8, schedule.LastError);
        json.WriteNumber("fired"u8, schedule.Fired);
        json.WriteNumber("skipped"u8, schedule.Skipped);
        TaskJson.Time(json, "createdAt"u8, schedule.CreatedAt);
        json.WriteNumber("version"u8, schedule.Version);
    }
}
