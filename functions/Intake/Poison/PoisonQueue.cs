using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Tasklane.Tasks;
using Tasklane.Tasks.Storage;

namespace Tasklane.Intake.Poison;

/// <summary>The storage queue of what can be no task. The host moves messages there, too, which are as they were.</summary>
public sealed class PoisonQueue(StorageAccount account)
{
    public const string TaskQueueName = "tasklane-tasks";

    /// <summary>As the host names it.</summary>
    public const string QueueName = TaskQueueName + "-poison";

    /// <summary>Keeps texts that a queue message has no room for.</summary>
    private const string Container = "tasklane-poison";

    private const int MostBytes = 64 * 1024;
    private const int MostAtOnce = 32;

    /// <summary>The store's way to say "for ever": a poison message must not vanish after a week.</summary>
    private static readonly TimeSpan _forEver = TimeSpan.FromSeconds(-1);

    private readonly Lazy<QueueClient> _queue = new(() => account.Queues.GetQueueClient(QueueName));
    private readonly Lazy<BlobContainerClient> _texts = new(() => account.Blobs.GetBlobContainerClient(Container));

    /// <summary>Whether there is a storage account to keep it in.</summary>
    public bool IsThere => account.IsThere;

    /// <summary>The setting that the account has.</summary>
    public string Setting => account.Setting;

    internal Task AddAsync(PoisonNote note, CancellationToken cancellation) => CallAsync(async queue =>
    {
        var text = await FitAsync(note, cancellation);
        try
        {
            return await queue.SendMessageAsync(text, timeToLive: _forEver, cancellationToken: cancellation);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
            await queue.CreateIfNotExistsAsync(cancellationToken: cancellation);
            return await queue.SendMessageAsync(text, timeToLive: _forEver, cancellationToken: cancellation);
        }
    });

    /// <summary>How many there are, about, and the first of them.</summary>
    internal Task<(long Total, IReadOnlyList<(string Id, PoisonNote Note)> Messages)> ListAsync(int most, CancellationToken cancellation) => CallAsync(
        async Task<(long, IReadOnlyList<(string, PoisonNote)>)> (queue) =>
        {
            if (!await queue.ExistsAsync(cancellation))
                return (0, []);
            var properties = await queue.GetPropertiesAsync(cancellation);
            var peeked = await queue.PeekMessagesAsync(Math.Min(most, MostAtOnce), cancellation);
            return (properties.Value.ApproximateMessagesCount, [.. peeked.Value.Select(one => (one.MessageId, Read(one.MessageId, one.Body, one.InsertedOn)))]);
        });

    /// <summary>Takes some out of sight.</summary>
    internal Task<IReadOnlyList<(QueueMessage Message, PoisonNote Note)>> HideAsync(TimeSpan hidden, CancellationToken cancellation) => CallAsync(
        async Task<IReadOnlyList<(QueueMessage, PoisonNote)>> (queue) =>
        {
            if (!await queue.ExistsAsync(cancellation))
                return [];
            var messages = (await queue.ReceiveMessagesAsync(MostAtOnce, hidden, cancellation)).Value;
            return [.. messages.Select(one => (one, Read(one.MessageId, one.Body, one.InsertedOn)))];
        });

    /// <summary>What came, wherever it lies.</summary>
    internal async Task<string> TextAsync(PoisonNote note, CancellationToken cancellation) => note.Text ?? await CallAsync(
        async _ => (await _texts.Value.GetBlobClient(note.TextBlob!).DownloadContentAsync(cancellation)).Value.Content.ToString());

    /// <summary>Puts a message back, with another note when one is given.</summary>
    internal Task ShowAsync(QueueMessage message, PoisonNote? note, CancellationToken cancellation) => CallAsync(async queue => note is null
        ? await queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, message.Body, TimeSpan.Zero, cancellation)
        : await queue.UpdateMessageAsync(message.MessageId, message.PopReceipt, await FitAsync(note, cancellation), TimeSpan.Zero, cancellation));

    internal Task DeleteAsync(QueueMessage message, PoisonNote note, CancellationToken cancellation) => CallAsync(async queue =>
    {
        var deleted = await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt, cancellation);
        if (note.TextBlob is { } blob)
            await _texts.Value.GetBlobClient(blob).DeleteIfExistsAsync(cancellationToken: cancellation);
        return deleted;
    });

    private static PoisonNote Read(string id, BinaryData body, DateTimeOffset? at) => PoisonNote.Read(body.ToString(), id, at ?? DateTimeOffset.UnixEpoch);

    private async Task<string> FitAsync(PoisonNote note, CancellationToken cancellation)
    {
        var json = note.ToJson();
        if (note.Text is null || Encoding.UTF8.GetByteCount(json) <= MostBytes)
            return json;
        var name = $"{Guid.NewGuid():N}.txt";
        await _texts.Value.CreateIfNotExistsAsync(cancellationToken: cancellation);
        await _texts.Value.GetBlobClient(name).UploadAsync(BinaryData.FromString(note.Text), cancellation);
        return (note with { Text = null, TextBlob = name }).ToJson();
    }

    private async Task<T> CallAsync<T>(Func<QueueClient, Task<T>> call)
    {
        try
        {
            return await call(_queue.Value);
        }
        catch (Exception away) when (away is AggregateException or RequestFailedException { Status: 0 or >= 500 })
        {
            throw new TaskException(TaskErrors.StoreUnavailable, $"The storage account of {account.Setting} cannot be reached just now. Try again.", away);
        }
    }
}
