using System.Collections.Concurrent;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

/// <summary>
/// Tasks in Redis. Each transition is one script, so that guard, change, indexes, event, slot and counts happen together or not
/// at all; <see cref="RedisKeys"/> says what lies where.
/// </summary>
public sealed partial class RedisTaskStore : ITaskStore
{
    private readonly RedisConnection _connection;
    private readonly RedisClock _clock;
    private readonly RedisKeys _keys;
    private readonly RedisTaskLists _lists;

    /// <summary>Types made known by this process, with their words; the first task of a type writes it down.</summary>
    private readonly ConcurrentDictionary<string, int> _wordsOfType = new(StringComparer.Ordinal);

    private readonly RedisScript _create, _start, _restart, _renew, _report, _checkpoint, _continue, _complete, _fail, _giveBack,
        _stop, _cancel, _retry, _grant, _drain, _sweepGrants, _sweepLeases, _sweepDelayed, _sweepParked, _sweepRing, _listPurgeable, _purge, _writeChunk,
        _readEvents, _readLogs, _stats, _gauges, _awaitChildren, _settle, _version, _hours;

    /// <param name="connection">Shared by the stores of a process; whoever made it closes it.</param>
    /// <param name="time">The system's: Redis' own clock decides. Any other, a test's, is sent along.</param>
    public RedisTaskStore(RedisConnection connection, TasklaneOptions options, TimeProvider time)
    {
        (_connection, _clock) = (connection, new RedisClock(time));
        _keys = new RedisKeys(options.Hub);
        var scripts = new RedisScripts(_keys, options);
        _lists = new RedisTaskLists(connection, _keys, scripts);
        (_create, _start, _restart) = (scripts.Load("create"), scripts.Load("start"), scripts.Load("restart"));
        (_renew, _report, _checkpoint, _continue) = (scripts.Load("renew"), scripts.Load("report"), scripts.Load("checkpoint"), scripts.Load("continue"));
        (_complete, _fail, _giveBack, _stop) = (scripts.Load("complete"), scripts.Load("fail"), scripts.Load("give_back"), scripts.Load("stop"));
        (_cancel, _retry, _grant, _drain) = (scripts.Load("cancel"), scripts.Load("retry"), scripts.Load("grant"), scripts.Load("drain"));
        (_sweepGrants, _sweepLeases, _sweepDelayed) = (scripts.Load("sweep_grants"), scripts.Load("sweep_leases"), scripts.Load("sweep_delayed"));
        (_sweepParked, _sweepRing, _purge) = (scripts.Load("sweep_parked"), scripts.Load("sweep_ring", writes: false), scripts.Load("purge"));
        (_awaitChildren, _settle) = (scripts.Load("await_children"), scripts.Load("settle"));
        (_listPurgeable, _version, _hours) =
            (scripts.Load("list_purgeable"), scripts.Load("version", writes: false), scripts.Load("hours", writes: false));
        (_writeChunk, _readLogs) = (scripts.Load("write_chunk"), scripts.Load("read_logs", writes: false));
        (_readEvents, _stats, _gauges) =
            (scripts.Load("read_events", writes: false), scripts.Load("stats"), scripts.Load("gauges"));
    }

    /// <inheritdoc/>
    public Task InitializeAsync(CancellationToken cancellation) => _connection.PingAsync(cancellation);

    /// <inheritdoc/>
    public Task PingAsync(CancellationToken cancellation) => _connection.ProbeAsync(_keys.Probe, cancellation);

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);

    private Task<RedisResult> RunAsync(RedisScript script, RedisKey key, RedisValue[] arguments, CancellationToken cancellation) =>
        _connection.RunAsync(script, [key], arguments, cancellation);

    /// <summary>Runs a script whose first answer is a code; refusals are thrown.</summary>
    private async Task<RedisResult[]> DoAsync(RedisScript script, RedisKey key, RedisValue[] arguments, CancellationToken cancellation) =>
        RedisReplies.Checked(await _connection.RunAsync(script, [key], arguments, cancellation));

    /// <summary>Reads ring, more and grants from a reply; where there was more to give away than one script should do, goes on.</summary>
    private async ValueTask<Wakes> WakesAsync(RedisResult[] reply, int at, CancellationToken cancellation)
    {
        var (ring, settle) = RedisReplies.Ring(reply[at]);
        if (reply.Length <= at + 1)
            return new Wakes([], ring, settle);
        return new Wakes(await GrantsAsync((int)reply[at + 1] == 1, reply[at + 2], cancellation), ring, settle);
    }

    private async ValueTask<IReadOnlyList<Grant>> GrantsAsync(bool more, RedisResult first, CancellationToken cancellation)
    {
        var grants = RedisReplies.Grants(first);
        if (!more)
            return grants;
        var all = new List<Grant>(grants);
        try
        {
            while (more)
            {
                var reply = await DoAsync(_grant, _keys.Passed, [_clock.Given], cancellation);
                more = (int)reply[1] == 1;
                all.AddRange(RedisReplies.Grants(reply[2]));
            }
        }
        catch (Exception failure) when (failure is TaskException or OperationCanceledException)
        {
            // The transition is written and these grants must be heard of; the sweep goes on with the rest.
        }
        return all;
    }

    private TaskRecord? Read(string id, RedisResult fields) => RedisFields.Read(id, (RedisValue[])fields!);

    private static TaskException NoSuchTask() => new(TaskErrors.NotFound, "There is no such task.");
}
