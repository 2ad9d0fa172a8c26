using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;

namespace Tasklane.Emulator.Durable.Rpc;

/// <summary>
/// A gRPC client's way to a service in the same process: a call is a call of the service's method. Requests and answers are handed over
/// as they are; neither side changes them afterwards.
/// </summary>
internal sealed class InProcessCallInvoker(object service) : CallInvoker
{
    /// <summary>A deadline further off than this is none: timers go no further.</summary>
    private static readonly TimeSpan _longestTimer = TimeSpan.FromDays(49);

    private readonly ConcurrentDictionary<string, Delegate> _methods = new();

    public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new Call(options);
        return new AsyncUnaryCall<TResponse>(
            RunAsync(method, request, call), Task.FromResult(Metadata.Empty), () => Status.DefaultSuccess, () => Metadata.Empty, static () => { });
    }

    public override TResponse BlockingUnaryCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
        AsyncUnaryCall(method, host, options, request).GetAwaiter().GetResult();

    public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
    {
        var call = new Call(options, streams: true);
        var stream = new Stream<TResponse>();
        _ = FeedAsync(method, request, stream, call);
        return new AsyncServerStreamingCall<TResponse>(
            stream, Task.FromResult(Metadata.Empty), () => Status.DefaultSuccess, () => Metadata.Empty, call.Cancel);
    }

    public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => throw Unknown(method.Name);

    public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
        Method<TRequest, TResponse> method, string? host, CallOptions options) => throw Unknown(method.Name);

    private async Task<TResponse> RunAsync<TRequest, TResponse>(Method<TRequest, TResponse> method, TRequest request, Call call)
    {
        var run = (Func<TRequest, ServerCallContext, Task<TResponse>>)_methods.GetOrAdd(
            method.Name, static (name, service) => Bind<Func<TRequest, ServerCallContext, Task<TResponse>>>(service, name), service);
        try
        {
            return await run(request, call);
        }
        catch (Exception e)
        {
            throw Translate(e, call);
        }
        finally
        {
            call.Dispose();
        }
    }

    private async Task FeedAsync<TRequest, TResponse>(Method<TRequest, TResponse> method, TRequest request, Stream<TResponse> stream, Call call)
    {
        try
        {
            var run = (Func<TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>)_methods.GetOrAdd(
                method.Name,
                static (name, service) => Bind<Func<TRequest, IServerStreamWriter<TResponse>, ServerCallContext, Task>>(service, name),
                service);
            await run(request, stream, call);
            stream.End(null);
        }
        catch (Exception e)
        {
            stream.End(Translate(e, call));
        }
        finally
        {
            call.Dispose();
        }
    }

    private static TDelegate Bind<TDelegate>(object service, string name)
        where TDelegate : Delegate
    {
        var types = typeof(TDelegate).GetGenericArguments();
        var method = service.GetType().GetMethod(name, types[..^1]) ?? throw Unknown(name);
        return method.CreateDelegate<TDelegate>(service);
    }

    private static RpcException Translate(Exception error, Call call) => error switch
    {
        RpcException known => known,
        OperationCanceledException when call.IsOverdue => new RpcException(new Status(StatusCode.DeadlineExceeded, "The deadline has passed.")),
        OperationCanceledException => new RpcException(new Status(StatusCode.Cancelled, "Call canceled by the client.")),
        _ => new RpcException(new Status(StatusCode.Unknown, error.Message)),
    };

    private static RpcException Unknown(string method) => new(new Status(StatusCode.Unimplemented, $"There is no {method} here."));

    private sealed class Call : ServerCallContext, IDisposable
    {
        private readonly CallOptions _options;
        private readonly CancellationTokenSource? _source;
        private bool _cancelled;

        public Call(CallOptions options, bool streams = false)
        {
            _options = options;
            var left = options.Deadline is { } at && at != DateTime.MaxValue
                ? at.ToUniversalTime() - TimeProvider.System.GetUtcNow().UtcDateTime
                : TimeSpan.MaxValue;
            if (left >= _longestTimer && !streams)
                return;
            _source = CancellationTokenSource.CreateLinkedTokenSource(options.CancellationToken);
            if (left < _longestTimer)
                _source.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }

        public bool IsOverdue =>
            _source is { IsCancellationRequested: true } && !_cancelled && !_options.CancellationToken.IsCancellationRequested;

        protected override string MethodCore => "";

        protected override string HostCore => "";

        protected override string PeerCore => "in-process";

        protected override DateTime DeadlineCore => _options.Deadline ?? DateTime.MaxValue;

        protected override Metadata RequestHeadersCore => _options.Headers ?? Metadata.Empty;

        protected override CancellationToken CancellationTokenCore => _source?.Token ?? _options.CancellationToken;

        protected override Metadata ResponseTrailersCore => Metadata.Empty;

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore => new(null, []);

        /// <summary>The client reads no further.</summary>
        public void Cancel()
        {
            try
            {
                _cancelled = true;
                _source?.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // The call has ended.
            }
        }

        public void Dispose() => _source?.Dispose();

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
            throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
    }

    private sealed class Stream<T> : IAsyncStreamReader<T>, IServerStreamWriter<T>
    {
        private readonly Channel<T> _items = Channel.CreateBounded<T>(64);
        private T _current = default!;

        public T Current => _current;

        public WriteOptions? WriteOptions { get; set; }

        public async Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            while (await _items.Reader.WaitToReadAsync(cancellationToken))
            {
                if (_items.Reader.TryRead(out _current!))
                    return true;
            }

            return false;
        }

        public Task WriteAsync(T message) => WriteAsync(message, CancellationToken.None);

        // Without it the interface refuses every token that can be cancelled.
        public Task WriteAsync(T message, CancellationToken cancellationToken) => _items.Writer.WriteAsync(message, cancellationToken).AsTask();

        public void End(Exception? error) => _items.Writer.TryComplete(error);
    }
}
