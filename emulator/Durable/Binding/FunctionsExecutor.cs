using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using Google.Protobuf;
using Tasklane.Emulator.Durable.Orchestration;
using Tasklane.Emulator.Worker;
using Tasklane.Emulator.Worker.Functions;
using Tasklane.Emulator.Worker.Protocol;
using P = Microsoft.DurableTask.Protobuf;

namespace Tasklane.Emulator.Durable.Binding;

/// <summary>Runs orchestrators, activities and entities that are functions of the app.</summary>
internal sealed class FunctionsExecutor(FunctionInvoker invoker, HttpActivity http) : IDurableExecutor
{
    private static readonly JsonSerializerOptions _relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ConcurrentDictionary<string, HostFunction>[] _functions =
    [
        new(StringComparer.OrdinalIgnoreCase), new(StringComparer.OrdinalIgnoreCase), new(StringComparer.OrdinalIgnoreCase),
    ];

    /// <summary>Which versions of orchestrations are run; read from host.json when the engine starts.</summary>
    public VersionRule? Versions { get; set; }

    /// <summary>Whether the app has orchestrators at all.</summary>
    public bool HasOrchestrators => !_functions[(int)DurableKind.Orchestrator].IsEmpty;

    public void Add(DurableKind kind, string name, HostFunction function) => _functions[(int)kind][name] = function;

    public bool Has(DurableKind kind, string name) =>
        _functions[(int)kind].ContainsKey(name) || (kind == DurableKind.Activity && HttpActivity.IsNamed(name));

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<P.OrchestratorResponse> RunTurnAsync(OrchestratorTurn turn, CancellationToken cancellation)
    {
        if (Versions?.Refuse(turn) is { } refusal)
            return refusal;
        var function = _functions[(int)DurableKind.Orchestrator][turn.Name];
        var response = await InvokeAsync(
            new Invocation(function) { TriggerData = new TypedData { String = Convert.ToBase64String(turn.Encoded.Span) }, Trace = TraceOf(turn.Trace) }, cancellation);
        return Parsed(P.OrchestratorResponse.Parser, response.ReturnValue.String);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<P.ActivityResponse> RunActivityAsync(P.ActivityRequest request, CancellationToken cancellation)
    {
        if (HttpActivity.IsNamed(request.Name))
            return await http.RunAsync(request, cancellation);
        var function = _functions[(int)DurableKind.Activity][request.Name];
        var invocation = new Invocation(function)
        {
            TriggerData = new TypedData { String = Unwrapped(request.Input) },
            Trace = TraceOf(request.ParentTraceContext),
        };
        invocation.TriggerMetadata["instanceId"] = new TypedData { String = request.OrchestrationInstance.InstanceId };
        var answer = new P.ActivityResponse { InstanceId = request.OrchestrationInstance.InstanceId, TaskId = request.TaskId };
        try
        {
            var response = await InvokeAsync(invocation, cancellation);
            answer.Result = Json(response.ReturnValue);
        }
        catch (DurableFailureException e)
        {
            answer.FailureDetails = e.Failure;
        }

        return answer;
    }

    public async ValueTask<P.EntityBatchResult> RunEntityBatchAsync(P.EntityBatchRequest request, CancellationToken cancellation)
    {
        var name = request.InstanceId[1..request.InstanceId.IndexOf('@', 1)];
        var function = _functions[(int)DurableKind.Entity][name];
        var response = await InvokeAsync(
            new Invocation(function) { TriggerData = new TypedData { String = Convert.ToBase64String(request.ToByteArray()) } }, cancellation);
        return Parsed(P.EntityBatchResult.Parser, response.ReturnValue.String);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<InvocationResponse> InvokeAsync(Invocation invocation, CancellationToken cancellation)
    {
        try
        {
            return await invoker.InvokeAsync(invocation, cancellation);
        }
        catch (WorkerLostException e)
        {
            throw new WorkAbandonedException(e.Message);
        }
        catch (FunctionFailedException e) when (e.IsCancelled && cancellation.IsCancellationRequested)
        {
            throw new WorkAbandonedException(e.Message);
        }
        catch (FunctionFailedException e)
        {
            throw new DurableFailureException(FailureOf(e));
        }
    }

    private static RpcTraceContext? TraceOf(P.TraceContext? trace) =>
        trace is null ? null : new RpcTraceContext { TraceParent = trace.TraceParent, TraceState = trace.TraceState ?? "" };

    /// <summary>The worker puts an activity's failure into its message, as JSON; other failures are sentences.</summary>
    private static P.TaskFailureDetails FailureOf(FunctionFailedException e)
    {
        if (e.WorkerMessage.StartsWith('{'))
        {
            try
            {
                return P.TaskFailureDetails.Parser.ParseJson(e.WorkerMessage);
            }
            catch (Exception unreadable) when (unreadable is InvalidProtocolBufferException or InvalidJsonException)
            {
                // A message that begins with a brace by itself.
            }
        }

        return new P.TaskFailureDetails { ErrorType = e.Type, ErrorMessage = e.WorkerMessage, StackTrace = e.WorkerStack };
    }

    private static TMessage Parsed<TMessage>(MessageParser<TMessage> parser, string base64)
        where TMessage : IMessage<TMessage>
    {
        var bytes = ArrayPool<byte>.Shared.Rent((base64.Length / 4 * 3) + 3);
        try
        {
            return Convert.TryFromBase64String(base64, bytes, out var length)
                ? parser.ParseFrom(bytes.AsSpan(0, length))
                : throw new FormatException("The worker's answer is not base64.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    // An activity's argument is a JSON array of one; its trigger takes what is in it.
    private static string Unwrapped(string? input) => input is ['[', .., ']'] ? input[1..^1] : input ?? "";

    private static string? Json(TypedData? value) => value?.DataCase switch
    {
        TypedData.DataOneofCase.String => JsonSerializer.Serialize(value.String, _relaxed),
        TypedData.DataOneofCase.Json => value.Json,
        TypedData.DataOneofCase.Bytes => JsonSerializer.Serialize(value.Bytes.ToBase64(), _relaxed),
        TypedData.DataOneofCase.Int => value.Int.ToString(CultureInfo.InvariantCulture),
        TypedData.DataOneofCase.Double => value.Double.ToString("R", CultureInfo.InvariantCulture),
        _ => null,
    };
}
