using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.OwnProcess;

/// <summary>Where worker processes connect; each names itself in its first message.</summary>
internal sealed class FunctionRpcService(WorkerStreams streams) : FunctionRpc.FunctionRpcBase
{
    public override async Task EventStream(
        IAsyncStreamReader<StreamingMessage> requestStream, IServerStreamWriter<StreamingMessage> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken)
            || requestStream.Current is not { ContentCase: StreamingMessage.ContentOneofCase.StartStream } first
            || !streams.TryTake(first.StartStream.WorkerId, out var stream))
        {
            throw new Grpc.Core.RpcException(new Status(StatusCode.InvalidArgument, "The first message is no StartStream of a worker that is expected here."));
        }

        var outgoing = Channel.CreateUnbounded<StreamingMessage>(new UnboundedChannelOptions { SingleReader = true });
        var writing = WriteAsync(outgoing.Reader, responseStream, context.CancellationToken);
        stream.Open(outgoing.Writer);
        try
        {
            do
                stream.Receive(requestStream.Current);
            while (await requestStream.MoveNext(context.CancellationToken));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or Grpc.Core.RpcException)
        {
            // The worker's process has gone, or a message was over its limits: the stream says no more than that it ended.
        }
        finally
        {
            outgoing.Writer.TryComplete();
            stream.Closed();
            await writing;
        }
    }

    private static async Task WriteAsync(
        ChannelReader<StreamingMessage> outgoing, IServerStreamWriter<StreamingMessage> responses, CancellationToken cancellation)
    {
        var buffered = new WriteOptions(WriteFlags.BufferHint);
        try
        {
            while (await outgoing.WaitToReadAsync(cancellation))
            {
                while (outgoing.TryRead(out var message))
                {
                    // Flushed only when nothing more is waiting.
                    responses.WriteOptions = outgoing.TryPeek(out _) ? buffered : null;
                    await responses.WriteAsync(message, cancellation);
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException or Grpc.Core.RpcException)
        {
            // Reading has noticed it too, and ends the stream.
        }
    }
}

/// <summary>The streams that worker processes are expected to open.</summary>
internal sealed class WorkerStreams
{
    private readonly ConcurrentDictionary<string, WorkerStream> _expected = new();

    public void Expect(string workerId, WorkerStream stream) => _expected[workerId] = stream;

    public void Forget(string workerId) => _expected.TryRemove(workerId, out _);

    public bool TryTake(string workerId, out WorkerStream stream) => _expected.TryRemove(workerId, out stream!);
}

/// <summary>One worker's stream, as its transport sees it.</summary>
internal sealed class WorkerStream(Action<StreamingMessage> receive, Action closed)
{
    private volatile ChannelWriter<StreamingMessage>? _outgoing;

    public void Open(ChannelWriter<StreamingMessage> outgoing) => _outgoing = outgoing;

    public void Receive(StreamingMessage message) => receive(message);

    public void Send(StreamingMessage message) => _outgoing?.TryWrite(message);

    public void Closed() => closed();
}
