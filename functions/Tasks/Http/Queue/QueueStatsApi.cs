using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>How the queue is doing, for anybody signed in: counts only, nobody's tasks.</summary>
public sealed class QueueStatsApi(ITaskStore store, IOptions<TasklaneOptions> options, TimeProvider time)
{
    /// <summary>Minutes that rates and percentiles are worked out over.</summary>
    private const int RecentMinutes = 5;

    [Function("GetQueueStats")]
    public async Task<IResult> Stats([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/queue/stats")] HttpRequest request)
    {
        var cancellation = request.HttpContext.RequestAborted;
        var stats = store.GetStatsAsync(cancellation);
        var recent = store.GetHistoryAsync(RecentMinutes, cancellation);
        await Task.WhenAll(stats, recent);
        return new JsonAnswer<(QueueStats, IReadOnlyList<MinuteStats>, DateTimeOffset)>(
            StatusCodes.Status200OK, (await stats, await recent, time.GetUtcNow()), WriteStats);
    }

    [Function("GetQueueHistory")]
    [QueryParameters("minutes")]
    public async Task<IResult> History(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/queue/stats/history")] HttpRequest request)
    {
        var minutes = (int)new Query(request).Number("minutes", 60, 1, 1440);
        var history = await store.GetHistoryAsync(minutes, request.HttpContext.RequestAborted);
        return new JsonAnswer<IReadOnlyList<MinuteStats>>(StatusCodes.Status200OK, history, WriteHistory);
    }

    private void WriteStats(Utf8JsonWriter json, (QueueStats Stats, IReadOnlyList<MinuteStats> Recent, DateTimeOffset Now) all)
    {
        var (stats, recent, now) = all;
        json.WriteStartObject();
        json.WriteNumber("total"u8, stats.ByStatus.Values.Sum());
        foreach (var state in Enum.GetValues<TaskState>())
            json.WriteNumber(state.Name(), stats.ByStatus.GetValueOrDefault(state));
        json.WriteStartObject("depth"u8);
        foreach (var lane in Enum.GetValues<TaskPriority>())
            json.WriteNumber(lane.Name(), stats.Depth.GetValueOrDefault(lane));
        json.WriteEndObject();
        json.WriteNumber("delayed"u8, stats.Delayed);
        json.WriteNumber("maxRunning"u8, options.Value.Lanes.MaxRunning);
        TaskJson.Time(json, "oldestWaitingAt"u8, stats.OldestWaiting);
        json.WriteNumber("oldestWaitingSeconds"u8, stats.OldestWaiting is { } oldest ? Math.Max(0, Math.Round((now - oldest).TotalSeconds, 1)) : 0);
        json.WriteStartObject("totals"u8);
        json.WriteNumber("created"u8, stats.Created);
        json.WriteNumber("processed"u8, stats.Completed + stats.Failed + stats.Cancelled);
        json.WriteNumber("completed"u8, stats.Completed);
        json.WriteNumber("failed"u8, stats.Failed);
        json.WriteNumber("cancelled"u8, stats.Cancelled);
        json.WriteNumber("retried"u8, stats.Retried);
        json.WriteEndObject();
        json.WriteNumber("throughputPerMinute"u8, Math.Round(recent.Sum(minute => minute.Completed) / (double)RecentMinutes, 1));
        json.WriteStartObject("latency"u8);
        Percentiles(json, "waitMs"u8, recent.Select(minute => minute.WaitMs));
        Percentiles(json, "runMs"u8, recent.Select(minute => minute.RunMs));
        json.WriteEndObject();
        json.WriteStartArray("workers"u8);
        foreach (var worker in stats.Workers)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, worker.Name);
            json.WriteNumber("running"u8, worker.Running);
            TaskJson.Time(json, "seenAt"u8, worker.SeenAt);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteHistory(Utf8JsonWriter json, IReadOnlyList<MinuteStats> history)
    {
        json.WriteStartObject();
        json.WriteStartArray("minutes"u8);
        foreach (var minute in history)
        {
            json.WriteStartObject();
            TaskJson.Time(json, "minute"u8, minute.Minute);
            json.WriteNumber("created"u8, minute.Created);
            json.WriteNumber("completed"u8, minute.Completed);
            json.WriteNumber("failed"u8, minute.Failed);
            json.WriteNumber("cancelled"u8, minute.Cancelled);
            json.WriteNumber("retried"u8, minute.Retried);
            Percentiles(json, "waitMs"u8, [minute.WaitMs]);
            Percentiles(json, "runMs"u8, [minute.RunMs]);
            Gauges(json, minute.Gauges);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
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

    private static void Percentiles(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<IReadOnlyDictionary<int, long>> histograms)
    {
        var histogram = Histogram.Merge(histograms);
        json.WriteStartObject(name);
        json.WriteNumber("p50"u8, histogram.Percentile(0.5));
        json.WriteNumber("p95"u8, histogram.Percentile(0.95));
        json.WriteNumber("p99"u8, histogram.Percentile(0.99));
        json.WriteEndObject();
    }
}
