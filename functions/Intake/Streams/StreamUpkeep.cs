using System.Globalization;
using StackExchange.Redis;
using Tasklane.Tasks;

namespace Tasklane.Intake.Streams;

/// <summary>Keeps the stream and its group small: drops handled messages past their time, and consumers whose processes are gone.</summary>
public sealed class StreamUpkeep(TaskStream stream, TasklaneOptions options, TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    /// <summary>A consumer that lives asks for messages every few seconds.</summary>
    private static readonly TimeSpan _gone = TimeSpan.FromHours(1);

    private long? _latest;

    /// <summary>At most once a minute.</summary>
    internal async Task RunAsync(IDatabase database, string consumer)
    {
        if (_latest is { } latest && time.GetElapsedTime(latest) < _interval)
            return;
        _latest = time.GetTimestamp();
        await TrimAsync(database);
        foreach (var other in await database.StreamConsumerInfoAsync(stream.Settings.Stream, stream.Settings.Group))
        {
            if (other.Name != consumer && other.PendingMessageCount == 0 && other.IdleTimeInMilliseconds > _gone.TotalMilliseconds)
                await database.StreamDeleteConsumerAsync(stream.Settings.Stream, stream.Settings.Group, other.Name);
        }
    }

    /// <summary>What a consumer that is deleted holds is lost, so one that holds something stays.</summary>
    internal async Task LeaveAsync(IDatabase database, string consumer)
    {
        var all = await database.StreamConsumerInfoAsync(stream.Settings.Stream, stream.Settings.Group);
        if (all.Any(one => one.Name == consumer && one.PendingMessageCount == 0))
            await database.StreamDeleteConsumerAsync(stream.Settings.Stream, stream.Settings.Group, consumer);
    }

    /// <summary>Only what every group has read and acknowledged.</summary>
    private async Task TrimAsync(IDatabase database)
    {
        if (options.Intake.StreamKeepHours == 0)
            return;
        var keep = time.GetUtcNow().AddHours(-options.Intake.StreamKeepHours).ToUnixTimeMilliseconds();
        var least = (Time: keep, Sequence: 0UL);
        foreach (var group in await database.StreamGroupInfoAsync(stream.Settings.Stream))
        {
            var pending = await database.StreamPendingAsync(stream.Settings.Stream, group.Name);
            var oldest = pending.PendingMessageCount > 0 ? pending.LowestPendingMessageId.ToString() : group.LastDeliveredId ?? "0-0";
            var needed = Parse(oldest);
            if (needed.CompareTo(least) < 0)
                least = needed;
        }
        await database.StreamTrimByMinIdAsync(stream.Settings.Stream, $"{least.Time}-{least.Sequence}", useApproximateMaxLength: true);
    }

    private static (long Time, ulong Sequence) Parse(string id) =>
        id.Split('-') is [var time, var sequence] ? (long.Parse(time, CultureInfo.InvariantCulture), ulong.Parse(sequence, CultureInfo.InvariantCulture)) : default;
}
