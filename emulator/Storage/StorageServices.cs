using Microsoft.Extensions.DependencyInjection;
using Tasklane.Emulator.Http.Keys;
using Tasklane.Emulator.Inspector;
using Tasklane.Emulator.Storage.Blobs;
using Tasklane.Emulator.Storage.Queues;
using Tasklane.Emulator.Worker.Functions;

namespace Tasklane.Emulator.Storage;

/// <summary>Azure Storage: triggers, inputs and outputs of queues and blobs.</summary>
internal static class StorageServices
{
    public static IServiceCollection AddStorage(this IServiceCollection services)
    {
        services.AddSingleton<StorageTimes>();
        services.AddSingleton<StorageAccounts>();
        services.AddSingleton<IHostRoom, StorageRoom>();

        services.AddSingleton<QueueBells>();
        services.AddSingleton<AppQueues>();
        services.AddSingleton<IInspectorSection, QueueSection>();
        services.AddSingleton<QueueListenerFactory>();
        services.AddSingleton<QueueTriggers>();
        services.AddSingleton<ITriggerKind>(provider => provider.GetRequiredService<QueueTriggers>());
        services.AddSingleton<IOutputKind, QueueOutputs>();

        services.AddSingleton<BlobTriggerQueue>();
        services.AddSingleton<BlobArrivals>();
        services.AddSingleton<BlobTriggers>();
        services.AddSingleton<ITriggerKind>(provider => provider.GetRequiredService<BlobTriggers>());
        services.AddSingleton<IInputKind, BlobInputs>();
        services.AddSingleton<IOutputKind, BlobOutputs>();
        services.AddSingleton(new ExtensionWebhook("blobs", "blobTrigger"));
        services.AddSingleton<IHostEndpoints, BlobWebhook>();
        return services;
    }
}

/// <summary>Makes a killed host's listeners stop as if their process had gone: nothing is released, nothing deleted.</summary>
internal sealed class StorageRoom(QueueTriggers queues, BlobTriggers blobs) : IHostRoom
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // The triggers have stopped their listeners before.
    public Task StopAsync() => Task.CompletedTask;

    public Task AbandonAsync()
    {
        queues.Abandon();
        blobs.Abandon();
        return Task.CompletedTask;
    }
}
