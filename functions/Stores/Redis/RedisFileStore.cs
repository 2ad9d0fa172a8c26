using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Files;

namespace Tasklane.Stores.Redis;

/// <summary>Files in Redis: a hash each for what they are and for their pieces, and a sorted set of where these stand.</summary>
public sealed class RedisFileStore : IFileStore
{
    /// <summary>Pieces deleted by one script, so that none holds Redis up for long.</summary>
    private const int DroppedAtOnce = 20;

    private static readonly RedisValue[] _fields = ["owner", "name", "type", "length", "size", "sha256", "created", "expires"];

    private readonly RedisConnection _connection;
    private readonly RedisClock _clock;
    private readonly RedisKeys _keys;
    private readonly RedisScript _create, _write, _complete, _drop, _expired;

    /// <param name="connection">Shared by the stores of a process; whoever made it closes it.</param>
    public RedisFileStore(RedisConnection connection, TasklaneOptions options, TimeProvider time)
    {
        (_connection, _clock, _keys) = (connection, new RedisClock(time), new RedisKeys(options.Hub));
        var scripts = new RedisScripts(_keys, options);
        (_create, _write, _complete, _drop) = (scripts.Load("create_file"), scripts.Load("write_file"), scripts.Load("complete_file"), scripts.Load("drop_file"));
        _expired = scripts.Load("expired_files", writes: false);
    }

    /// <inheritdoc/>
    public async Task<bool> CreateAsync(StoredFile file, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            file.Id, file.Owner, file.Name, file.ContentType, file.Length ?? RedisValue.EmptyString, file.CreatedAt.ToUnixTimeMilliseconds(), file.ExpiresAt.ToUnixTimeMilliseconds(),
        ];
        return (int)await _connection.RunAsync(_create, [_keys.StoredFile(file.Id)], arguments, cancellation) == 1;
    }

    /// <inheritdoc/>
    public async Task<StoredFile?> GetAsync(string id, string? owner, CancellationToken cancellation)
    {
        var found = await _connection.CallAsync(database => database.HashGetAsync(_keys.StoredFile(id), _fields), cancellation);
        return found[0].IsNull || (owner is not null && found[0] != owner) ? null : Read(id, found);
    }

    /// <inheritdoc/>
    public async Task<bool> WriteAsync(string id, long at, ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        (int)await _connection.RunAsync(_write, [_keys.StoredFile(id), _keys.FilePieces(id), _keys.FilePlaces(id)], [at, bytes], cancellation) == 1;

    /// <inheritdoc/>
    public async Task<bool> CompleteAsync(string id, long size, string sha256, CancellationToken cancellation) =>
        (int)await _connection.RunAsync(_complete, [_keys.StoredFile(id)], [size, sha256], cancellation) == 1;

    /// <inheritdoc/>
    public async Task<FilePiece?> ReadAsync(string id, long at, CancellationToken cancellation)
    {
        var place = await _connection.CallAsync(
            database => database.SortedSetRangeByScoreAsync(_keys.FilePlaces(id), double.NegativeInfinity, at, order: Order.Descending, take: 1), cancellation);
        if (place.Length == 0)
            return null;
        var bytes = (byte[]?)await _connection.CallAsync(database => database.HashGetAsync(_keys.FilePieces(id), place[0]), cancellation);
        return bytes is not null && at < (long)place[0] + bytes.Length ? new FilePiece((long)place[0], bytes) : null;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StoredFile>> ListAsync(string owner, string? after, int limit, CancellationToken cancellation)
    {
        var ids = await _connection.CallAsync(
            database => database.SortedSetRangeByValueAsync(_keys.FilesOf(owner), after ?? RedisValue.Null, exclude: after is null ? Exclude.None : Exclude.Start, take: limit),
            cancellation);
        var files = await Task.WhenAll(ids.Select(id => GetAsync(id!, owner, cancellation)));
        return [.. files.OfType<StoredFile>()];
    }

    /// <inheritdoc/>
    public async Task<(long Files, long Bytes)> UsedAsync(string owner, CancellationToken cancellation)
    {
        var files = await ListAsync(owner, null, int.MaxValue, cancellation);
        return (files.Count, files.Sum(file => Math.Max(file.Size, file.Length ?? 0)));
    }

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string id, string? owner, CancellationToken cancellation)
    {
        int left;
        do
        {
            left = (int)await _connection.RunAsync(
                _drop, [_keys.StoredFile(id), _keys.FilePieces(id), _keys.FilePlaces(id)], [id, owner ?? "", DroppedAtOnce], cancellation);
        }
        while (left == 1);
        return left == 0;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<string>> ListExpiredAsync(int limit, CancellationToken cancellation) =>
        [.. ((RedisValue[])(await _connection.RunAsync(_expired, [_keys.FilesByExpiry], [_clock.Given, limit], cancellation))!).Select(id => (string)id!)];

    private static StoredFile Read(string id, RedisValue[] found) => new(
        id, found[0]!, found[1]!, found[2]!, found[3] == "" || found[3].IsNull ? null : (long)found[3], (long)found[4], found[5].IsNull ? null : (string?)found[5],
        RedisFields.Time(found[6])!.Value, RedisFields.Time(found[7])!.Value);
}
