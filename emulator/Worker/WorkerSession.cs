using System.Collections.Concurrent;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker;

/// <summary>
/// The host's side of the protocol with one worker, whatever the transport: start, metadata, load, invoke, cancel, logs,
/// terminate.
/// </summary>
internal sealed class WorkerSession : IAsyncDisposable
{
    /// <summary>What workers are told; extensions look at its major version.</summary>
    public const string HostVersion = "4.1041.0";

    /// <summary>What an invocation outside of any trace brings: the SDK wants one always.</summary>
    public static readonly RpcTraceContext NoTrace = new();

    /// <summary>How long a function that was told to stop because its time was up may still answer.</summary>
    private static readonly TimeSpan _cancelGrace = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);

    private readonly IWorkerTransport _transport;
    private readonly string _appDirectory;
    private readonly string _scriptDirectory;
    private readonly WorkerLogs _logs;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<StreamingMessage>> _questions = new();
    private readonly ConcurrentDictionary<string, OpenInvocation> _invocations = new();
    private readonly TaskCompletionSource _streaming = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One timer that looks at what is open, instead of one for each of tens of thousands a second.
    private readonly ITimer _overdue;
    private long _questionId;
    private string? _lost;

    public WorkerSession(IWorkerTransport transport, HostedApp app, WorkerMode mode, WorkerLogs logs)
    {
        _transport = transport;
        _appDirectory = app.Directory;
        _scriptDirectory = mode == WorkerMode.InProcess ? app.ScriptDirectory : app.Directory;
        _logs = logs;
        _overdue = TimeProvider.System.CreateTimer(static session => ((WorkerSession)session!).LookForOverdue(), this, _look, _look);
        _ = FailWhatIsOpenAsync();
    }

    /// <summary>What the worker says it can do, by name: `HttpUri`, `HandlesInvocationCancelMessage`, ...</summary>
    public IReadOnlyDictionary<string, string> Capabilities { get; private set; } = new Dictionary<string, string>();

    /// <summary>The functions of the app, as the worker describes them.</summary>
    public IReadOnlyList<RpcFunctionMetadata> Functions { get; private set; } = [];

    public IWorkerTransport Transport => _transport;

    /// <summary>Starts the worker and asks for its functions.</summary>
    /// <exception cref="WorkerStartException">The worker did not start, or could not say what functions it has.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _transport.StartAsync(Receive, cancellationToken);
        await _streaming.Task.WaitAsync(cancellationToken);

        var hello = await AskAsync(new StreamingMessage
        {
            WorkerInitRequest = new WorkerInitRequest
            {
                HostVersion = HostVersion,
                WorkerDirectory = _appDirectory,
                FunctionAppDirectory = _appDirectory,
                Capabilities = { ["RpcHttpTriggerMetadataRemoved"] = "true" },
            },
        }, cancellationToken);
        Refuse(hello.WorkerInitResponse.Result, "The worker refused to start");
        Capabilities = new Dictionary<string, string>(hello.WorkerInitResponse.Capabilities);

        var metadata = await AskAsync(new StreamingMessage
        {
            FunctionsMetadataRequest = new FunctionsMetadataRequest { FunctionAppDirectory = _appDirectory },
        }, cancellationToken);
        Refuse(metadata.FunctionMetadataResponse.Result, "The worker could not list its functions");
        Functions = metadata.FunctionMetadataResponse.FunctionMetadataResults;
    }

    /// <summary>Has the worker load a function.</summary>
    /// <returns>Why it could not; null when it is loaded.</returns>
    public async Task<string?> LoadAsync(RpcFunctionMetadata function, CancellationToken cancellationToken)
    {
        // The script file is taken from the process's own folder unless it is absolute, which is another app's in a test's process.
        var metadata = function.Clone();
        metadata.ScriptFile = Path.Combine(_scriptDirectory, function.ScriptFile);
        var answer = await AskAsync(new StreamingMessage
        {
            FunctionLoadRequest = new FunctionLoadRequest { FunctionId = function.FunctionId, Metadata = metadata },
        }, cancellationToken);
        var result = answer.FunctionLoadResponse.Result;
        return result.Status == StatusResult.Types.Status.Success ? null : result.Exception?.Message ?? "The worker gave no reason.";
    }

    /// <summary>
    /// Runs a function in the worker. When the token fires, or the time is up, the worker is told; the answer is still waited for, as a
    /// function may finish all the same, but after its time no longer than <see cref="_cancelGrace"/>.
    /// </summary>
    /// <param name="request">What to run.</param>
    /// <param name="limit">The time it may take; null for any. Looked at every <see cref="_look"/>, by the machine's clock.</param>
    /// <param name="cancellationToken">Asks the function to stop.</param>
    /// <exception cref="WorkerLostException">The worker went away meanwhile.</exception>
    /// <exception cref="TimeoutException">It took longer than its time.</exception>
    public Task<InvocationResponse> InvokeAsync(InvocationRequest request, TimeSpan? limit, CancellationToken cancellationToken)
    {
        request.TraceContext ??= NoTrace;
        var open = new OpenInvocation(this, request.InvocationId, limit);
        _invocations[request.InvocationId] = open;
        if (_lost is { } lost)
        {
            _invocations.TryRemove(request.InvocationId, out _);
            throw new WorkerLostException(lost);
        }

        _transport.Send(new StreamingMessage { RequestId = request.InvocationId, InvocationRequest = request });
        open.StopOn(cancellationToken);
        return open.Task;
    }

    /// <summary>Asks the function of an invocation to stop.</summary>
    public void Cancel(string invocationId)
    {
        if (_invocations.ContainsKey(invocationId))
            _transport.Send(new StreamingMessage { InvocationCancel = new InvocationCancel { InvocationId = invocationId } });
    }

    /// <summary>Asks the worker to end; what it runs may use the grace period.</summary>
    public void Terminate(TimeSpan grace) => _transport.Send(new StreamingMessage
    {
        WorkerTerminate = new WorkerTerminate { GracePeriod = Duration.FromTimeSpan(grace) },
    });

    public ValueTask DisposeAsync()
    {
        _overdue.Dispose();
        return _transport.DisposeAsync();
    }

    private void Receive(StreamingMessage message)
    {
        switch (message.ContentCase)
        {
            case StreamingMessage.ContentOneofCase.InvocationResponse:
                if (_invocations.TryRemove(message.InvocationResponse.InvocationId, out var invocation))
                    invocation.Answer(message.InvocationResponse);
                break;
            case StreamingMessage.ContentOneofCase.RpcLog:
                _logs.Write(message.RpcLog);
                break;
            case StreamingMessage.ContentOneofCase.StartStream:
                _streaming.TrySetResult();
                break;
            default:
                if (_questions.TryRemove(message.RequestId, out var question))
                    question.TrySetResult(message);
                break;
        }
    }

    private async Task<StreamingMessage> AskAsync(StreamingMessage message, CancellationToken cancellationToken)
    {
        message.RequestId = Interlocked.Increment(ref _questionId).ToString(CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<StreamingMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _questions[message.RequestId] = answer;
        if (_lost is { } lost)
            throw new WorkerStartException(lost);
        _transport.Send(message);
        return await answer.Task.WaitAsync(cancellationToken);
    }

    private async Task FailWhatIsOpenAsync()
    {
        _lost = await _transport.Ended ?? "The worker has ended.";
        _streaming.TrySetException(new WorkerStartException(_lost));
        foreach (var (id, question) in _questions)
        {
            if (_questions.TryRemove(id, out _))
                question.TrySetException(new WorkerStartException(_lost));
        }

        foreach (var (id, invocation) in _invocations)
        {
            if (_invocations.TryRemove(id, out _))
                invocation.Fail(new WorkerLostException(_lost));
        }
    }

    private void LookForOverdue()
    {
        foreach (var (id, open) in _invocations)
        {
            if (open.IsOver(_cancelGrace))
            {
                if (_invocations.TryRemove(id, out _))
                    open.GiveUp();
            }
            else if (open.IsNewlyOverdue())
            {
                Cancel(id);
            }
        }
    }

    private static void Refuse(StatusResult? result, string what)
    {
        if (result is { Status: not StatusResult.Types.Status.Success })
            throw new WorkerStartException($"{what}: {result.Exception?.Message ?? "no reason given"}");
    }
}
