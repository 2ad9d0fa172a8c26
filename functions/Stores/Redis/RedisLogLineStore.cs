using System.Text.RegularExpressions;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

/// <summary>Log lines in Redis: a stream per user. A line's id is its entry's.</summary>
public sealed partial class RedisLogLineStore : ILogLineStore
{
    /// <summary>Lines written, read or purged by one script, so that none holds Redis up for long.</summary>
    private const int Slice = 200;

    private readonly RedisConnection _connection;
    private readonly RedisClock _clock;
    private readonly RedisKeys _keys;
    private readonly RedisScript _append, _read, _page, _purge;

    /// <param name="connection">Shared by the stores of a process; whoever made it closes it.</param>
    public RedisLogLineStore(RedisConnection connection, TasklaneOptions options, TimeProvider time)
    {
        (_connection, _clock) = (connection, new RedisClock(time));
        _keys = new RedisKeys(options.Hub);
        var scripts = new RedisScripts(_keys, options);
        (_append, _read, _page, _purge) = (scripts.Load("append_lines"), scripts.Load("read_lines", writes: false), scripts.Load("page_lines", writes: false), scripts.Load("purge_lines"));
    }

    /// <inheritdoc/>
    /// <remarks>By the slice: with the lines of each the key learns of them, so a repeat goes on where the first request broke off.</remarks>
    public async Task<IReadOnlyList<string>> AppendAsync(string owner, IReadOnlyList<StoredLine> lines, RequestKey? key, CancellationToken cancellation)
    {
        if (lines.Count == 0)
            return [];
        var ids = new List<string>(lines.Count);
        RedisKey[] keys = key is null ? [_keys.Lines(owner), _keys.LineOwners] : [_keys.Lines(owner), _keys.LineOwners, _keys.Once(key)];
        foreach (var some in lines.Chunk(Slice))
        {
            RedisValue[] arguments =
            [
                owner, _clock.Given, key?.Hash ?? "", ids.Count,
                .. some.SelectMany(line => new RedisValue[] { line.At.ToUnixTimeMilliseconds(), line.Level, line.Service, line.Message }),
            ];
            try
            {
                var reply = RedisReplies.Checked(await _connection.RunAsync(_append, keys, arguments, cancellation));
                ids.AddRange((string[])reply[1]!);
            }
            catch (TaskException away) when (away.IsOutage && ids.Count > 0)
            {
                throw new TaskException(TaskErrors.OutcomeUnknown, $"Of {lines.Count} log lines at least {ids.Count} were stored: {away.Message}", away);
            }
        }
        return ids;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredLine>> ReadAsync(string owner, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        var lines = new List<StoredLine>(ids.Count);
        foreach (var some in ids.Where(id => Id().IsMatch(id)).Select(id => (RedisValue)id).Chunk(Slice))
            lines.AddRange(await EntriesAsync(_read, owner, some, cancellation));
        return lines;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredLine>> PageAsync(string owner, string? after, int limit, CancellationToken cancellation)
    {
        var lines = new List<StoredLine>();
        var from = after is not null && Id().IsMatch(after) ? after : "-";
        while (lines.Count < limit)
        {
            var asked = Math.Min(Slice, limit - lines.Count);
            var some = await EntriesAsync(_page, owner, [from, asked], cancellation);
            lines.AddRange(some);
            if (some.Count < asked)
                break;
            from = some[^1].Id;
        }
        return lines;
    }

    /// <inheritdoc/>
    public async Task<int> PurgeLinesAsync(DateTimeOffset storedBefore, int limit, CancellationToken cancellation)
    {
        var (purged, last) = (0, -1);
        while (purged < limit && last != 0)
        {
            last = (int)await _connection.RunAsync(
                _purge, [_keys.LineOwners], [storedBefore.ToUnixTimeMilliseconds(), Math.Min(Slice, limit - purged)], cancellation);
            purged += last;
        }
        return purged;
    }

    private async Task<IReadOnlyList<StoredLine>> EntriesAsync(RedisScript script, string owner, RedisValue[] arguments, CancellationToken cancellation)
    {
        var entries = (RedisResult[])(await _connection.RunAsync(script, [_keys.Lines(owner)], arguments, cancellation))!;
        return [.. entries.Select(Read)];
    }

    private static StoredLine Read(RedisResult entry)
    {
        // [id, [at, its value, level, its value, service, its value, message, its value]]
        var parts = (RedisResult[])entry!;
        var fields = (RedisValue[])parts[1]!;
        return new StoredLine((string)parts[0]!, DateTimeOffset.FromUnixTimeMilliseconds((long)fields[1]), fields[3]!, fields[5]!, fields[7]!);
    }

    [GeneratedRegex(@"^\d{1,18}-\d{1,18}\z")]
    private static partial Regex Id();
}
