using System.Text.Json;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>How far back a history goes, and how much time each of its points stands for.</summary>
internal sealed record HistoryRange(string Name, TimeSpan Length, TimeSpan Step)
{
    /// <summary>None has more than 720 points.</summary>
    public static readonly HistoryRange[] All =
    [
        new("1h", TimeSpan.FromHours(1), TimeSpan.FromMinutes(1)),
        new("24h", TimeSpan.FromHours(24), TimeSpan.FromMinutes(10)),
        new("7d", TimeSpan.FromDays(7), TimeSpan.FromHours(1)),
        new("30d", TimeSpan.FromDays(30), TimeSpan.FromHours(1)),
    ];

    /// <summary>Farther back than the store knows minutes.</summary>
    public bool ByHours => Step >= TimeSpan.FromHours(1);
}

/// <summary>The history as the API sends it.</summary>
internal static class HistoryJson
{
    public static void Write(Utf8JsonWriter json, IReadOnlyList<MinuteStats> minutes)
    {
        json.WriteStartObject();
        Points(json, "minutes"u8, "minute"u8, minutes);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, (HistoryRange Range, IReadOnlyList<MinuteStats> Points) history)
    {
        json.WriteStartObject();
        json.WriteString("range"u8, history.Range.Name);
        json.WriteNumber("stepSeconds"u8, (long)history.Range.Step.TotalSeconds);
        Points(json, "points"u8, "at"u8, history.Points);
        json.WriteEndObject();
    }

    public static void Percentiles(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<IReadOnlyDictionary<int, long>> histograms)
    {
        var histogram = Histogram.Merge(histograms);
        json.WriteStartObject(name);
        json.WriteNumber("p50"u8, histogram.Percentile(0.5));
        json.WriteNumber("p95"u8, histogram.Percentile(0.95));
        json.WriteNumber("p99"u8, histogram.Percentile(0.99));
        json.WriteEndObject();
    }

    private static void Points(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<byte> begin, IReadOnlyList<MinuteStats> points)
    {
        json.WriteStartArray(name);
        foreach (var point in points)
        {
            json.WriteStartObject();
            TaskJson.Time(json, begin, point.Minute);
            json.WriteNumber("created"u8, point.Created);
            json.WriteNumber("completed"u8, point.Completed);
            json.WriteNumber("failed"u8, point.Failed);
            json.WriteNumber("cancelled"u8, point.Cancelled);
            json.WriteNumber("retried"u8, point.Retried);
            Percentiles(json, "waitMs"u8, [point.WaitMs]);
            Percentiles(json, "runMs"u8, [point.RunMs]);
            Gauges(json, point.Gauges);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Gauges(Utf8JsonWriter json, QueueGauges? gauges)
    {
        if (gauges is null)
        {
            json.WriteNull("depth"u8);
            json.WriteNull("running"u8);
            json.WriteNull("oldestWaitingSeconds"u8);
            return;
        }
        json.WriteStartObject("depth"u8);
        foreach (var (lane, depth) in gauges.Depth)
            json.WriteNumber(lane.Name(), depth);
        json.WriteEndObject();
        json.WriteNumber("running"u8, gauges.Running);
        json.WriteNumber("oldestWaitingSeconds"u8, gauges.OldestWaitingMs / 1000.0);
    }
}
