using System.Collections.Concurrent;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Tasklane.Tasks;

namespace Tasklane.Intake.Streams;

/// <summary>
/// Reads the stream as one consumer of the group. A message is acknowledged when its work is durably done or it is a dead letter; one that
/// met an outage stays this consumer's and is tried again by it, and by whoever claims it when this process is gone.
/// </summary>
public sealed class StreamConsumer(TaskStream stream, StreamWork work, StreamUpkeep upkeep, DeadLetters deadLetters, TasklaneOptions options, ILogger<StreamConsumer> logger)
    : IDisposable
{
    private const int BatchSize = 64;
    private const int AtOnce = 16;

    /// <summary>As long as the idempotency keys of tasks.</summary>
    private static readonly TimeSpan _doneKept = RequestKey.Kept;

    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>Failed for a reason of their own: they wait to be claimed, which counts.</summary>
    private readonly ConcurrentDictionary<RedisValue, bool> _failed = new();
    private RedisValue _claimFrom = "0-0";
    private bool _hasGroup;
    private bool _hasLeftOvers;

    /// <summary>Its name in the group.</summary>
    public string Consumer { get; } = $"{(options.Worker.Length > 0 ? options.Worker : Environment.MachineName)}-{Guid.NewGuid():N}"[..^24];

    /// <summary>Handles messages until none is left that could be had. Runs once at a time; who comes second waits.</summary>
    /// <exception cref="TaskException">The task store is away; what was read is tried again by the next call.</exception>
    /// <exception cref="RedisException">The stream's server is away.</exception>
    public async Task DrainAsync(DurableTaskClient client, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var database = await stream.DatabaseAsync();
            if (!_hasGroup)
                await stream.EnsureGroupAsync(database);
            _hasGroup = true;
            while (!cancellation.IsCancellationRequested && await ReadAsync(database) is { Count: > 0 } entries)
                await HandleAllAsync(database, client, entries, cancellation);
            await upkeep.RunAsync(database, Consumer);
        }
        catch (RedisServerException gone) when (IsGroupGone(gone))
        {
            _hasGroup = false; // somebody deleted the stream; it is made again by the next call
        }
        catch
        {
            _hasLeftOvers = true;
            throw;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Leaves the group, unless messages wait to be claimed from it.</summary>
    public async Task LeaveAsync()
    {
        var database = await stream.DatabaseAsync();
        if (_hasGroup)
            await upkeep.LeaveAsync(database, Consumer);
    }

    public void Dispose() => _one.Dispose();

    /// <summary>Whether the stream or its group is not there.</summary>
    internal static bool IsGroupGone(RedisServerException refused) =>
        refused.Message.StartsWith("NOGROUP", StringComparison.Ordinal) || refused.Message.Contains("no such key", StringComparison.Ordinal);

    /// <summary>What this consumer could not end, what others have held too long, and what is new.</summary>
    private async Task<IReadOnlyList<StreamEntry>> ReadAsync(IDatabase database)
    {
        var (name, group) = (stream.Settings.Stream, stream.Settings.Group);
        if (_hasLeftOvers)
        {
            var own = await database.StreamReadGroupAsync(name, group, Consumer, "0", count: 1_000);
            _hasLeftOvers = false;
            if (own.Where(entry => !_failed.ContainsKey(entry.Id)).ToArray() is { Length: > 0 } again)
                return again;
        }
        var claimed = await database.StreamAutoClaimAsync(name, group, Consumer, (long)(options.Intake.StreamClaimSeconds * 1000), _claimFrom, BatchSize);
        _claimFrom = claimed.NextStartId; // one call looks at so many only, and at the first again after the last
        foreach (var entry in claimed.ClaimedEntries)
            _failed.TryRemove(entry.Id, out _);
        var fresh = await database.StreamReadGroupAsync(name, group, Consumer, StreamPosition.NewMessages, BatchSize);
        return [.. claimed.ClaimedEntries.Where(entry => !entry.IsNull), .. fresh];
    }

    /// <summary>Messages of one id one after the other, in their order; of several, side by side.</summary>
    private async Task HandleAllAsync(IDatabase database, DurableTaskClient client, IReadOnlyList<StreamEntry> entries, CancellationToken cancellation)
    {
        var read = new List<(StreamEntry Entry, StreamMessage Message)>();
        foreach (var entry in entries)
        {
            if (entry.Values is not { Length: > 0 })
            {
                logger.LogWarning("The message {Entry} was removed from {Stream} before it was done.", entry.Id, stream.Settings.Stream);
                await database.StreamAcknowledgeAsync(stream.Settings.Stream, stream.Settings.Group, entry.Id);
                continue;
            }
            try
            {
                read.Add((entry, StreamMessage.Read(entry.Values)));
            }
            catch (TaskException unfit)
            {
                await DieAsync(database, entry, unfit.Code, unfit.Message);
            }
        }
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(read.GroupBy(one => one.Message.TaskId), parallel, async (ofOne, stop) =>
        {
            foreach (var (entry, message) in ofOne)
                await HandleAsync(database, client, entry, message, stop);
        });
    }

    private async Task HandleAsync(IDatabase database, DurableTaskClient client, StreamEntry entry, StreamMessage message, CancellationToken cancellation)
    {
        var identity = StreamWork.IdentityOf(message, entry.Id);
        try
        {
            if (!await database.KeyExistsAsync(stream.DoneKey(identity)))
                await work.HandleAsync(client, message, identity, cancellation);
        }
        catch (TaskException refusal) when (!refusal.IsOutage)
        {
            await DieAsync(database, entry, refusal.Code, refusal.Message);
            return;
        }
        catch (Exception failure) when (failure is not (TaskException or RedisException or TimeoutException or OperationCanceledException))
        {
            await FailAsync(database, entry, failure);
            return;
        }
        // Together: a message that is acknowledged is known as done, should its sender send it again.
        var transaction = database.CreateTransaction();
        _ = transaction.StringSetAsync(stream.DoneKey(identity), entry.Id, _doneKept);
        _ = transaction.StreamAcknowledgeAsync(stream.Settings.Stream, stream.Settings.Group, entry.Id);
        await transaction.ExecuteAsync();
    }

    private async Task FailAsync(IDatabase database, StreamEntry entry, Exception failure)
    {
        var pending = await database.StreamPendingMessagesAsync(
            stream.Settings.Stream, stream.Settings.Group, 1, Consumer, minId: entry.Id, maxId: entry.Id);
        var deliveries = pending.FirstOrDefault().DeliveryCount;
        logger.LogError(failure, "The message {Entry} of {Stream} failed; it was delivered {Count} times.", entry.Id, stream.Settings.Stream, deliveries);
        if (deliveries >= options.Intake.StreamMaxDeliveries)
            await DieAsync(database, entry, TaskErrors.HandlerFailed, $"Failed {deliveries} times, at last with: {failure.Message}");
        else
            _failed[entry.Id] = true;
    }

    private async Task DieAsync(IDatabase database, StreamEntry entry, string code, string reason)
    {
        logger.LogWarning("The message {Entry} of {Stream} goes to {DeadLetters}: {Reason}", entry.Id, stream.Settings.Stream, stream.Settings.DeadLetters, reason);
        await deadLetters.AddAsync(database, entry, code, reason);
        await database.StreamAcknowledgeAsync(stream.Settings.Stream, stream.Settings.Group, entry.Id);
    }
}
