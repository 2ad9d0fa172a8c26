using Azure;
using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;

namespace Tasklane.Emulator.Storage;

/// <summary>One storage account: its clients.</summary>
internal sealed class StorageAccount
{
    public StorageAccount(string connectionName, string connectionString)
    {
        ConnectionName = connectionName;
        Queues = new QueueServiceClient(connectionString, Patient(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None }));
        Blobs = new BlobServiceClient(connectionString, Patient(new BlobClientOptions()));
    }

    /// <summary>The name of the setting, as bindings have it; the worker finds the account by it too.</summary>
    public string ConnectionName { get; }

    /// <summary>Messages as they are stored: <see cref="Storage.Queues.QueueText"/> does the encoding.</summary>
    public QueueServiceClient Queues { get; }

    public BlobServiceClient Blobs { get; }

    /// <summary>Whether the store says that a queue, message, container or blob is not there.</summary>
    public static bool IsNotFound(Exception error) => error is RequestFailedException { Status: 404 };

    /// <summary>Whether the store says that a message is no longer this host's: deleted, or fetched by another.</summary>
    public static bool IsGone(Exception error) => IsNotFound(error) || error is RequestFailedException { ErrorCode: "PopReceiptMismatch" };

    /// <summary>Why a call failed, in one line: the store's clients put a page into their messages.</summary>
    public static string Reason(Exception error)
    {
        if (error is AggregateException { InnerException: { } inner })
            error = inner;
        if (error is RequestFailedException { ErrorCode: { Length: > 0 } code } refused)
            return $"{refused.Status} {code}";
        return error.Message.Split('\n')[0].Trim();
    }

    // A short break of the connection is not worth a word; a long one is for the listeners to report.
    private static T Patient<T>(T options)
        where T : ClientOptions
    {
        options.Retry.MaxRetries = 2;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(2);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(30);
        options.Diagnostics.IsTelemetryEnabled = false;
        options.Diagnostics.IsDistributedTracingEnabled = false;
        return options;
    }
}
