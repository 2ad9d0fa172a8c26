using System.Text;
using System.Text.Json;
using Azure.Storage.Queues;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Storage.Queues;

/// <summary>`queue`: writes messages; a JSON array is one message for each of its items.</summary>
internal sealed class QueueOutputs(StorageAccounts accounts, SettingNames names, HostEnvironment environment, QueueBells bells, AppQueues queues) : IOutputKind
{
    private readonly bool _isBase64 = QueueSettings.Read(environment.HostJson).IsBase64;

    public string Type => "queue";

    public OutputWriter Bind(HostFunction function, FunctionBinding binding)
    {
        var account = accounts.Get(function, binding.Text("connection"), "Queues");
        var name = BindingExpression.Parse(names.Resolve(binding.Text("queueName") ?? ""))!;
        if (name.IsConstant)
            queues.Writes(function, account, QueueName.Checked(names.Resolve(binding.Text("queueName") ?? "")));
        return async (value, invocation) =>
        {
            var queue = account.Queues.GetQueueClient(name.Fill(invocation).ToLowerInvariant());
            foreach (var body in Messages(value))
                await SendAsync(queue, QueueText.Encode(body, _isBase64));
            bells.Ring(queue.Uri);
            queues.Writes(function, account, queue.Name);
        };
    }

    private static IEnumerable<byte[]> Messages(TypedData value) => value.DataCase switch
    {
        TypedData.DataOneofCase.String => [Encoding.UTF8.GetBytes(value.String)],
        TypedData.DataOneofCase.Bytes => [value.Bytes.ToByteArray()],
        TypedData.DataOneofCase.Json => Items(value.Json),
        TypedData.DataOneofCase.CollectionString => value.CollectionString.String.Select(Encoding.UTF8.GetBytes),
        TypedData.DataOneofCase.CollectionBytes => value.CollectionBytes.Bytes.Select(bytes => bytes.ToByteArray()),
        _ => throw new InvalidOperationException($"A queue takes text, bytes or JSON, not {value.DataCase}."),
    };

    private static IEnumerable<byte[]> Items(string json)
    {
        var root = JsonElement.Parse(json);
        return root.ValueKind switch
        {
            JsonValueKind.Null => [],
            JsonValueKind.Array => root.EnumerateArray().Where(item => item.ValueKind != JsonValueKind.Null).Select(Body),
            _ => [Body(root)],
        };
    }

    private static byte[] Body(JsonElement item) =>
        Encoding.UTF8.GetBytes(item.ValueKind == JsonValueKind.String ? item.GetString()! : item.GetRawText());

    private static async Task SendAsync(QueueClient queue, string text)
    {
        try
        {
            await queue.SendMessageAsync(text);
        }
        catch (Exception e) when (StorageAccount.IsNotFound(e))
        {
            await queue.CreateIfNotExistsAsync();
            await queue.SendMessageAsync(text);
        }
    }
}
