using System.Text.Json;
using StackExchange.Redis;
using Tasklane.Tasks;
using Tasklane.Tasks.Schedules;

namespace Tasklane.Stores.Redis;

/// <summary>Schedules in Redis: a hash each, found by sorted sets.</summary>
public sealed class RedisScheduleStore : IScheduleStore
{
    /// <summary>Schedules read by one script, so that none holds Redis up for long.</summary>
    private const int Slice = 200;

    private readonly RedisConnection _connection;
    private readonly RedisClock _clock;
    private readonly RedisKeys _keys;
    private readonly RedisScript _save, _delete, _list, _due;

    /// <param name="connection">Shared by the stores of a process; whoever made it closes it.</param>
    public RedisScheduleStore(RedisConnection connection, TasklaneOptions options, TimeProvider time)
    {
        (_connection, _clock) = (connection, new RedisClock(time));
        _keys = new RedisKeys(options.Hub);
        var scripts = new RedisScripts(_keys, options);
        (_save, _delete) = (scripts.Load("save_schedule"), scripts.Load("delete_schedule"));
        (_list, _due) = (scripts.Load("list_schedules", writes: false), scripts.Load("due_schedules", writes: false));
    }

    /// <inheritdoc/>
    public async Task<bool> SaveAsync(Schedule schedule, CancellationToken cancellation)
    {
        RedisValue[] arguments =
        [
            schedule.Id, schedule.Owner, schedule.Version, schedule.DueAt?.ToUnixTimeMilliseconds() ?? RedisValue.EmptyString,
            JsonSerializer.Serialize(schedule, JsonSerializerOptions.Web),
        ];
        return (int)await _connection.RunAsync(_save, [_keys.Schedule(schedule.Id)], arguments, cancellation) == 1;
    }

    /// <inheritdoc/>
    public async Task<Schedule?> GetAsync(string id, string? owner, CancellationToken cancellation)
    {
        var found = await _connection.CallAsync(database => database.HashGetAsync(_keys.Schedule(id), ["version", "data", "owner"]), cancellation);
        return found[0].IsNull || (owner is not null && found[2] != owner) ? null : Read(found[0], found[1]);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Schedule>> ListAsync(string? owner, string? after, int limit, CancellationToken cancellation)
    {
        var schedules = new List<Schedule>();
        while (schedules.Count < limit)
        {
            var asked = Math.Min(Slice, limit - schedules.Count);
            var reply = await _connection.RunAsync(
                _list, [owner is null ? _keys.Schedules : _keys.SchedulesOf(owner)], [schedules.Count == 0 ? after ?? "" : schedules[^1].Id, asked], cancellation);
            var some = Read((RedisValue[])reply!, 0);
            schedules.AddRange(some);
            if (some.Count < asked)
                break;
        }
        return schedules;
    }

    /// <inheritdoc/>
    public Task<long> CountAsync(string owner, CancellationToken cancellation) =>
        _connection.CallAsync(database => database.SortedSetLengthAsync(_keys.SchedulesOf(owner)), cancellation);

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync(string id, string? owner, CancellationToken cancellation) =>
        (int)await _connection.RunAsync(_delete, [_keys.Schedule(id)], [id, owner ?? ""], cancellation) == 1;

    /// <inheritdoc/>
    public async Task<DueSchedules> DueAsync(int limit, CancellationToken cancellation)
    {
        var reply = (RedisValue[])(await _connection.RunAsync(_due, [_keys.SchedulesDue], [_clock.Given, Math.Min(limit, Slice)], cancellation))!;
        return new DueSchedules(
            Read(reply, 2), DateTimeOffset.FromUnixTimeMilliseconds((long)reply[0]), reply[1] == "" ? null : DateTimeOffset.FromUnixTimeMilliseconds((long)reply[1]));
    }

    private static List<Schedule> Read(RedisValue[] pairs, int from)
    {
        var schedules = new List<Schedule>((pairs.Length - from) / 2);
        for (var i = from; i < pairs.Length; i += 2)
            schedules.Add(Read(pairs[i], pairs[i + 1]));
        return schedules;
    }

    private static Schedule Read(RedisValue version, RedisValue data) =>
        JsonSerializer.Deserialize<Schedule>((string)data!, JsonSerializerOptions.Web)! with { Version = (long)version };
}
