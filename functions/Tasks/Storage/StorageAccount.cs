using Azure.Core;
using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;

namespace Tasklane.Tasks.Storage;

/// <summary>
/// The storage account of the intake, by the setting that <see cref="IntakeOptions.Connection"/> names and as the host reads it: a
/// connection string, or a group of settings for a managed identity.
/// </summary>
public sealed class StorageAccount
{
    private readonly Lazy<QueueServiceClient> _queues;
    private readonly Lazy<BlobServiceClient> _blobs;

    public StorageAccount(IConfiguration configuration, TasklaneOptions options, AzureComponentFactory components)
    {
        Setting = options.Intake.Connection;
        // The host looks for the longer name first.
        var section = configuration.GetSection("AzureWebJobs" + Setting) is { } prefixed && prefixed.Exists() ? prefixed : configuration.GetSection(Setting);
        IsThere = section.Exists() && (section.Value is null || section.Value.Length > 0);
        // As it is stored: whether it is base64 is found by looking at it.
        var queueOptions = Patient(new QueueClientOptions { MessageEncoding = QueueMessageEncoding.None });
        var blobOptions = Patient(new BlobClientOptions());
        _queues = new(() => section.Value is { Length: > 0 } text
            ? new QueueServiceClient(text, queueOptions)
            : new QueueServiceClient(Address(section, "queue"), components.CreateTokenCredential(section), queueOptions));
        _blobs = new(() => section.Value is { Length: > 0 } text
            ? new BlobServiceClient(text, blobOptions)
            : new BlobServiceClient(Address(section, "blob"), components.CreateTokenCredential(section), blobOptions));
    }

    /// <summary>Name of its setting.</summary>
    public string Setting { get; }

    /// <summary>Whether the setting is there.</summary>
    public bool IsThere { get; }

    public QueueServiceClient Queues => _queues.Value;

    public BlobServiceClient Blobs => _blobs.Value;

    private static Uri Address(IConfigurationSection section, string service) =>
        new(section[$"{service}ServiceUri"] ?? section["serviceUri"] ?? $"https://{section["accountName"]}.{service}.core.windows.net");

    /// <summary>Whoever waits for an answer gets it within seconds, also when the account is away.</summary>
    private static T Patient<T>(T options)
        where T : ClientOptions
    {
        options.Retry.MaxRetries = 2;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(20);
        return options;
    }
}
