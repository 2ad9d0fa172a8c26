using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Tasklane.Emulator.Testing;
using Tasklane.Emulator.Worker;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;
using Tasklane.Testbed;

namespace Tasklane.Emulator.Tests.Functions;

/// <summary>A worker that says it has the functions a test wants, also such as no compiler lets through.</summary>
internal sealed class ScriptedWorker(IReadOnlyList<RpcFunctionMetadata> functions) : IWorkerTransport
{
    private Action<StreamingMessage> _receive = static _ => { };

    /// <summary>What it answers to an invocation; null for nothing, which leaves it open.</summary>
    public Func<InvocationRequest, InvocationResponse?> Answer { get; init; } = static request => new InvocationResponse
    {
        InvocationId = request.InvocationId,
        Result = new StatusResult { Status = StatusResult.Types.Status.Success },
    };

    /// <summary>What it answers when it is told to stop an invocation, by the invocation's id; null for nothing.</summary>
    public Func<string, InvocationResponse?> Stopped { get; init; } = static _ => null;

    /// <summary>Why it cannot load a function, by name.</summary>
    public Dictionary<string, string> Refuses { get; } = [];

    public TaskCompletionSource<string?> End { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<string?> Ended => End.Task;

    public static RpcFunctionMetadata Function(string name, params string[] bindings) => new()
    {
        Name = name,
        FunctionId = Guid.NewGuid().ToString(),
        ScriptFile = "none.dll",
        EntryPoint = $"None.{name}",
        RawBindings = { bindings },
    };

    /// <summary>An HTTP function, `get` unless methods are named.</summary>
    public static RpcFunctionMetadata Http(string name, string? route, params string[] methods) => Function(
        name,
        $$"""
        {"name":"request","type":"httpTrigger","direction":"In","authLevel":"Anonymous","route":{{(route is null ? "null" : $"\"{route}\"")}},
        "methods":[{{string.Join(',', (methods.Length == 0 ? ["get"] : methods).Select(method => $"\"{method}\""))}}]}
        """,
        """{"name":"$return","type":"http","direction":"Out"}""");

    /// <summary>A host with such a worker.</summary>
    public static Task<FunctionsTestHost> StartAsync(ScriptedWorker worker, Action<FunctionsTestHostOptions>? configure = null) =>
        FunctionsTestHost.StartAsync(
            typeof(Probe.Program).Assembly,
            options =>
            {
                options.AppDirectory = BuiltApps.Output("tests/Apps/Probe");

                // Without what a test host adds to the rules of the real one: functions of unknown triggers.
                options.ConfigureHostServices = services => services.RemoveAll<TestRules>().AddSingleton<Func<IWorkerTransport>>(() => worker);
                configure?.Invoke(options);
            },
            TestContext.Current.CancellationToken);

    public Task StartAsync(Action<StreamingMessage> receive, CancellationToken cancellationToken)
    {
        _receive = receive;
        receive(new StreamingMessage { StartStream = new StartStream() });
        return Task.CompletedTask;
    }

    public Task LoadedAsync(bool takesHttp, CancellationToken cancellationToken) => Task.CompletedTask;

    public void Send(StreamingMessage message)
    {
        var success = new StatusResult { Status = StatusResult.Types.Status.Success };
        var answer = message.ContentCase switch
        {
            StreamingMessage.ContentOneofCase.WorkerInitRequest =>
                new StreamingMessage { WorkerInitResponse = new WorkerInitResponse { Result = success } },
            StreamingMessage.ContentOneofCase.FunctionsMetadataRequest =>
                new StreamingMessage { FunctionMetadataResponse = new FunctionMetadataResponse { Result = success, FunctionMetadataResults = { functions } } },
            StreamingMessage.ContentOneofCase.FunctionLoadRequest =>
                new StreamingMessage { FunctionLoadResponse = new FunctionLoadResponse { Result = Loaded(message.FunctionLoadRequest) } },
            StreamingMessage.ContentOneofCase.InvocationRequest when Answer(message.InvocationRequest) is { } response =>
                new StreamingMessage { InvocationResponse = response },
            StreamingMessage.ContentOneofCase.InvocationCancel when Stopped(message.InvocationCancel.InvocationId) is { } response =>
                new StreamingMessage { InvocationResponse = response },
            _ => null,
        };
        if (answer is null)
            return;
        answer.RequestId = message.RequestId;
        _receive(answer);
    }

    public Task ForwardAsync(HttpContext http) => throw new NotSupportedException("It takes requests as messages.");

    public Task StopAsync(TimeSpan grace)
    {
        End.TrySetResult(null);
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private StatusResult Loaded(FunctionLoadRequest request) => Refuses.TryGetValue(request.Metadata.Name, out var reason)
        ? new StatusResult { Status = StatusResult.Types.Status.Failure, Exception = new RpcException { Message = reason } }
        : new StatusResult { Status = StatusResult.Types.Status.Success };
}
