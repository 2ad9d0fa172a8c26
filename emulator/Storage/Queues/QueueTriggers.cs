using System.Globalization;
using System.Text.Json;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Google.Protobuf;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>`queueTrigger`: a listener for each function.</summary>
internal sealed class QueueTriggers(
    StorageAccounts accounts, SettingNames names, HostEnvironment environment, FunctionInvoker invoker, AppQueues queues, QueueListenerFactory listeners)
    : ITriggerKind, IRunsOnDemand, IDisposable
{
    private static readonly TimeSpan _timeToLive = TimeSpan.FromDays(7);

    private readonly QueueSettings _settings = QueueSettings.Read(environment.HostJson);
    private readonly List<(HostFunction Function, QueueListener Listener)> _listeners = [];

    public string Type => "queueTrigger";

    public void Add(HostFunction function)
    {
        var trigger = function.Trigger!;
        var account = accounts.Get(function, trigger.Text("connection"), "Queues");
        var name = QueueName.Checked(names.Resolve(trigger.Text("queueName") ?? ""));
        var queue = queues.Listens(function, account, name);
        var source = new QueueSource($"the trigger of 'Functions.{function.Name}'", account, queue.Queue, _ => queue.Poison, _settings);
        _listeners.Add((function, listeners.Create(source, (message, stop) => InvokeAsync(function, message.Message, message.Body, stop))));
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (function, listener) in _listeners)
        {
            if (function.Runs)
                listener.Start();
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.WhenAll(_listeners.Select(each => each.Listener.StopAsync()));

    public void Abandon()
    {
        foreach (var (_, listener) in _listeners)
            listener.Abandon();
    }

    public void Dispose() => Abandon();

    public Task RunAsync(HostFunction function, string? input, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var body = new BinaryData(input ?? "");
        var message = QueuesModelFactory.QueueMessage(
            Guid.NewGuid().ToString(), Guid.NewGuid().ToString("N"), body, dequeueCount: 1, nextVisibleOn: now, insertedOn: now, expiresOn: now + _timeToLive);
        return InvokeAsync(function, message, body.ToArray(), cancellationToken);
    }

    private Task InvokeAsync(HostFunction function, QueueMessage message, byte[] body, CancellationToken cancellationToken)
    {
        var text = QueueText.Text(body);
        var invocation = new Invocation(function) { TriggerData = Data(function.Trigger!, message, body, text) };
        var metadata = invocation.TriggerMetadata;
        metadata["QueueTrigger"] = text is null ? new TypedData { Bytes = ByteString.CopyFrom(body) } : new TypedData { String = text };
        metadata["DequeueCount"] = new TypedData { Json = message.DequeueCount.ToString(CultureInfo.InvariantCulture) };
        metadata["Id"] = new TypedData { String = message.MessageId };
        metadata["PopReceipt"] = new TypedData { String = message.PopReceipt };
        metadata["InsertionTime"] = Time(message.InsertedOn);
        metadata["ExpirationTime"] = Time(message.ExpiresOn);
        metadata["NextVisibleTime"] = Time(message.NextVisibleOn);
        return invoker.InvokeAsync(invocation, cancellationToken);
    }

    private static TypedData Data(FunctionBinding trigger, QueueMessage message, byte[] body, string? text)
    {
        if (!trigger.IsDeferred)
        {
            var wantsBytes = "Binary".Equals(trigger.Text("dataType"), StringComparison.OrdinalIgnoreCase);
            return wantsBytes || text is null ? new TypedData { Bytes = ByteString.CopyFrom(body) } : new TypedData { String = text };
        }

        var content = JsonSerializer.SerializeToUtf8Bytes(new
        {
            message.MessageId,
            message.PopReceipt,
            MessageText = text ?? System.Text.Encoding.UTF8.GetString(body),
            message.DequeueCount,
            message.InsertedOn,
            message.ExpiresOn,
            message.NextVisibleOn,
        });
        return DeferredData.Of("AzureStorageQueues", content);
    }

    private static TypedData Time(DateTimeOffset? time) => new() { Json = JsonSerializer.Serialize(time ?? DateTimeOffset.MaxValue) };
}
