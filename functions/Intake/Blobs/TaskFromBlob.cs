using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;
using Tasklane.Tasks.Handling;

namespace Tasklane.Intake.Blobs;

/// <summary>A blob dropped in <c>imports/{type}/</c> becomes a task of the type, once per version.</summary>
public sealed class TaskFromBlob(Arrivals arrivals, ILogger<TaskFromBlob> logger)
{
    internal const string Name = "TaskFromBlob";

    /// <summary>Told by Event Grid, as Flex Consumption has it; the setting that asks for a scan instead is put in by <see cref="OfferedFunctions"/>.</summary>
    [Function(Name)]
    public async Task RunAsync(
        [BlobTrigger(BlobReference.Imports + "/{type}/{name}", Source = BlobTriggerSource.EventGrid)] BlobClient blob,
        [DurableClient] DurableTaskClient client,
        CancellationToken cancellation)
    {
        BlobProperties properties;
        try
        {
            properties = await blob.GetPropertiesAsync(cancellationToken: cancellation);
        }
        catch (RequestFailedException gone) when (gone.Status == 404)
        {
            logger.LogInformation("The blob {Name} was deleted before it became a task.", blob.Name);
            return;
        }
        var reference = new BlobReference(blob.BlobContainerName, blob.Name, properties.ETag.ToString(), properties.ContentLength);
        await arrivals.TakeAsync(client, BlobDrops.Of(reference), cancellation);
    }
}
