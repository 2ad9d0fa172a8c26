using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http;

/// <summary>How the queue is doing, for anybody signed in: counts only, nobody's tasks.</summary>
public sealed class QueueStatsApi(ReadCache cache, IOptions<TasklaneOptions> options, TimeProvider time)
{
    /// <summary>Minutes that rates and percentiles are worked out over.</summary>
    internal const int RecentMinutes = 5;

    [Function("GetQueueStats")]
    public async Task<IResult> Stats([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/queue/stats")] HttpRequest request)
    {
        var cancellation = request.HttpContext.RequestAborted;
        var stats = cache.StatsAsync(cancellation);
        var recent = cache.MinutesAsync(RecentMinutes, cancellation);
        await Task.WhenAll(stats, recent);
        // How often the cache was asked says nothing of the queue: the tag leaves it out.
        return new JsonBodyAnswer(JsonBody.Of(
            (await stats, await recent, time.GetUtcNow()),
            (json, all) => WriteStats(json, all, WriteCache),
            (json, all) => WriteStats(json, all, null)));
    }

    [Function("GetQueueHistory")]
    [QueryParameters("minutes", "range")]
    public async Task<IResult> History(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/queue/stats/history")] HttpRequest request)
    {
        var query = new Query(request);
        var cancellation = request.HttpContext.RequestAborted;
        if (query.Range() is not { } range)
        {
            var minutes = await cache.MinutesAsync((int)query.Number("minutes", 60, 1, 1440), cancellation);
            return new JsonBodyAnswer(JsonBody.Of(minutes, HistoryJson.Write));
        }
        var points = range.ByHours
            ? await cache.HoursAsync((int)range.Length.TotalHours, cancellation)
            : MinuteStats.By(range.Step, await cache.MinutesAsync((int)range.Length.TotalMinutes, cancellation));
        return new JsonBodyAnswer(JsonBody.Of((range, points), HistoryJson.Write));
    }

    private void WriteCache(Utf8JsonWriter json)
    {
        json.WriteStartObject("cache"u8);
        Rate("hitRate"u8, cache.Counts.HitRate());
        foreach (var kind in Enum.GetValues<Cached>())
        {
            json.WriteStartObject(CacheCounts.NameOf(kind));
            json.WriteNumber("hits"u8, cache.Counts.Hits(kind));
            json.WriteNumber("misses"u8, cache.Counts.Misses(kind));
            Rate("hitRate"u8, cache.Counts.HitRate(kind));
            json.WriteEndObject();
        }
        json.WriteEndObject();

        void Rate(ReadOnlySpan<byte> name, double? rate)
        {
            if (rate is { } known)
                json.WriteNumber(name, known);
            else
                json.WriteNull(name);
        }
    }

    private void WriteStats(
        Utf8JsonWriter json, (QueueStats Stats, IReadOnlyList<MinuteStats> Recent, DateTimeOffset Now) all, Action<Utf8JsonWriter>? writeMore)
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
        HistoryJson.Percentiles(json, "waitMs"u8, recent.Select(minute => minute.WaitMs));
        HistoryJson.Percentiles(json, "runMs"u8, recent.Select(minute => minute.RunMs));
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
        writeMore?.Invoke(json);
        json.WriteEndObject();
    }
}
