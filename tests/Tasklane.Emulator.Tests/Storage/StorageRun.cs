using Azure.Storage.Blobs;
using Azure.Storage.Queues;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tasklane.Emulator.Storage;
using Tasklane.Emulator.Testing;
using Tasklane.Testbed;

[assembly: AssemblyFixture(typeof(SharedAzurite))]

namespace Tasklane.Emulator.Tests.Storage;

/// <summary>The probe app on a host, with a queue and a container of its own.</summary>
internal sealed class StorageRun : IAsyncDisposable
{
    private readonly TempDirectory _data = new("storage");
    private readonly AzuriteServer _azurite;

    private StorageRun(AzuriteServer azurite) => _azurite = azurite;

    public ProbeLine Line { get; } = new();

    public string Name { get; } = $"t{Guid.NewGuid():N}"[..16];

    public FunctionsTestHost? Host { get; private set; }

    public bool OwnProcess { get; init; }

    public StorageTimes Times { get; init; } = new() { BlobScan = TimeSpan.FromMilliseconds(200) };

    /// <summary>Settings of the app, over those that every run has.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    public QueueClient Queue => Named(Name);

    public QueueClient Output => Named($"{Name}-out");

    public BlobContainerClient Container => new(_azurite.ConnectionString, Name);

    public HostState State => Host!.HostServices.GetRequiredService<HostState>();

    public static async Task<StorageRun> StartAsync(SharedAzurite azurite, bool ownProcess, string function, StorageTimes? times = null)
    {
        var run = Create(await azurite.ServerAsync(), ownProcess, times);
        await run.StartHostAsync(function);
        return run;
    }

    public static StorageRun Create(AzuriteServer azurite, bool ownProcess, StorageTimes? times = null) =>
        times is null ? new StorageRun(azurite) { OwnProcess = ownProcess } : new StorageRun(azurite) { OwnProcess = ownProcess, Times = times };

    /// <summary>Starts a host, again after one that has ended.</summary>
    public async Task StartHostAsync(params string[] functions)
    {
        if (Host is not null)
            await Host.DisposeAsync();
        Host = await FunctionsTestHost.StartAsync<Probe.TestLine>(options =>
        {
            options.Functions = functions;
            options.OwnProcess = OwnProcess;
            options.DataDirectory = _data.Path;
            options.Settings["AzureWebJobsStorage"] = _azurite.ConnectionString;
            options.Settings["ProbeQueue"] = Name;
            options.Settings["ProbeContainer"] = Name;
            options.Settings["ProbeLine"] = Line.Address;
            options.Settings["AzureFunctionsJobHost__extensions__queues__maxPollingInterval"] = "00:00:00.2";
            foreach (var (name, value) in Settings)
                options.Settings[name] = value;
            options.ConfigureHostServices = services => services.Replace(ServiceDescriptor.Singleton(Times));
        });
    }

    public QueueClient Named(string name) =>
        new(_azurite.ConnectionString, name, new QueueClientOptions { MessageEncoding = QueueMessageEncoding.Base64 });

    public async Task SendAsync(string message)
    {
        await Queue.CreateIfNotExistsAsync();
        await Queue.SendMessageAsync(message);
    }

    public async Task UploadAsync(string blob, string content)
    {
        await Container.CreateIfNotExistsAsync();
        await Container.GetBlobClient(blob).UploadAsync(new BinaryData(content), overwrite: true);
    }

    /// <summary>Done after a time that the store measures: a message that is hidden for so long appears.</summary>
    public async Task StoreTimeAsync(TimeSpan time)
    {
        var marker = Named($"{Name}-time");
        await marker.CreateIfNotExistsAsync();
        await marker.SendMessageAsync("now", visibilityTimeout: time);
        _ = await TakeAsync(marker);
    }

    /// <summary>The bodies of a queue's next messages, when there are so many.</summary>
    public static async Task<string[]> TakeAsync(QueueClient queue, int count = 1)
    {
        var bodies = new List<string>();
        await UntilAsync(async () =>
        {
            if (!await queue.ExistsAsync())
                return false;
            foreach (var message in (await queue.ReceiveMessagesAsync(count - bodies.Count)).Value)
            {
                bodies.Add(message.Body.ToString());
                await queue.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }

            return bodies.Count == count;
        });
        return [.. bodies];
    }

    /// <summary>How many messages a queue has, hidden ones too.</summary>
    public static async Task<int> CountAsync(QueueClient queue) => (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount;

    /// <summary>The store tells nobody what happens in it, so it is asked.</summary>
    public static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, limit.Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (Host is not null)
            await Host.DisposeAsync();
        await Line.DisposeAsync();
        _data.Dispose();
    }
}
