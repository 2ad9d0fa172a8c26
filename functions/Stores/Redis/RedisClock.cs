using StackExchange.Redis;
using Tasklane.Tasks;

namespace Tasklane.Stores.Redis;

/// <summary>
/// Scripts read the time themselves, by Redis' clock, where they make their change: a worker whose clock is wrong, or whose call was long
/// under way, ends nobody's lease. What they write down is marked with <see cref="Mark"/> where their time belongs.
/// </summary>
internal sealed class RedisClock(TimeProvider time)
{
    /// <summary>No JSON has this character as it is: it stands for the time of the event that it is in.</summary>
    private const char Mark = '\u0001';

    private static readonly string _unknown = $"\"{Timestamps.Text(Unknown)}\"";

    /// <summary>The time to write an event's data with that a script will know.</summary>
    public static DateTimeOffset Unknown => DateTimeOffset.UnixEpoch;

    /// <summary>A test's time; empty where Redis' own counts.</summary>
    public RedisValue Given => time == TimeProvider.System ? RedisValue.EmptyString : time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>This process' clock: good enough for which minutes of the history somebody wants to see.</summary>
    public DateTimeOffset Local => time.GetUtcNow();

    /// <summary>Event data written with <see cref="Unknown"/> for the time, which comes before anything that a user has written.</summary>
    public static string Marked(string data)
    {
        var at = data.IndexOf(_unknown, StringComparison.Ordinal);
        return at < 0 ? throw new ArgumentException($"There is no time in {data}.", nameof(data)) : $"{data.AsSpan(0, at)}{Mark}{data.AsSpan(at + _unknown.Length)}";
    }

    /// <summary>Event data with its event's time where it is marked.</summary>
    public static string Read(string data, DateTimeOffset at) =>
        data.Contains(Mark, StringComparison.Ordinal) ? data.Replace($"{Mark}", $"\"{Timestamps.Text(at)}\"", StringComparison.Ordinal) : data;
}
