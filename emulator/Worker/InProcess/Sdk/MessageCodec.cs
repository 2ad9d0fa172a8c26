using System.Linq.Expressions;
using Google.Protobuf;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.InProcess.Sdk;

/// <summary>
/// The SDK's messages and this host's are two sets of classes for one protocol; this turns one into the other: invocations and their answers
/// field by field, all else, of which there is little, as bytes.
/// </summary>
internal sealed class MessageCodec(Type sdkMessage, MessageParser parser)
{
    private volatile Func<StreamingMessage, object>? _request;
    private volatile Func<object, InvocationResponse?>? _response;

    public object ToSdk(StreamingMessage message) =>
        message.ContentCase == StreamingMessage.ContentOneofCase.InvocationRequest && _request is { } request
            ? request(message)
            : parser.ParseFrom(message.ToByteArray());

    public StreamingMessage ToHost(IMessage message) =>
        _response is { } read && read(message) is { } response
            ? new StreamingMessage { InvocationResponse = response }
            : StreamingMessage.Parser.ParseFrom(message.ToByteArray());

    /// <summary>Makes the maps of invocations. That takes longer than starting should, and until it is done bytes do as well.</summary>
    public Task PrepareAsync() => Task.Run(() =>
    {
        var from = Expression.Parameter(typeof(StreamingMessage));
        var content = sdkMessage.GetProperty(nameof(StreamingMessage.InvocationRequest))!;
        var request = Expression.Lambda<Func<StreamingMessage, object>>(
            Expression.MemberInit(
                Expression.New(sdkMessage),
                Expression.Bind(
                    sdkMessage.GetProperty(nameof(StreamingMessage.RequestId))!, Expression.Property(from, nameof(StreamingMessage.RequestId))),
                Expression.Bind(
                    content, MessageMap.Copy(Expression.Property(from, nameof(StreamingMessage.InvocationRequest)), content.PropertyType))),
            from).Compile();

        var sent = Expression.Parameter(typeof(object));
        var answer = Expression.Property(Expression.Convert(sent, sdkMessage), nameof(StreamingMessage.InvocationResponse));
        var response = Expression.Lambda<Func<object, InvocationResponse?>>(
            Expression.Condition(
                Expression.Equal(answer, Expression.Constant(null, answer.Type)),
                Expression.Constant(null, typeof(InvocationResponse)),
                MessageMap.Copy(answer, typeof(InvocationResponse))),
            sent).Compile();

        var trace = content.PropertyType.GetProperty(nameof(InvocationRequest.TraceContext))!.PropertyType;
        MessageMap.Share(WorkerSession.NoTrace, trace);

        // What every invocation has is tried here, so that none of them waits for it.
        var typical = new StreamingMessage
        {
            InvocationRequest = new InvocationRequest
            {
                InputData = { new ParameterBinding { Data = new TypedData { String = "" } } },
                TriggerMetadata = { [""] = new TypedData { String = "" } },
                TraceContext = new RpcTraceContext(),
            },
        };
        _ = request(typical);
        _ = response(parser.ParseFrom(new StreamingMessage
        {
            InvocationResponse = new InvocationResponse { Result = new StatusResult(), ReturnValue = new TypedData { String = "" } },
        }.ToByteArray()));
        _request = request;
        _response = response;
    });
}
