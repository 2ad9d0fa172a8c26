using Microsoft.DurableTask.Client;
using StackExchange.Redis;
using Tasklane.Intake.Poison;
using Tasklane.Tasks;
using Tasklane.Tasks.Problems;

namespace Tasklane.Intake.Streams;

/// <summary>
/// The stream of messages that could not be done: their fields as they were, and <c>dead:code</c>, <c>dead:reason</c>, <c>dead:at</c> and
/// <c>dead:id</c>, where it stood. Sent round again, a message is added to the first stream anew.
/// </summary>
public sealed class DeadLetters(TaskStream stream, TimeProvider time) : IPoisonBox
{
    private const string Prefix = "dead:";
    private const int MostAtOnce = 1_000;

    public string Name => ArrivalSources.Stream;

    /// <summary>Durable when it returns; the message has yet to be acknowledged.</summary>
    public Task AddAsync(IDatabase database, StreamEntry entry, string code, string reason) => database.StreamAddAsync(stream.Settings.DeadLetters,
    [
        .. entry.Values,
        new NameValueEntry(Prefix + "code", code),
        new NameValueEntry(Prefix + "reason", reason),
        new NameValueEntry(Prefix + "at", Timestamps.Text(time.GetUtcNow())),
        new NameValueEntry(Prefix + "id", entry.Id),
    ]);

    public async Task<PoisonPage> ListAsync(int most, CancellationToken cancellation) => !stream.Settings.Enabled ? new PoisonPage(0, []) : await CallAsync(
        async database =>
        {
            var total = await database.StreamLengthAsync(stream.Settings.DeadLetters);
            var entries = await database.StreamRangeAsync(stream.Settings.DeadLetters, count: most);
            return new PoisonPage(total, [.. entries.Select(Told)]);
        });

    public Task<SentAgain> SendAgainAsync(DurableTaskClient client, string? id, CancellationToken cancellation) => CallAsync(async database =>
    {
        var entries = id is null
            ? await database.StreamRangeAsync(stream.Settings.DeadLetters, count: MostAtOnce)
            : await OneAsync(database, id);
        foreach (var entry in entries)
        {
            await database.StreamAddAsync(stream.Settings.Stream, [.. entry.Values.Where(field => !IsOurs(field))]);
            await database.StreamDeleteAsync(stream.Settings.DeadLetters, [entry.Id]);
        }
        return new SentAgain(entries.Length, [], []);
    });

    public Task<bool> DropAsync(string id, CancellationToken cancellation) => CallAsync(async database =>
        await OneAsync(database, id) is [var entry] && await database.StreamDeleteAsync(stream.Settings.DeadLetters, [entry.Id]) > 0);

    private async Task<StreamEntry[]> OneAsync(IDatabase database, string id)
    {
        try
        {
            return await database.StreamRangeAsync(stream.Settings.DeadLetters, id, id);
        }
        catch (RedisServerException notOne) when (notOne.Message.Contains("Invalid stream ID", StringComparison.Ordinal))
        {
            return [];
        }
    }

    private static PoisonMessage Told(StreamEntry entry) => new(
        entry.Id.ToString(),
        ArrivalSources.Stream,
        DateTimeOffset.TryParse(entry[Prefix + "at"], System.Globalization.CultureInfo.InvariantCulture, out var at) ? at : null,
        (string?)entry[Prefix + "code"] ?? "",
        (string?)entry[Prefix + "reason"] ?? "",
        string.Join('\n', entry.Values.Where(field => !IsOurs(field)).Select(field => $"{field.Name}={field.Value}")));

    private static bool IsOurs(NameValueEntry field) => ((string)field.Name!).StartsWith(Prefix, StringComparison.Ordinal);

    private async Task<T> CallAsync<T>(Func<IDatabase, Task<T>> call)
    {
        if (!stream.Settings.Enabled)
            throw new InvalidRequestException(RequestErrors.IntakeOff, "APP_ENABLE_REDIS_QUEUE=true");
        try
        {
            return await call(await stream.DatabaseAsync());
        }
        catch (Exception away) when (away is RedisConnectionException or RedisTimeoutException)
        {
            throw new TaskException(TaskErrors.StoreUnavailable, "The stream's Redis cannot be reached just now. Try again.", away);
        }
    }
}
