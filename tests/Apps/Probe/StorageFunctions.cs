using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Azure.Storage.Blobs;
using Azure.Storage.Queues.Models;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;

namespace Probe;

/// <summary>
/// Tells a test what a function got, in whatever process it runs, and holds the function until the test answers; the answer says
/// whether the function is to fail.
/// </summary>
public sealed class TestLine(IConfiguration settings)
{
    private static readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public async Task SayAsync(string text, CancellationToken cancellationToken = default)
    {
        using var content = new StringContent(text);
        using var answer = await _http.PostAsync(settings["ProbeLine"], content, cancellationToken);
        if (answer.StatusCode != HttpStatusCode.OK)
            throw new InvalidOperationException(await answer.Content.ReadAsStringAsync(cancellationToken));
    }
}

public sealed record Order(string Product, int Count);

/// <summary>Queue triggers: one function for each kind of parameter. The setting ProbeQueue names the queue.</summary>
public sealed class QueueFunctions(IConfiguration settings)
{
    private readonly TestLine _line = new(settings);

    [Function("QueueText")]
    public Task Text([QueueTrigger("%ProbeQueue%")] string message, CancellationToken stop) => _line.SayAsync(message, stop);

    [Function("QueueOrder")]
    public Task Order([QueueTrigger("%ProbeQueue%")] Order message) => _line.SayAsync($"{message.Count} {message.Product}");

    [Function("QueueBytes")]
    public Task Bytes([QueueTrigger("%ProbeQueue%")] byte[] message) => _line.SayAsync(Convert.ToHexString(message));

    [Function("QueueBinary")]
    public Task Binary([QueueTrigger("%ProbeQueue%")] BinaryData message) => _line.SayAsync(message.ToString());

    [Function("QueueMessage")]
    public Task Message([QueueTrigger("%ProbeQueue%")] QueueMessage message) => _line.SayAsync(
        $"{message.Body} {message.DequeueCount} {message.MessageId.Length} {message.PopReceipt.Length > 0} {message.ExpiresOn > message.InsertedOn}");

    [Function("QueueMetadata")]
    public Task Metadata(
        [QueueTrigger("%ProbeQueue%")] string message, string queueTrigger, long dequeueCount, string id, string popReceipt,
        DateTimeOffset insertionTime, DateTimeOffset expirationTime, DateTimeOffset nextVisibleTime) => _line.SayAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{message} {queueTrigger} {dequeueCount} {Guid.TryParse(id, out _)} {popReceipt.Length > 0} {expirationTime - insertionTime} {nextVisibleTime > insertionTime}"));

    [Function("QueueOtherAccount")]
    public Task OtherAccount([QueueTrigger("%ProbeQueue%", Connection = "ProbeAccount")] string message) => _line.SayAsync(message);

    [Function("QueueCopied")]
    public Task Copied([QueueTrigger("%ProbeQueue%-out")] string message) => _line.SayAsync($"copied: {message}");

    /// <summary>Takes its process with it the first time.</summary>
    [Function("QueueCrash")]
    public async Task Crash([QueueTrigger("%ProbeQueue%")] string message, long dequeueCount)
    {
        if (dequeueCount == 1)
            Process.GetCurrentProcess().Kill();
        await _line.SayAsync($"{message} {dequeueCount}");
    }

    [Function("QueueDeclaredCount")]
    public Task Count([QueueTrigger("%ProbeQueue%")] string message, FunctionContext context) =>
        _line.SayAsync($"{message} {context.BindingContext.BindingData["DequeueCount"]}", context.CancellationToken);
}

/// <summary>Queue outputs; each is triggered by the setting ProbeQueue's queue.</summary>
public sealed class QueueOutputFunctions
{
    [Function("QueueCopy")]
    [QueueOutput("%ProbeQueue%-out")]
    public string Copy([QueueTrigger("%ProbeQueue%")] string message) => $"copy of {message}";

    [Function("QueueSplit")]
    [QueueOutput("%ProbeQueue%-out")]
    public string[] Split([QueueTrigger("%ProbeQueue%")] string message) => message.Split(' ');

    [Function("QueueNothing")]
    [QueueOutput("%ProbeQueue%-out")]
    public string? Nothing([QueueTrigger("%ProbeQueue%")] string message) => message == "nothing" ? null : message;

    [Function("QueueBytesOut")]
    [QueueOutput("%ProbeQueue%-out")]
    public byte[] BytesOut([QueueTrigger("%ProbeQueue%")] string message) => Encoding.UTF8.GetBytes(message);

    [Function("QueueRouted")]
    [QueueOutput("%ProbeQueue%-{product}")]
    public Order Routed([QueueTrigger("%ProbeQueue%")] Order order) => order with { Count = order.Count + 1 };

