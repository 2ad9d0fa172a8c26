using System.Text.Json;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Storage.Queues;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Storage.Blobs;

/// <summary>
/// `blobTrigger`: scans containers and takes events, queues what is new (<see cref="BlobArrivals"/>), and runs functions for what is
/// queued. A trigger with `source: EventGrid` is scanned too: on a laptop there is no Event Grid.
/// </summary>
internal sealed partial class BlobTriggers(
    StorageAccounts accounts,
    SettingNames names,
    BlobTriggerQueue queue,
    BlobArrivals arrivals,
    FunctionInvoker invoker,
    QueueListenerFactory listeners,
    StorageTimes times,
    HostState state,
    ILogger<BlobTriggers> log) : ITriggerKind, IRunsOnDemand, IDisposable
{
    private const string PoisonQueue = "webjobs-blobtrigger-poison";

    private readonly Dictionary<string, BlobTriggerFunction> _functions = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<BlobScan> _scans = [];
    private StorageAccount? _host;
    private QueueListener? _listener;

    public string Type => "blobTrigger";

    public void Add(HostFunction function)
    {
        var trigger = function.Trigger!;
        var account = accounts.Get(function, trigger.Text("connection"), "Blobs");
        var path = BlobPath.Parse(names.Resolve(trigger.Text("path") ?? trigger.Text("blobPath") ?? ""));

        // The queue and the receipts lie in the host's own account, whatever account the blobs are in.
        _host ??= accounts.Get(function, null, "Blobs");
        _functions[BlobTriggerMessage.IdOf(function.Name)] = new BlobTriggerFunction(function, account, path);
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        var running = _functions.Values.Where(function => function.Function.Runs).ToArray();
        if (running.Length == 0)
            return Task.CompletedTask;

        var source = new QueueSource("the queue of the blob triggers", _host!, queue.Queue(_host!), Poison, queue.Settings);
        _listener = listeners.Create(source, HandleAsync);
        _listener.Start();
        foreach (var group in running.GroupBy(function => (function.Account, function.Path.Container)))
        {
            var health = new StorageHealth(
                $"the scan of the container '{group.Key.Container}'", group.Key.Account, times, state, log);
            var scan = new BlobScan(group.First().Container, [.. group], _host!, arrivals, times, health);
            _scans.Add(scan);
            scan.Start();
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(_scans.Select(scan => scan.StopAsync()));
        if (_listener is not null)
            await _listener.StopAsync();
    }

    public void Abandon()
    {
        foreach (var scan in _scans)
            scan.Abandon();
        _listener?.Abandon();
    }

    public void Dispose() => Abandon();

    /// <summary>The function with the id `Host.Functions.NAME`, if it has a blob trigger and runs.</summary>
    public BlobTriggerFunction? Find(string functionId) =>
        _functions.TryGetValue(functionId, out var function) && function.Function.Runs ? function : null;

    /// <summary>Says that a blob was written; done when it is queued. A blob that does not fit the path, or is gone, is nothing.</summary>
    public async Task AnnounceAsync(BlobTriggerFunction function, string container, string blob)
    {
        if (!container.Equals(function.Path.Container, StringComparison.Ordinal) || function.Path.Match(blob) is null)
            return;
        try
        {
            var properties = (await function.Container.GetBlobClient(blob).GetPropertiesAsync()).Value;
            await arrivals.OfferAsync(function, _host!, blob, properties.ETag.ToString(), properties.BlobType);
        }
        catch (Exception e) when (StorageAccount.IsNotFound(e))
        {
            // It was deleted again.
        }
    }

    /// <param name="function">One of this kind's functions.</param>
    /// <param name="input">The blob's path, `container/name`, as the real host takes it.</param>
    /// <param name="cancellationToken">Fires when the host stops.</param>
    public async Task RunAsync(HostFunction function, string? input, CancellationToken cancellationToken)
    {
        var (container, blob) = BlobPath.Split(input ?? "");
        var target = _functions[BlobTriggerMessage.IdOf(function.Name)];
        var client = target.Account.Blobs.GetBlobContainerClient(container).GetBlobClient(blob);
        await InvokeAsync(target, client, (await client.GetPropertiesAsync(cancellationToken: cancellationToken)).Value, cancellationToken);
    }

    private Azure.Storage.Queues.QueueClient? Poison(LeasedMessage message) =>
        (BlobTriggerMessage.Parse(message.Body) is { } known && Find(known.FunctionId) is { } function ? function.Account : _host!)
            .Queues.GetQueueClient(PoisonQueue);

    private async Task HandleAsync(LeasedMessage leased, CancellationToken cancellationToken)
    {
        if (BlobTriggerMessage.Parse(leased.Body) is not { } message)
            throw new InvalidOperationException("The message in the queue of the blob triggers is none of theirs.");
        if (Find(message.FunctionId) is not { } function)
        {
            // The app of today has it no more.
            LogNoFunction(log, message.FunctionId, message.ContainerName, message.BlobName);
            return;
        }

        var client = function.Account.Blobs.GetBlobContainerClient(message.ContainerName).GetBlobClient(message.BlobName);
        BlobProperties properties;
        try
        {
            properties = (await client.GetPropertiesAsync(cancellationToken: cancellationToken)).Value;
        }
        catch (Exception e) when (StorageAccount.IsNotFound(e))
        {
            return;
        }

        // A newer version has, or gets, a message of its own.
        if (properties.ETag.ToString() == message.ETag)
            await InvokeAsync(function, client, properties, cancellationToken);
        else
            await AnnounceAsync(function, message.ContainerName, message.BlobName);
    }

    private async Task InvokeAsync(
        BlobTriggerFunction function, BlobClient client, BlobProperties properties, CancellationToken cancellationToken)
    {
        var data = await BlobContents.OfAsync(function.Function.Trigger!, function.Account, client.BlobContainerName, client.Name);
        var invocation = new Invocation(function.Function) { TriggerData = data };
        var metadata = invocation.TriggerMetadata;
        metadata["BlobTrigger"] = new TypedData { String = $"{client.BlobContainerName}/{client.Name}" };
        metadata["Uri"] = new TypedData { Json = JsonSerializer.Serialize(client.Uri.AbsoluteUri, JsonFormat.Plain) };
        metadata["Properties"] = new TypedData { Json = JsonSerializer.Serialize(properties, JsonFormat.Plain) };
        metadata["Metadata"] = new TypedData { Json = JsonSerializer.Serialize(properties.Metadata, JsonFormat.Plain) };
        foreach (var (name, value) in function.Path.Match(client.Name) ?? new Dictionary<string, string>())
            metadata[name] = new TypedData { String = value };
        await invoker.InvokeAsync(invocation, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The blob {Container}/{Blob} was queued for {Id}, which is not there any more.")]
    private static partial void LogNoFunction(ILogger logger, string id, string container, string blob);
}
