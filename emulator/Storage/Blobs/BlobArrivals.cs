using System.Collections.Concurrent;
using Azure.Storage.Blobs.Models;
using Tasklane.Emulator.Storage.Queues;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>
/// Blobs that were found or announced: each version is queued once for each function. The receipt is written after the queue's
/// message, so that a crash between the two makes a blob run twice rather than never.
/// </summary>
internal sealed class BlobArrivals(BlobTriggerQueue queue, QueueBells bells)
{
    // The scan and an event may bring the same blob at the same moment.
    private readonly ConcurrentDictionary<BlobTriggerMessage, Lazy<Task>> _underWay = new();

    /// <summary>Queues a blob unless that version was queued before.</summary>
    /// <param name="function">Whose path the blob fits.</param>
    /// <param name="host">The host's own account.</param>
    /// <param name="blob">The blob's name.</param>
    /// <param name="etag">Its version.</param>
    /// <param name="type">Its type.</param>
    public async Task OfferAsync(BlobTriggerFunction function, StorageAccount host, string blob, string etag, BlobType type)
    {
        // A listing gives the version without quotes, everything else with them; the real host's messages have them.
        var message = new BlobTriggerMessage(function.Id, $"{type}Blob", function.Path.Container, blob, $"\"{etag.Trim('"')}\"");
        var offering = _underWay.GetOrAdd(message, key => new Lazy<Task>(() => OfferOnceAsync(key, host)));
        try
        {
            await offering.Value;
        }
        finally
        {
            _underWay.TryRemove(KeyValuePair.Create(message, offering));
        }
    }

    private async Task OfferOnceAsync(BlobTriggerMessage message, StorageAccount host)
    {
        var receipt = queue.Receipt(host, message);
        if (await receipt.ExistsAsync())
            return;

        var target = queue.Queue(host);
        var text = QueueText.Encode(message.ToJson(), base64: true);
        await MissingAsync(() => target.SendMessageAsync(text), () => target.CreateIfNotExistsAsync());
        var container = host.Blobs.GetBlobContainerClient(receipt.BlobContainerName);
        await MissingAsync(
            () => receipt.UploadAsync(
                new BinaryData([]), new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["Completed"] = "True" } }),
            () => container.CreateIfNotExistsAsync());
        bells.Ring(target.Uri);
    }

    private static async Task MissingAsync(Func<Task> act, Func<Task> create)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (StorageAccount.IsNotFound(e))
        {
            await create();
            await act();
        }
    }
}
