using System.Globalization;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

// What keeps the hub going: the outbox, the sweep, the purge.
public sealed partial class RedisTaskStore
{
    /// <summary>Tasks purged or swept by one script, so that none holds Redis up for long.</summary>
    private const int PurgeBatch = 50, SweepBatch = 50;

    /// <inheritdoc/>
    public async Task<OutboxBatch> DrainOutboxAsync(string? acknowledge, int limit, CancellationToken cancellation)
    {
        var reply = (RedisResult[])(await _connection.RunAsync(_drain, [_keys.Outbox, _keys.Pump], [acknowledge ?? "", limit, _clock.Given], cancellation))!;
        var entries = (RedisValue[])reply[1]!;
        return new OutboxBatch(entries.Length == 0 ? null : (string)reply[0]!, [.. entries.Select(entry => RedisReplies.Event(entry!))]);
    }

    /// <inheritdoc/>
    public async Task<Sweep> SweepAsync(int limit, CancellationToken cancellation)
    {
        var now = _clock.Given;
        // In this order: a lapsed grant may have its slot again before those who wait get what is left.
        var (lapsed, moreLapsed) = await FindAsync(_sweepGrants, [_keys.Granted], [now], limit, cancellation);
        var (dead, moreDead) = await FindAsync(_sweepLeases, [_keys.Running, _keys.Lost], [now], limit, cancellation);
        var (overdue, moreOverdue) = await FindAsync(_sweepDelayed, [_keys.Delayed], [now], limit, cancellation);
        var parked = (RedisResult[])(await RunAsync(_sweepParked, _keys.ParkedNames, [now, Math.Min(limit, SweepBatch)], cancellation))!;
        var grants = await GrantsAsync((int)parked[1] == 1, parked[2], cancellation);
        var (ring, settle) = RedisReplies.Ring(await _connection.RunAsync(_sweepRing, [_keys.Outbox, _keys.Pump, _keys.Settling], [now], cancellation));
        return new Sweep(lapsed, dead, overdue, new Wakes(grants, ring, settle), moreLapsed || moreDead || moreOverdue || (int)parked[0] == 1);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PurgeableTask>> ListPurgeableAsync(DateTimeOffset endedBefore, int limit, CancellationToken cancellation)
    {
        // One that ended, was retried and ended again within a millisecond has two entries, and both count.
        var found = new OrderedDictionary<string, PurgeableTask>();
        for (var (from, looked) = (0L, PurgeBatch); found.Count < limit && looked == PurgeBatch;)
        {
            var reply = (RedisResult[])(await RunAsync(
                _listPurgeable, _keys.Ended, [endedBefore.ToUnixTimeMilliseconds(), from, PurgeBatch], cancellation))!;
            (looked, from) = ((int)reply[0], from + (long)reply[0] - (long)reply[1]);
            var tasks = (RedisValue[])reply[2]!;
            for (var i = 0; i < tasks.Length; i += 2)
                found[tasks[i]!] = new PurgeableTask(tasks[i]!, (int)tasks[i + 1]);
        }
        return [.. found.Values.Take(limit)];
    }

    /// <inheritdoc/>
    public async Task<int> PurgeAsync(IReadOnlyList<PurgeableTask> tasks, DateTimeOffset endedBefore, CancellationToken cancellation)
    {
        var deleted = 0;
        foreach (var some in tasks.Chunk(PurgeBatch))
        {
            RedisValue[] arguments = [endedBefore.ToUnixTimeMilliseconds(), .. some.SelectMany(task => new RedisValue[] { task.Id, task.Run })];
            deleted += (int)await RunAsync(_purge, _keys.Ended, arguments, cancellation);
        }
        return deleted;
    }

    /// <summary>Nothing: keys expire by themselves, and the statistics forget old minutes and workers.</summary>
    public Task DropExpiredAsync(CancellationToken cancellation) => Task.CompletedTask;

    private async Task<(IReadOnlyList<Grant> Found, bool More)> FindAsync(
        RedisScript script, RedisKey[] keys, RedisValue[] arguments, int limit, CancellationToken cancellation)
    {
        var (found, looked, last) = (new List<Grant>(), 0, -1);
        while (looked < limit && last != 0)
        {
            RedisResult[] reply;
            try
            {
                reply = (RedisResult[])(await _connection.RunAsync(script, keys, [.. arguments, Math.Min(SweepBatch, limit - looked)], cancellation))!;
            }
            catch (TaskException away) when (away.IsOutage && found.Count > 0)
            {
                // What was found is not found again for a while, and must be heard of.
                return (found, true);
            }
            last = (int)reply[0];
            looked += last;
            found.AddRange(RedisReplies.Grants(reply[1]));
        }
        return (found, looked >= limit);
    }
}
