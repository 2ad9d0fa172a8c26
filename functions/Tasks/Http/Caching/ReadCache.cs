using System.Text.Json;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Tasklane.Tasks.Schedules;
using Tasklane.Tasks.Storing;
using ZiggyCreatures.Caching.Fusion;

namespace Tasklane.Tasks.Http.Caching;

/// <summary>
/// Answers remembered under the store's version (see <see cref="ITaskStore.GetVersionAsync"/>), which is read first at every request: what any
/// instance has changed before is therefore never answered as it was. Old versions are found no more and go when room or their time is up.
/// Of several that ask for the same at once one reads.
/// </summary>
public sealed class ReadCache : IDisposable
{
    private const long Megabyte = 1024 * 1024;
    private const int SizeOfMinute = 1_500;
    private const int SizeOfSchedule = 4_096;

    private static readonly TimeSpan _kept = TimeSpan.FromMinutes(1);

    private readonly ITaskStore _store;
    private readonly IScheduleStore _schedules;
    private readonly TasklaneOptions _options;
    private readonly TimeProvider _time;
    private readonly MemoryCache _memory;
    private readonly FusionCache _cache;

    public ReadCache(ITaskStore store, IScheduleStore schedules, TasklaneOptions options, TimeProvider time)
    {
        (_store, _schedules, _options, _time) = (store, schedules, options, time);
        _memory = new MemoryCache(new MemoryCacheOptions { SizeLimit = options.Cache.Megabytes * Megabyte });
        _cache = new FusionCache(
            Options.Create(new FusionCacheOptions { DefaultEntryOptions = new FusionCacheEntryOptions(_kept) { Size = 1 } }), _memory);
    }

    public CacheCounts Counts { get; } = new();

    /// <summary>A page of a list, written in one of the API's shapes; the name tells shapes apart.</summary>
    public Task<JsonBody> ListAsync(
        string shape, TaskQuery query, Action<Utf8JsonWriter, (TaskPage, TaskQuery)> write, CancellationToken cancellation, bool isCounted = true) =>
        GetAsync(
            Cached.List,
            // As JSON, which nothing that a user writes can make look like another question.
            $"{shape} {JsonSerializer.Serialize(query)}",
            version => version.Tasks,
            async () => JsonBody.Of((await _store.ListAsync(query, cancellation), query), write),
            body => body.Length,
            isCounted,
            cancellation);

    public async Task<QueueStats> StatsAsync(CancellationToken cancellation, bool isCounted = true)
    {
        var stats = await GetAsync(
            Cached.Stats, "", version => version.Counts, () => _store.GetStatsAsync(cancellation), _ => SizeOfMinute, isCounted, cancellation);
        // A worker that says nothing for a lease's time is gone, and nobody writes that down.
        var alive = _time.GetUtcNow().AddSeconds(-_options.LeaseSeconds);
        return stats.Workers.All(worker => worker.SeenAt > alive) ? stats : await _store.GetStatsAsync(cancellation);
    }

    public Task<IReadOnlyList<MinuteStats>> MinutesAsync(int minutes, CancellationToken cancellation, bool isCounted = true) =>
        HistoryAsync($"minutes {minutes}", () => _store.GetHistoryAsync(minutes, cancellation), isCounted, cancellation);

    public Task<IReadOnlyList<MinuteStats>> HoursAsync(int hours, CancellationToken cancellation) =>
        HistoryAsync($"hours {hours}", () => _store.GetHoursAsync(hours, cancellation), true, cancellation);

    public Task<IReadOnlyList<Schedule>> SchedulesAsync(string? owner, string? after, int limit, CancellationToken cancellation) => GetAsync(
        Cached.Schedules,
        // A length before what a user may choose keeps two questions apart.
        $"{limit} {after?.Length} {after} {(owner is null ? "all" : $"of {owner}")}",
        version => version.Tasks,
        () => _schedules.ListAsync(owner, after, limit, cancellation),
        found => SizeOfSchedule * (found.Count + 1),
        true,
        cancellation);

    public void Dispose()
    {
        _cache.Dispose();
        _memory.Dispose();
    }

    private Task<IReadOnlyList<MinuteStats>> HistoryAsync(
        string what, Func<Task<IReadOnlyList<MinuteStats>>> read, bool isCounted, CancellationToken cancellation) => GetAsync(
        Cached.History,
        // What it begins with moves with the time.
        $"{what} {_time.GetUtcNow().ToUnixTimeSeconds() / 60}",
        version => version.Counts,
        read,
        found => SizeOfMinute * (found.Count + 1),
        isCounted,
        cancellation);

    private async Task<T> GetAsync<T>(
        Cached kind, string key, Func<HubVersion, string> part, Func<Task<T>> read, Func<T, long> size, bool isCounted, CancellationToken cancellation)
    {
        // Before anything else is read: what is read then is of this version or of a later one, never of an earlier.
        if (!_options.Cache.Enabled || await _store.GetVersionAsync(cancellation) is not { } version)
            return await read();
        var isHit = true;
        var answer = await _cache.GetOrSetAsync<T>(
            $"{kind} {part(version)} {key}",
            async (context, _) =>
            {
                isHit = false;
                var found = await read();
                context.Options.SetSize(size(found) + SizeOfMinute);
                return found;
            },
            token: cancellation);
        if (isCounted)
            Counts.Count(kind, isHit);
        return answer;
    }
}
