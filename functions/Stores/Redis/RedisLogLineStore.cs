using System.Text.RegularExpressions;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Storing;

namespace Tasklane.Stores.Redis;

/// <summary>Log lines in Redis: a stream per user. A line's id is its entry's.</summary>
public sealed partial class RedisLogLineStore : ILogLineStore
{
    /// <summary>Lines purged by one script, so that none holds Redis up for long.</summary>
    private const int PurgeBatch = 1_000;

    private readonly RedisConnection _connection;
    private readonly TimeProvider _time;
    private readonly RedisKeys _keys;
    private readonly RedisScript _append, _read, _page, _purge;

    /// <param name="connection">Shared by the stores of a process; whoever made it closes it.</param>
    public RedisLogLineStore(RedisConnection connection, TasklaneOptions options, TimeProvider time)
    {
        (_connection, _time) = (connection, time);
        _keys = new RedisKeys(options.Hub);
        var scripts = new RedisScripts(_keys, options);
        (_append, _read, _page, _purge) = (scripts.Load("append_lines"), scripts.Load("read_lines"), scripts.Load("page_lines"), scripts.Load("purge_lines"));
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> AppendAsync(string owner, IReadOnlyList<StoredLine> lines, CancellationToken cancellation)
    {
        if (lines.Count == 0)
            return [];
        var arguments = new List<RedisValue>(2 + (4 * lines.Count)) { owner, _time.GetUtcNow().ToUnixTimeMilliseconds() };
        foreach (var line in lines)
            arguments.AddRange([line.At.ToUnixTimeMilliseconds(), line.Level, line.Service, line.Message]);
        return (string[])(await _connection.RunAsync(_append, [_keys.Lines(owner), _keys.LineOwners], [.. arguments], cancellation))!;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredLine>> ReadAsync(string owner, IReadOnlyList<string> ids, CancellationToken cancellation)
    {
        RedisValue[] wellFormed = [.. ids.Where(id => Id().IsMatch(id)).Select(id => (RedisValue)id)];
        return EntriesAsync(_read, owner, wellFormed, cancellation);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredLine>> PageAsync(string owner, string? after, int limit, CancellationToken cancellation) =>
        EntriesAsync(_page, owner, [after is not null && Id().IsMatch(after) ? after : "-", limit], cancellation);

    /// <inheritdoc/>
    public async Task<int> PurgeLinesAsync(DateTimeOffset storedBefore, int limit, CancellationToken cancellation)
    {
        var (purged, last) = (0, -1);
        while (purged < limit && last != 0)
        {
            last = (int)await _connection.RunAsync(
                _purge, [_keys.LineOwners], [storedBefore.ToUnixTimeMilliseconds(), Math.Min(PurgeBatch, limit - purged)], cancellation);
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
