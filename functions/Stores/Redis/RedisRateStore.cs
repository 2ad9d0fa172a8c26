using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Limits;

namespace Tasklane.Stores.Redis;

/// <summary>Requests per user in Redis: a number each, gone when it counts for nothing.</summary>
public sealed class RedisRateStore : IRateStore
{
    private readonly RedisConnection _connection;
    private readonly RedisClock _clock;
    private readonly RedisKeys _keys;
    private readonly RedisScript _take;

    /// <param name="connection">Shared by the stores of a process; whoever made it closes it.</param>
    public RedisRateStore(RedisConnection connection, TasklaneOptions options, TimeProvider time)
    {
        (_connection, _clock, _keys) = (connection, new RedisClock(time), new RedisKeys(options.Hub));
        _take = new RedisScripts(_keys, options).Load("take_request");
    }

    /// <inheritdoc/>
    public async Task<RateUse> TakeAsync(string user, int limit, TimeSpan window, CancellationToken cancellation)
    {
        var reply = (long[])(await _connection.RunAsync(
            _take, [_keys.Rate(user)], [_clock.Given, limit, (long)window.TotalMilliseconds], cancellation))!;
        return new RateUse(reply[0] == 1, (int)reply[1], TimeSpan.FromMilliseconds(reply[2]), TimeSpan.FromMilliseconds(reply[3]));
    }
}
