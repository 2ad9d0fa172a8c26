using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Tasklane.Client.Following;

/// <summary>
/// SignalR's JSON protocol, but an event's arguments come as one array: a message of progress has an argument for each task, and this
/// client library binds a fixed number only.
/// </summary>
internal sealed class EventProtocol : IHubProtocol
{
    private const byte RecordSeparator = 0x1e;
    private const int Invocation = 1;

    private readonly JsonHubProtocol _json = new();

    public string Name => _json.Name;

    public int Version => _json.Version;

    public TransferFormat TransferFormat => _json.TransferFormat;

    public bool IsVersionSupported(int version) => _json.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => _json.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => _json.WriteMessage(message, output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        if (input.PositionOf(RecordSeparator) is { } end && Event(input.Slice(0, end)) is { } found)
        {
            input = input.Slice(input.GetPosition(1, end));
            message = found;
            return true;
        }
        return _json.TryParseMessage(ref input, binder, out message);
    }

    private static InvocationMessage? Event(ReadOnlySequence<byte> record)
    {
        try
        {
            using var document = JsonDocument.Parse(record);
            var root = document.RootElement;
            return root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.Number && type.GetInt32() == Invocation
                && root.TryGetProperty("target", out var target) && target.GetString() is { } name && name.StartsWith("task:", StringComparison.Ordinal)
                && root.TryGetProperty("arguments", out var arguments)
                ? new InvocationMessage(name, [arguments.Clone()])
                : null;
        }
        catch (JsonException)
        {
            return null; // what it is is said by the protocol itself
        }
    }
}
