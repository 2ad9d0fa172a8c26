using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Configuration;
using Tasklane.Emulator.Storage.Queues;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>
/// Where this host keeps what it knows of blobs, in its own storage account as the real host does: a queue of blobs to run functions
/// for, which brings retries and poison, and a receipt for each blob's version that was queued.
/// </summary>
internal sealed class BlobTriggerQueue
{
    private const string HostContainer = "azure-webjobs-hosts";

    public BlobTriggerQueue(HostEnvironment environment, IConfiguration settings)
    {
        HostId = settings["AzureFunctionsWebHost:hostid"] is { Length: > 0 } given ? given.ToLowerInvariant() : OwnId(environment);
        var section = environment.HostJson.Extension("blobs");
        var most = QueueSettings.Number(section, "maxDegreeOfParallelism", 8 * Environment.ProcessorCount, 1, 1_000);
        var batch = Math.Min(QueueSettings.LargestBatch, (most / 2) + 1);
        Settings = new QueueSettings
        {
            BatchSize = batch,
            NewBatchThreshold = Math.Max(0, most - batch),
            MaxDequeueCount = QueueSettings.Number(section, "poisonBlobThreshold", 5, 1, int.MaxValue),
            MaxPollingInterval = TimeSpan.FromSeconds(10),
        };
    }

    /// <summary>The same after a restart on the same data, and nobody else's: several hosts can share an account.</summary>
    public string HostId { get; }

    public QueueSettings Settings { get; }

    public string QueueName => $"azure-webjobs-blobtrigger-{HostId}";

    public QueueClient Queue(StorageAccount host) => host.Queues.GetQueueClient(QueueName);

    /// <summary>The receipt of a version of a blob for a function.</summary>
    public BlobClient Receipt(StorageAccount host, BlobTriggerMessage message) => host.Blobs.GetBlobContainerClient(HostContainer).GetBlobClient(
        $"blobreceipts/{HostId}/{message.FunctionId}/{message.ETag}/{message.ContainerName}/{message.BlobName}");

    private static string OwnId(HostEnvironment environment) => string.Create(CultureInfo.InvariantCulture, $"local-{Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes($"{Environment.MachineName}\n{environment.App.Path}\n{environment.DataDirectory}")))[..24]}");
}
