using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Protocol;

namespace Tasklane.Emulator.SignalR;

/// <summary>
/// A message from a client in the JSON hub protocol. The protocol's own reader must know the number of arguments
/// beforehand; a function may take however many come, so this one keeps them as they are.
/// </summary>
internal sealed record ClientMessage(int Type, string? InvocationId, string Target, JsonElement[] Arguments)
{
    private const byte Separator = 0x1e;

    /// <summary>Takes the next whole message off the buffer; false when there is none yet.</summary>
    /// <exception cref="InvalidDataException">The message is not one of the protocol, or too large.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int maxBytes, out ClientMessage message)
    {
        message = null!;
        var end = buffer.PositionOf(Separator);
        var json = end is null ? buffer : buffer.Slice(0, end.Value);
        if (json.Length > maxBytes)
            throw new InvalidDataException($"The maximum message size of {maxBytes}B was exceeded.");
        if (end is null)
            return false;
        message = Read(json);
        buffer = buffer.Slice(buffer.GetPosition(1, end.Value));
        return true;
    }

    private static ClientMessage Read(in ReadOnlySequence<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            var type = root.GetProperty("type").GetInt32();
            if (type is not (HubProtocolConstants.InvocationMessageType or HubProtocolConstants.StreamInvocationMessageType))
                return new ClientMessage(type, null, "", []);
            // The document's memory goes back to the pool; the arguments outlive it.
            var arguments = root.GetProperty("arguments").EnumerateArray().Select(a => a.Clone()).ToArray();
            var id = root.TryGetProperty("invocationId", out var value) ? value.GetString() : null;
            var target = root.GetProperty("target").GetString()
                ?? throw new InvalidDataException("An invocation without a target.");
            return new ClientMessage(type, id, target, arguments);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException("Error reading JSON.", e);
        }
    }
}
