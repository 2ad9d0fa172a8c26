using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks.Storing;

namespace Tasklane.Tasks.Http.Caching;

/// <summary>
/// Reads at start, beside the first requests, what they will ask for, and reads again what is asked for often. Where nobody asks nothing is read:
/// a store that is left alone stays so.
/// </summary>
internal sealed class CacheWarmer(ReadCache cache, TasklaneOptions options, TimeProvider time, ILogger<CacheWarmer> logger) : BackgroundService
{
    private const int MinutesShown = 60;
    private static readonly TimeSpan _hot = TimeSpan.FromMinutes(1);

    private readonly Dictionary<Cached, (long Asked, DateTimeOffset At)> _asked = [];

    /// <summary>Reads everything there is to warm that was asked for within the last minute; at first, everything.</summary>
    internal async Task WarmAsync(CancellationToken cancellation)
    {
        if (IsHot(Cached.Stats))
        {
            await cache.StatsAsync(cancellation, isCounted: false);
            await cache.MinutesAsync(QueueStatsApi.RecentMinutes, cancellation, isCounted: false);
        }
        if (IsHot(Cached.History))
            await cache.MinutesAsync(MinutesShown, cancellation, isCounted: false);
        if (IsHot(Cached.List))
            await cache.ListAsync(TasksApi.Shape, new TaskQuery(), TaskJson.Write, cancellation, isCounted: false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.Cache.Enabled)
            return;
        await TryWarmAsync(stoppingToken);
        if (options.Cache.RefreshSeconds == 0)
            return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Cache.RefreshSeconds), time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryWarmAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task TryWarmAsync(CancellationToken cancellation)
    {
        try
        {
            await WarmAsync(cancellation);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            // Whoever asks is told; here there is nobody to tell.
            logger.LogDebug(failure, "What is asked for often could not be read ahead.");
        }
    }

    private bool IsHot(Cached kind)
    {
        var (asked, now) = (cache.Counts.Hits(kind) + cache.Counts.Misses(kind), time.GetUtcNow());
        if (!_asked.TryGetValue(kind, out var last) || last.Asked != asked)
            _asked[kind] = last = (asked, now);
        return now - last.At < _hot;
    }
}
