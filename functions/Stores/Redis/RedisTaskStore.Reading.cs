using System.Globalization;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

// What is read of tasks, their logs, events and files, and of the hub's counts.
public sealed partial class RedisTaskStore
{
    /// <summary>Log lines looked at in one go where a level is asked for.</summary>
    private const int LogBatch = 2_000;

    private static readonly RedisValue[] _versionFields = ["user", "version", "status", "stop", "dropped", "place", "children"];

    /// <inheritdoc/>
    public async Task<TaskRecord?> GetAsync(string id, string? owner, CancellationToken cancellation)
    {
        if (!TaskIds.IsWellFormed(id))
            return null;
        var fields = await _connection.CallAsync(database => database.HashGetAsync(_keys.Task(id), RedisFields.AllValues), cancellation);
        var task = RedisFields.Read(id, fields);
        return owner is null || task?.CreatedBy == owner ? task : null;
    }

    /// <inheritdoc/>
    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellation) => _lists.ListAsync(query, cancellation);

    /// <inheritdoc/>
    public async Task<LogPage> GetLogsAsync(string id, TaskLogLevel? atLeast, int page, int pageSize, CancellationToken cancellation)
    {
        var skip = (long)(page - 1) * pageSize;
        if (atLeast is null or TaskLogLevel.Debug)
        {
            var (slice, length) = await LinesAsync(id, skip, pageSize, cancellation);
            return new LogPage(slice, length);
        }

        var (lines, total, all) = (new List<TaskLogLine>(), 0L, 1L);
        for (var from = 0L; from < all; from += LogBatch)
        {
            (var batch, all) = await LinesAsync(id, from, LogBatch, cancellation);
            foreach (var line in batch.Where(line => line.Level >= atLeast))
            {
                if (total++ >= skip && lines.Count < pageSize)
                    lines.Add(line);
            }
        }
        return new LogPage(lines, total);
    }

    /// <summary>Lines from a place on, and how many there are; where lines were dropped stands one that says so.</summary>
    private async Task<(List<TaskLogLine> Lines, long Total)> LinesAsync(string id, long from, long count, CancellationToken cancellation)
    {
        RedisKey[] keys = [_keys.Task(id), _keys.Logs(id), _keys.LastLogs(id)];
        // One more at each end: the line that is made up moves those after it by one, and has the time of the next.
        var begin = Math.Max(0, from - 1);
        var reply = (RedisResult[])(await _connection.RunAsync(_readLogs, keys, [begin, count + 2], cancellation))!;
        var (first, last, dropped) = ((long)reply[0], (long)reply[1], (long)reply[2]);
        var lines = ((RedisValue[])reply[3]!).Select(line => ReadLine(line!)).ToList();
        var (place, at) = (begin, first - begin);
        if (dropped > 0 && at < 0)
            place++;
        else if (dropped > 0 && at < lines.Count)
            lines.Insert((int)at, LogPage.Dropped(dropped, lines[(int)at].At));
        return ([.. lines.Skip((int)(from - place)).Take((int)count)], first + last + (dropped > 0 ? 1 : 0));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<TaskEvent>> GetEventsAsync(string id, long afterVersion, int limit, CancellationToken cancellation)
    {
        if (!TaskIds.IsWellFormed(id))
            return [];
        var entries = await _connection.RunAsync(_readEvents, [_keys.Task(id), _keys.Events(id), _keys.Steps(id)], [afterVersion, limit], cancellation);
        return [.. ((RedisValue[])entries!).Select(entry => RedisReplies.Event(entry!))];
    }

    /// <inheritdoc/>
    public Task WriteFileChunkAsync(Held held, int index, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        var task = KeyOf(held);
        return WriteAsync();

        async Task WriteAsync() =>
            RedisReplies.Checked(await _connection.RunAsync(_writeChunk, [task, _keys.File(held.Id)], [held.Fence, index, bytes.ToArray()], cancellation));
    }

    /// <inheritdoc/>
    public async Task<byte[]?> ReadFileChunkAsync(string id, int index, CancellationToken cancellation) =>
        await _connection.CallAsync(database => database.HashGetAsync(_keys.File(id), index), cancellation);

    /// <inheritdoc/>
    public async Task<HubVersion?> GetVersionAsync(CancellationToken cancellation)
    {
        var reply = (string[])(await _connection.RunAsync(_version, [_keys.Outbox, _keys.Pump], [], cancellation))!;
        var tasks = string.Join('|', reply[..4]);
        return new HubVersion(tasks, $"{tasks}|{reply[4]}");
    }

    /// <inheritdoc/>
    public async Task<TaskVersion?> GetTaskVersionAsync(string id, string? owner, CancellationToken cancellation)
    {
        if (!TaskIds.IsWellFormed(id))
            return null;
        // In one go, but not at one moment: none of these ever goes back, so that what was read first has been true no later.
        var (fields, first, last) = await _connection.CallAsync(
            async database =>
            {
                var fields = database.HashGetAsync(_keys.Task(id), _versionFields);
                var (first, last) = (database.ListLengthAsync(_keys.Logs(id)), database.ListLengthAsync(_keys.LastLogs(id)));
                return (await fields, await first, await last);
            },
            cancellation);
        if (fields[0].IsNull || (owner is not null && fields[0] != owner))
            return null;
        return new TaskVersion((long)fields[1], fields[2] == TaskState.Running.Name() && !fields[3].IsNull, (string?)fields[5] is "B" or "F", !fields[6].IsNull, first + last + (long)fields[4]);
    }

    /// <inheritdoc/>
    public async Task<QueueStats> GetStatsAsync(CancellationToken cancellation)
    {
        var reply = (RedisResult[])(await RunAsync(_stats, _keys.Totals, [_clock.Given], cancellation))!;
        var totals = new Dictionary<char, long>();
        foreach (var counts in ((RedisResult[])reply[1]!).Prepend(reply[0]))
        {
            foreach (var (what, count) in Pairs(counts))
            {
                if (what != "upTo")
                    totals[what[0]] = totals.GetValueOrDefault(what[0]) + (long)count;
            }
        }
        var statuses = (long[])reply[2]!;
        var depths = (long[])reply[3]!;
        var oldest = ((RedisValue[])reply[5]!).Where(created => !created.IsNull).Select(created => (long)created).DefaultIfEmpty(-1).Min();
        var loads = Pairs(reply[7]).ToDictionary(load => load.Name, load => (int)load.Value);
        long Total(char what) => totals.GetValueOrDefault(what);
        return new QueueStats(
            Enum.GetValues<TaskState>().ToDictionary(state => state, state => statuses[(int)state]),
            Enum.GetValues<TaskPriority>().ToDictionary(lane => lane, lane => depths[(int)lane]),
            (long)reply[4],
            oldest < 0 ? null : At(oldest),
            Total(Happened.Created),
            Total(Happened.Completed),
            Total(Happened.Failed),
            Total(Happened.Cancelled),
            Total(Happened.BackedOff) + Total(Happened.RetriedByHand),
            [.. Pairs(reply[6]).Select(worker => new WorkerStats(worker.Name, loads.GetValueOrDefault(worker.Name), At((long)worker.Value)))]);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MinuteStats>> GetHistoryAsync(int minutes, CancellationToken cancellation)
    {
        var first = (_clock.Local.ToUnixTimeSeconds() / 60) - minutes + 1;
        var known = await _connection.CallAsync(database => database.SortedSetRangeByScoreAsync(_keys.Minutes, first), cancellation);
        var counts = await Task.WhenAll(known.Select(minute =>
            _connection.CallAsync(database => database.HashGetAllAsync(_keys.Minute((long)minute)), cancellation)));
        return [.. known.Zip(counts, (minute, count) => Happened.Read((long)minute, count))];
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MinuteStats>> GetHoursAsync(int hours, CancellationToken cancellation)
    {
        var first = (_clock.Local.ToUnixTimeSeconds() / 3600) - hours + 1;
        var reply = (RedisResult[])(await _connection.RunAsync(_hours, [_keys.Minutes, _keys.Hours], [first], cancellation))!;
        // Of one hour the minutes that are left come after those that have been added up.
        return MinuteStats.By(
            TimeSpan.FromHours(1),
            Read(reply[0], 60).Concat(Read(reply[1], 1)).OrderBy(part => part.Minute.ToUnixTimeSeconds() / 3600));

        static IEnumerable<MinuteStats> Read(RedisResult found, int minutes) => ((RedisResult[])found!).Chunk(2).Select(part =>
            Happened.Read((long)part[0] * minutes, [.. Pairs(part[1]).Select(count => new HashEntry(count.Name, count.Value))]));
    }

    /// <inheritdoc/>
    public async Task NoteGaugesAsync(QueueGauges gauges, CancellationToken cancellation)
    {
        RedisValue Depth(TaskPriority lane) => gauges.Depth[lane];
        RedisValue[] arguments =
        [
            _clock.Given, Depth(TaskPriority.High), Depth(TaskPriority.Normal), Depth(TaskPriority.Low), gauges.Running, gauges.OldestWaitingMs,
        ];
        await RunAsync(_gauges, _keys.Minutes, arguments, cancellation);
    }

    private static IEnumerable<(string Name, RedisValue Value)> Pairs(RedisResult flat)
    {
        var values = (RedisValue[])flat!;
        for (var i = 0; i < values.Length; i += 2)
            yield return (values[i]!, values[i + 1]);
    }
}

/// <summary>The letters under which a minute's hash counts what happened; a duration's bucket follows where there is one.</summary>
internal static class Happened
{
    public const char Created = 'c', Started = 'w', Completed = 'd', Failed = 'f', BackedOff = 'b', RetriedByHand = 'm', Cancelled = 'x';

    private const string Released = "g";

    /// <summary>What follows is a lane, <c>r</c> for running or <c>o</c> for the age of the oldest.</summary>
    private const char Gauge = 'g';

    public static MinuteStats Read(long minute, HashEntry[] counts)
    {
        var totals = new Dictionary<char, long>();
        var (waits, runs) = (new Dictionary<int, long>(), new Dictionary<int, long>());
        var gauges = new Dictionary<char, long>();
        foreach (var entry in counts)
        {
            var (name, count) = ((string)entry.Name!, (long)entry.Value);
            if (name == Released)
                continue; // neither an end nor a retry
            if (name[0] == Gauge)
            {
                gauges[name[1]] = count;
                continue;
            }
            totals[name[0]] = totals.GetValueOrDefault(name[0]) + count;
            var histogram = name[0] switch { Started => waits, Completed or Failed or BackedOff => runs, _ => null };
            // One that never ran has no duration.
            if (histogram is null || name.Length == 1)
                continue;
            var bucket = int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture);
            histogram[bucket] = histogram.GetValueOrDefault(bucket) + count;
        }
        return new MinuteStats(
            DateTimeOffset.FromUnixTimeMilliseconds(minute * 60_000),
            totals.GetValueOrDefault(Created), totals.GetValueOrDefault(Completed), totals.GetValueOrDefault(Failed), totals.GetValueOrDefault(Cancelled),
            totals.GetValueOrDefault(BackedOff) + totals.GetValueOrDefault(RetriedByHand), waits, runs,
            gauges.Count == 0
                ? null
                : new(Enum.GetValues<TaskPriority>().ToDictionary(lane => lane, lane => gauges[(char)('0' + (int)lane)]), gauges['r'], gauges['o']));
    }
}