    [Function("QueueSeveral")]
    public Outputs Several([QueueTrigger("%ProbeQueue%")] string message) => new()
    {
        Orders = [new Order(message, 1), new Order(message, 2)],
        Text = message.ToUpperInvariant(),
    };

    public sealed class Outputs
    {
        [QueueOutput("%ProbeQueue%-out")]
        public IReadOnlyList<Order> Orders { get; set; } = [];

        [BlobOutput("%ProbeContainer%/out/{queueTrigger}.txt")]
        public string Text { get; set; } = "";
    }
}

/// <summary>Blob triggers: one function for each kind of parameter. The setting ProbeContainer names the container.</summary>
public sealed class BlobFunctions(IConfiguration settings)
{
    private readonly TestLine _line = new(settings);

    [Function("BlobText")]
    public Task Text([BlobTrigger("%ProbeContainer%/{name}.{ext}")] string content, string name, string ext) =>
        _line.SayAsync($"{name}|{ext}|{content}");

    [Function("BlobBytes")]
    public Task Bytes([BlobTrigger("%ProbeContainer%/{name}")] byte[] content) => _line.SayAsync(Convert.ToHexString(content));

    [Function("BlobOrder")]
    public Task Order([BlobTrigger("%ProbeContainer%/{name}.json")] Order order) => _line.SayAsync($"{order.Count} {order.Product}");

    [Function("BlobStream")]
    public async Task Stream([BlobTrigger("%ProbeContainer%/in/{name}")] Stream content, string name, FunctionContext context)
    {
        using var reader = new StreamReader(content);
        await _line.SayAsync($"{name} {context.BindingContext.BindingData["BlobTrigger"]} {await reader.ReadToEndAsync()}");
    }

    [Function("BlobClient")]
    public async Task Client([BlobTrigger("%ProbeContainer%/{name}")] BlobClient client, Uri uri, string name)
    {
        var content = await client.DownloadContentAsync();
        await _line.SayAsync($"{client.Name} {name} {uri == client.Uri} {content.Value.Content}");
    }

    [Function("BlobEvents")]
    public Task Events([BlobTrigger("%ProbeContainer%/{name}", Source = BlobTriggerSource.EventGrid)] string content, string name) =>
        _line.SayAsync($"{name} {content}");
}

/// <summary>Blob inputs and outputs of queue-triggered functions; the message is the blob's name.</summary>
public sealed class BlobBindingFunctions(IConfiguration settings)
{
    private readonly TestLine _line = new(settings);

    [Function("BlobReadText")]
    public Task ReadText([QueueTrigger("%ProbeQueue%")] string message, [BlobInput("%ProbeContainer%/{queueTrigger}")] string? content) =>
        _line.SayAsync($"{message}: {content ?? "nothing"}");

    [Function("BlobReadBytes")]
    public Task ReadBytes([QueueTrigger("%ProbeQueue%")] string message, [BlobInput("%ProbeContainer%/{queueTrigger}")] byte[] content) =>
        _line.SayAsync($"{message}: {Convert.ToHexString(content)}");

    [Function("BlobReadClient")]
    public async Task ReadClient(
        [QueueTrigger("%ProbeQueue%")] Order order, [BlobInput("%ProbeContainer%/{Product}.txt")] BlobClient client,
        [BlobInput("%ProbeContainer%")] BlobContainerClient container) =>
        await _line.SayAsync($"{container.Name == client.BlobContainerName} {client.Name} {(await client.DownloadContentAsync()).Value.Content}");

    [Function("BlobReadAll")]
    public Task ReadAll(
        [QueueTrigger("%ProbeQueue%")] string message, [BlobInput("%ProbeContainer%")] IEnumerable<BlobClient> blobs,
        [BlobInput("%ProbeContainer%")] string[] contents) =>
        _line.SayAsync($"{message}: {string.Join(',', blobs.Select(blob => blob.Name))} {string.Join(',', contents)}");

    [Function("BlobWriteText")]
    [BlobOutput("%ProbeContainer%/{queueTrigger}.txt")]
    public string WriteText([QueueTrigger("%ProbeQueue%")] string message) => $"text of {message}";

    [Function("BlobWriteBytes")]
    [BlobOutput("%ProbeContainer%/{queueTrigger}.txt")]
    public byte[] WriteBytes([QueueTrigger("%ProbeQueue%")] string message) => Encoding.UTF8.GetBytes($"bytes of {message}");

    [Function("BlobWriteOrder")]
    [BlobOutput("%ProbeContainer%/{queueTrigger}.txt")]
    public Order WriteOrder([QueueTrigger("%ProbeQueue%")] string message) => new(message, 3);
}
