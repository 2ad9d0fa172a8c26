using System.Diagnostics;
using Google.Protobuf.Collections;
using Microsoft.Extensions.Logging;
using Tasklane.Emulator.Worker.Protocol;

namespace Tasklane.Emulator.Worker.Functions;

/// <summary>Runs functions in the worker: inputs, the call with its time-out and retries, outputs, and what is logged about it.</summary>
internal sealed partial class FunctionInvoker(
    WorkerSupervisor worker, HostEnvironment environment, InvocationJournal journal, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TypedData _none = new();

    private readonly ILogger _log = loggers.CreateLogger("Function");
    private readonly TimeSpan? _timeout = environment.HostJson.FunctionTimeout;

    /// <summary>
    /// Runs a function to its end, outputs included. A retry policy of the function is followed.
    /// </summary>
    /// <returns>The worker's answer; its result is a success.</returns>
    /// <exception cref="FunctionFailedException">The function threw, timed out, or an output could not be written.</exception>
    /// <exception cref="WorkerLostException">The worker went away meanwhile.</exception>
    public Task<InvocationResponse> InvokeAsync(Invocation invocation, CancellationToken cancellationToken) => invocation.Function.Retry is { } retry
        ? InvokeWithRetriesAsync(invocation, retry, cancellationToken)
        : InvokeOnceAsync(invocation, cancellationToken);

    private async Task<InvocationResponse> InvokeWithRetriesAsync(Invocation invocation, RpcRetryOptions retry, CancellationToken cancellationToken)
    {
        var policy = new FunctionRetry(retry);
        for (var count = 0; ; count++)
        {
            invocation.Retry = new RetryContext { RetryCount = count, MaxRetryCount = retry.MaxRetryCount };
            try
            {
                return await InvokeOnceAsync(invocation, cancellationToken);
            }
            catch (FunctionFailedException) when (policy.Allows(count + 1) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(policy.DelayBefore(count + 1), time, cancellationToken);
            }
        }
    }

    private async Task<InvocationResponse> InvokeOnceAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var function = invocation.Function;
        var entry = journal.Begin(invocation);
        try
        {
            var request = new InvocationRequest
            {
                InvocationId = invocation.Id,
                FunctionId = function.Id,
                TraceContext = invocation.Trace ?? CurrentTrace(),
                RetryContext = invocation.Retry,
            };
            if (invocation.HasTriggerMetadata)
                Copy(invocation.TriggerMetadata, request.TriggerMetadata);
            request.InputData.Add(new ParameterBinding { Name = function.Trigger!.Name, Data = invocation.TriggerData ?? _none });
            foreach (var (name, read) in function.Inputs)
                request.InputData.Add(new ParameterBinding { Name = name, Data = await read(invocation) });

            var answer = worker.Session.InvokeAsync(request, _timeout, cancellationToken);
            invocation.Sent?.Invoke();
            InvocationResponse response;
            try
            {
                response = await answer;
            }
            catch (TimeoutException e)
            {
                throw new FunctionFailedException(e.GetType().FullName!, $"{e.Message} by function: Functions.{function.Name}");
            }

            if (response.Result.Status != StatusResult.Types.Status.Success)
                throw FunctionFailedException.Of(function, response.Result);
            await WriteOutputsAsync(invocation, response);
            entry.Succeeded();
            if (_log.IsEnabled(LogLevel.Debug))
                LogSucceeded(_log, function.Name, invocation.Id);
            return response;
        }
        catch (Exception e)
        {
            entry.Failed(e);
            LogFailed(_log, function.Name, invocation.Id, e.Message);
            throw;
        }
    }

    private async Task WriteOutputsAsync(Invocation invocation, InvocationResponse response)
    {
        var function = invocation.Function;
        if (function.Return is { } write && HasValue(response.ReturnValue))
            await WriteAsync(FunctionBinding.ReturnName, write, response.ReturnValue, invocation);
        foreach (var output in response.OutputData)
        {
            // A property without a binding is here too, and the response of an HTTP function: neither is an output.
            if (HasValue(output.Data) && function.Outputs.TryGetValue(output.Name, out var writer))
                await WriteAsync(output.Name, writer, output.Data, invocation);
        }
    }

    private async ValueTask WriteAsync(string name, OutputWriter write, TypedData value, Invocation invocation)
    {
        try
        {
            await write(value, invocation);
        }
        catch (Exception e) when (invocation.Http is not null)
        {
            // As in the real host: the caller has its answer already, only the log knows.
            LogOutputFailed(_log, e, name, invocation.Function.Name, invocation.Id);
        }
        catch (Exception e) when (e is not FunctionFailedException)
        {
            throw new FunctionFailedException(
                "Microsoft.Azure.WebJobs.Host.FunctionInvocationException",
                $"Error while handling parameter {name} after function returned: {e.Message}");
        }
    }

    private static bool HasValue(TypedData? data) => data is not null && data.DataCase != TypedData.DataOneofCase.None;

    private static void Copy(Dictionary<string, TypedData> from, MapField<string, TypedData> to)
    {
        foreach (var (name, value) in from)
            to[name] = value;
    }

    private static RpcTraceContext? CurrentTrace()
    {
        if (Activity.Current is not { Id: { } parent } activity)
            return null;
        return new RpcTraceContext { TraceParent = parent, TraceState = activity.TraceStateString ?? "" };
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Executed 'Functions.{Name}' (Succeeded, Id={Id})")]
    private static partial void LogSucceeded(ILogger logger, string name, string id);

    [LoggerMessage(Level = LogLevel.Error, Message = "Executed 'Functions.{Name}' (Failed, Id={Id}): {Reason}")]
    private static partial void LogFailed(ILogger logger, string name, string id, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The output '{Output}' of 'Functions.{Name}' could not be written (Id={Id})")]
    private static partial void LogOutputFailed(ILogger logger, Exception error, string output, string name, string id);
}
