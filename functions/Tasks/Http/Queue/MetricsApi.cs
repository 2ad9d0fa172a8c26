using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Tasklane.Tasks.Http.Caching;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http.Queue;

/// <summary>
/// How the queue is doing, for Prometheus: of all instances together, as the store knows it, so that one of them is scraped and not each. For
/// anybody signed in, as the statistics.
/// </summary>
public sealed class MetricsApi(ReadCache cache, TimeProvider time)
{
    [Function("GetMetrics")]
    public async Task<IResult> Get([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/metrics")] HttpRequest request)
    {
        var stats = await cache.StatsAsync(request.HttpContext.RequestAborted);
        return new Exposition(Write(stats, time.GetUtcNow(), cache.Counts));
    }

    internal static string Write(QueueStats stats, DateTimeOffset now, CacheCounts cache)
    {
        var text = new StringBuilder();
        Family("tasklane_tasks", "gauge", "Tasks stored, by status.");
        foreach (var state in Enum.GetValues<TaskState>())
            Line("tasklane_tasks", $"status=\"{state.Name()}\"", stats.ByStatus.GetValueOrDefault(state));
        Family("tasklane_lane_depth", "gauge", "Tasks that wait for a slot, by lane.");
        foreach (var lane in Enum.GetValues<TaskPriority>())
            Line("tasklane_lane_depth", $"lane=\"{lane.Name()}\"", stats.Depth.GetValueOrDefault(lane));
        Family("tasklane_tasks_delayed", "gauge", "Tasks that wait for their time.");
        Line("tasklane_tasks_delayed", "", stats.Delayed);
        Family("tasklane_oldest_waiting_seconds", "gauge", "Age of the oldest task in any lane; 0 when none waits.");
        Line("tasklane_oldest_waiting_seconds", "", stats.OldestWaiting is { } oldest ? Math.Max(0, (now - oldest).TotalSeconds) : 0);
        Counter("tasklane_tasks_created_total", "Tasks created.", stats.Created);
        Counter("tasklane_tasks_completed_total", "Tasks completed.", stats.Completed);
        Counter("tasklane_tasks_failed_total", "Tasks failed for good.", stats.Failed);
        Counter("tasklane_tasks_cancelled_total", "Tasks cancelled.", stats.Cancelled);
        Counter("tasklane_tasks_retried_total", "Retries, by backoff or by hand.", stats.Retried);
        Family("tasklane_worker_running", "gauge", "Tasks that each worker runs.");
        foreach (var worker in stats.Workers)
            Line("tasklane_worker_running", $"worker=\"{Escaped(worker.Name)}\"", worker.Running);
        Family("tasklane_cache_reads_total", "counter", "Reads of lists and statistics by the instance that answers, and whether it remembered them.");
        foreach (var kind in Enum.GetValues<Cached>())
        {
            Line("tasklane_cache_reads_total", $"kind=\"{CacheCounts.NameOf(kind)}\",result=\"hit\"", cache.Hits(kind));
            Line("tasklane_cache_reads_total", $"kind=\"{CacheCounts.NameOf(kind)}\",result=\"miss\"", cache.Misses(kind));
        }
        return text.ToString();

        void Family(string name, string kind, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {kind}\n");

        void Counter(string name, string help, double value)
        {
            Family(name, "counter", help);
            Line(name, "", value);
        }

        void Line(string name, string labels, double value) =>
            text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length == 0 ? "" : $"{{{labels}}}")} {value}\n");
    }

    private static string Escaped(string value) => value
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private sealed class Exposition(string text) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            var bytes = Encoding.UTF8.GetBytes(text);
            response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            response.ContentLength = bytes.Length;
            response.Headers.CacheControl = "no-store";
            if (HttpMethods.IsHead(httpContext.Request.Method))
                return;
            response.BodyWriter.Write(bytes);
            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
    }
}
