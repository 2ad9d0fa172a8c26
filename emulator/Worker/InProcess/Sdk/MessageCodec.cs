using Google.Protobuf;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.InProcess.Sdk;

/// <summary>The SDK's messages and this host's are two sets of classes for one protocol; this turns one into the other.</summary>
internal sealed class MessageCodec(Type sdkMessage, MessageParser parser)
{
    public Type SdkMessage => sdkMessage;

    public object ToSdk(StreamingMessage message) => parser.ParseFrom(message.ToByteArray());

    public static StreamingMessage ToHost(IMessage message) => StreamingMessage.Parser.ParseFrom(message.ToByteArray());
}
