using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Tasklane.Emulator.Worker.Protocol;
using Yarp.ReverseProxy.Forwarder;

namespace Tasklane.Emulator.Worker.OwnProcess;

/// <summary>Runs the app in a process of its own: messages over gRPC, HTTP requests forwarded to the worker's own server.</summary>
internal sealed class ProcessTransport(HostEnvironment environment, WorkerStreams streams, IHttpForwarder forwarder) : IWorkerTransport
{
    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan _listenPoll = TimeSpan.FromMilliseconds(20);

    // The function's own time-out decides; the forwarder's would end a function that says nothing for 100 s.
    private static readonly ForwarderRequestConfig _forwarding = new() { ActivityTimeout = TimeSpan.FromDays(1) };

    private readonly string _workerId = Guid.NewGuid().ToString();
    private readonly TaskCompletionSource<string?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        ActivityHeadersPropagator = null,

        // As Kestrel reads them: names of people need not be ASCII.
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
    });
    private WorkerStream? _stream;
    private Process? _process;
    private string? _httpUri;

    public Task<string?> Ended => _ended.Task;

    /// <summary>The worker's process id.</summary>
    public int? ProcessId => _process?.Id;

    public async Task StartAsync(Action<StreamingMessage> receive, CancellationToken cancellationToken)
    {
        _stream = new WorkerStream(
            message =>
            {
                if (message.ContentCase == StreamingMessage.ContentOneofCase.StartStream)
                    _opened.TrySetResult();
                if (message.ContentCase == StreamingMessage.ContentOneofCase.WorkerInitResponse)
                    _httpUri = message.WorkerInitResponse.Capabilities.GetValueOrDefault("HttpUri");
                receive(message);
            },
            () => _ = EndAsync());
        streams.Expect(_workerId, _stream);
        _process = await WorkerProcess.StartAsync(StartInfo(), code => _ended.TrySetResult($"The worker's process has ended with code {code}."));
        var first = await Task.WhenAny(_opened.Task, _ended.Task, Task.Delay(_startLimit, TimeProvider.System, cancellationToken));
        if (first == _ended.Task)
            throw new WorkerStartException(await _ended.Task ?? "The worker has ended.");
        if (first != _opened.Task)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new WorkerStartException($"The worker did not connect within {_startLimit.TotalSeconds} s.");
        }
    }

    public async Task LoadedAsync(bool takesHttp, CancellationToken cancellationToken)
    {
        // The worker names its server's address before the server listens; a request that came first would be refused.
        if (takesHttp && Uri.TryCreate(_httpUri, UriKind.Absolute, out var server))
            await ListensAsync(server, cancellationToken);
    }

    public void Send(StreamingMessage message) => _stream?.Send(message);

    public async Task ForwardAsync(HttpContext http)
    {
        if (_httpUri is not { } destination)
            throw new InvalidOperationException("The worker takes no HTTP requests.");
        var error = await forwarder.SendAsync(http, destination, _client, _forwarding, HttpTransformer.Empty);
        if (error is ForwarderError.None || http.RequestAborted.IsCancellationRequested)
            return;
        throw new ForwardFailedException(
            http.Response.HasStarted ? StatusCodes.Status502BadGateway : http.Response.StatusCode, http.GetForwarderErrorFeature()?.Exception);
    }

    public async Task StopAsync(TimeSpan grace)
    {
        Send(new StreamingMessage { WorkerTerminate = new WorkerTerminate() });
        if (await Task.WhenAny(_ended.Task, Task.Delay(grace, TimeProvider.System)) != _ended.Task)
            Kill();
        await _ended.Task;
    }

    public ValueTask DisposeAsync()
    {
        streams.Forget(_workerId);
        Kill();
        _client.Dispose();
        _process?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ListensAsync(Uri server, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_startLimit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        while (!_ended.Task.IsCompleted)
        {
            try
            {
                using var attempt = new TcpClient();
                await attempt.ConnectAsync(server.Host, server.Port, either.Token);
                return;
            }
            catch (SocketException)
            {
                await Task.WhenAny(_ended.Task, Task.Delay(_listenPoll, TimeProvider.System, either.Token));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new WorkerStartException($"The worker's server at {server} did not listen within {_startLimit.TotalSeconds} s.");
            }
        }
    }

    private ProcessStartInfo StartInfo()
    {
        var start = WorkerProcess.Command("dotnet");
        start.WorkingDirectory = environment.App.Directory;
        start.ArgumentList.Add(environment.App.Path);
        foreach (var argument in environment.Args)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in new (string, string)[]
        {
            ("--functions-uri", environment.RpcAddress!.AbsoluteUri),
            ("--functions-worker-id", _workerId),
            ("--functions-request-id", Guid.NewGuid().ToString()),
            ("--functions-grpc-max-message-length", int.MaxValue.ToString(CultureInfo.InvariantCulture)),
        })
        {
            start.ArgumentList.Add(name);
            start.ArgumentList.Add(value);
        }

        foreach (var (name, level) in environment.HostJson.WorkerLogLevels)
            start.Environment.TryAdd(name.Replace(":", "__", StringComparison.Ordinal), level);
        foreach (var (name, value) in environment.Settings)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = environment.App.Directory;
        start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = environment.App.Directory;
        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        start.Environment.TryAdd("AZURE_FUNCTIONS_ENVIRONMENT", "Development");
        return start;
    }

    // A stream that ends while its process lives on (a message over a limit does that) would leave every later call hanging.
    private async Task EndAsync()
    {
        if (await Task.WhenAny(_ended.Task, Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System)) != _ended.Task)
        {
            Kill();
            _ended.TrySetResult("The worker closed its stream; a message may have been larger than a limit.");
        }
    }

    private void Kill()
    {
        try
        {
            if (_process is { HasExited: false })
                _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself meanwhile.
        }
    }
}
