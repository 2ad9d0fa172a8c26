using System.Text;
using System.Text.Json;
using Cronos;
using Tasklane.Tasks.Problems;
using Tasklane.Tasks.Schedules;

namespace Tasklane.Tasks.Http.Schedules;

/// <summary>What a request says of a schedule.</summary>
/// <param name="HasFrom">It says from when on; else a new schedule begins now, and a former one goes on from where it began.</param>
internal sealed record ScheduleRequest(string Name, Timing Timing, bool HasFrom, MissedTicks Missed, Overlap Overlap, bool IsPaused, string Task);

/// <summary>Reads the body of a request that makes or replaces a schedule.</summary>
internal static class ScheduleRequestReader
{
    public const double LongestEvery = 366 * 86_400d;
    private const int MaxName = 200;

    private static readonly FieldNames Known = new("name", "cron", "everySeconds", "at", "timeZone", "from", "missed", "overlap", "paused", "task");

    public static ScheduleRequest Read(ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        return RequestBody.Parse(body.Span, (ref Utf8JsonReader reader) => Object(ref reader, body, now));
    }

    /// <summary>Notes what is wrong with a plan; null then.</summary>
    public static Timing? TimingOf(JsonFields fields, string? cron, double? every, DateTimeOffset? at, string? timeZone, DateTimeOffset? from, DateTimeOffset now, string root)
    {
        var given = (cron is null ? 0 : 1) + (every is null ? 0 : 1) + (at is null ? 0 : 1);
        if (given != 1)
        {
            if (given == 0)
                fields.Add($"{root}cron", FieldErrors.Required);
            else
                fields.Add($"{root}{(cron is null ? "everySeconds" : "cron")}", FieldErrors.NotTogether, cron is null ? "at" : every is null ? "at" : "everySeconds");
            return null;
        }
        if (timeZone is not null && (cron is null || Timing.ZoneOf(timeZone) is null))
        {
            if (cron is null)
                fields.Add($"{root}timeZone", FieldErrors.NotTogether, every is null ? "at" : "everySeconds");
            else
                fields.Add($"{root}timeZone", FieldErrors.Format, "time zone (Europe/Berlin, or as Windows names it)", JsonFields.Shorten(timeZone));
            return null;
        }
        if (every is < 1 or > LongestEvery)
            fields.Add($"{root}everySeconds", FieldErrors.Range, 1, LongestEvery, every);
        if (at <= now)
            fields.Add($"{root}at", FieldErrors.Above, Timestamps.Text(now), Timestamps.Text(at.Value));
        if (cron is not null)
        {
            try
            {
                if (Timing.Read(cron).GetNextOccurrence(now.UtcDateTime) is null)
                    fields.Add($"{root}cron", FieldErrors.Rule, "never comes round");
            }
            catch (CronFormatException wrong)
            {
                fields.Add($"{root}cron", FieldErrors.Rule, $"is no cron expression of five or six fields: {wrong.Message}");
            }
        }
        return new Timing(cron, every, at, timeZone ?? "UTC", from ?? DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()));
    }

    private static ScheduleRequest Object(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw InvalidRequestException.OfField("", FieldErrors.Type, "object", JsonFields.Name(ref reader));
        var fields = new JsonFields();
        string? name = null, cron = null, timeZone = null, task = null;
        double? every = null;
        DateTimeOffset? at = null, from = null;
        var (missed, overlap, isPaused) = (MissedTicks.Once, Overlap.Skip, false);
        for (var seen = 0u; fields.Next(ref reader, "", Known, ref seen) is { } field;)
        {
            switch (field)
            {
                case "name":
                    name = fields.String(ref reader, "/name");
                    break;
                case "cron":
                    cron = fields.String(ref reader, "/cron");
                    break;
                case "everySeconds":
                    every = fields.Number(ref reader, "/everySeconds");
                    break;
                case "at":
                    at = fields.Time(ref reader, "/at");
                    break;
                case "timeZone":
                    timeZone = fields.String(ref reader, "/timeZone");
                    break;
                case "from":
                    from = fields.Time(ref reader, "/from");
                    break;
                case "missed":
                    missed = Choice(ref reader, fields, "/missed", missed);
                    break;
                case "overlap":
                    overlap = Choice(ref reader, fields, "/overlap", overlap);
                    break;
                case "paused":
                    isPaused = reader.TokenType == JsonTokenType.True;
                    if (reader.TokenType is not (JsonTokenType.True or JsonTokenType.False))
                        fields.Wrong(ref reader, "/paused", "boolean");
                    break;
                case "task":
                    task = ReadTask(ref reader, body, fields);
                    break;
            }
        }
        fields.ThrowIfAny();
        if (name is not null && (Characters.Count(name) > MaxName || !Characters.AreVisible(name)))
            fields.Add("/name", FieldErrors.Length, 0, MaxName, Characters.Count(name));
        if (task is null)
            fields.Add("/task", FieldErrors.Required);
        var timing = TimingOf(fields, cron, every, at, timeZone, from, now, "/");
        fields.ThrowIfAny();
        return new ScheduleRequest(name ?? "", timing!, from is not null, missed, overlap, isPaused, task!);
    }

    private static string? ReadTask(ref Utf8JsonReader reader, ReadOnlyMemory<byte> body, JsonFields fields)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        var json = body[start..(int)reader.BytesConsumed];
        try
        {
            TaskTemplate.Check(json);
            return Encoding.UTF8.GetString(json.Span);
        }
        catch (InvalidRequestException wrong)
        {
            foreach (var error in wrong.Below("/task"))
                fields.Add(error.Field, error.Code, error.Args);
            return null;
        }
    }

    private static T Choice<T>(ref Utf8JsonReader reader, JsonFields fields, string field, T otherwise)
        where T : struct, Enum
    {
        if (fields.String(ref reader, field) is not { } name)
            return otherwise;
        foreach (var value in Enum.GetValues<T>())
        {
            if (ScheduleJson.NameOf(value) == name)
                return value;
        }
        fields.Add(field, FieldErrors.OneOf, string.Join(", ", Enum.GetValues<T>().Select(ScheduleJson.NameOf)), JsonFields.Shorten(name));
        return otherwise;
    }
}
