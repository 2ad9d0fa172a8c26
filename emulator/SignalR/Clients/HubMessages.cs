using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace Tasklane.Emulator.SignalR;

/// <summary>A value that has already been written as JSON.</summary>
internal sealed record RawJson(ReadOnlyMemory<byte> Utf8)
{
    /// <param name="json">JSON text; null stands for JSON's null.</param>
    public static RawJson Of(string? json) => new(Encoding.UTF8.GetBytes(json ?? "null"));

    public static RawJson Of(JsonElement json) => new(JsonMarshal.GetRawUtf8Value(json).ToArray());
}

/// <summary>
/// Messages to clients in the JSON hub protocol, each written once however many connections it goes to. Arguments
/// arrive as JSON: what they look like is decided by the worker's serializer, not by the protocol's.
/// </summary>
internal static class HubMessages
{
    private static readonly JsonHubProtocol Protocol = new(Options.Create(new JsonHubProtocolOptions
    {
        PayloadSerializerOptions = new JsonSerializerOptions { Converters = { new RawJsonConverter() } },
    }));

    public static ReadOnlyMemory<byte> Ping { get; } = Protocol.GetMessageBytes(PingMessage.Instance);

    public static string ProtocolName => Protocol.Name;

    public static bool IsVersionSupported(int version) => Protocol.IsVersionSupported(version);

    public static ReadOnlyMemory<byte> Invocation(string target, RawJson[] arguments) =>
        Protocol.GetMessageBytes(new InvocationMessage(target, arguments));

    /// <param name="result">Null for a function without a result: the client gets null.</param>
    public static ReadOnlyMemory<byte> Result(string invocationId, RawJson? result) =>
        Protocol.GetMessageBytes(CompletionMessage.WithResult(invocationId, result));

    public static ReadOnlyMemory<byte> Error(string invocationId, string error) =>
        Protocol.GetMessageBytes(CompletionMessage.WithError(invocationId, error));

    public static ReadOnlyMemory<byte> Close(string? error, bool allowReconnect) =>
        Protocol.GetMessageBytes(new CloseMessage(error, allowReconnect));

    private sealed class RawJsonConverter : JsonConverter<RawJson>
    {
        public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException("Messages from clients are read by ClientMessage.");

        public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
    }
}
