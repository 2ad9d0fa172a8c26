using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace Tasklane.Emulator.Functions;

/// <summary>Runs functions: middleware, method, outputs, and the lines the real host logs about it.</summary>
internal sealed partial class FunctionInvoker(WorkerPipeline pipeline)
{
    private static readonly ActivitySource Source = new("Microsoft.Azure.Functions.Worker");
    private static readonly IReadOnlyDictionary<string, object?> NoBindingData = new Dictionary<string, object?>();

    /// <summary>
    /// Runs one invocation to its end and gives what goes back to the trigger: the answer of an HTTP function, the
    /// result of an activity, null when the outputs are properties. A failure is logged and thrown.
    /// </summary>
    /// <param name="function">A function that has been loaded and is not in error.</param>
    /// <param name="triggerValue">The trigger parameter's value, or what it converts from (text, bytes, JSON).</param>
    /// <param name="bindingData">Values by name for other parameters; may be null.</param>
    /// <param name="cancellationToken">Ends the invocation; the timeout of host.json does so too.</param>
    /// <param name="http">The request, for an HTTP function.</param>
    public ValueTask<object?> InvokeAsync(
        FunctionInfo function,
        object? triggerValue,
        IReadOnlyDictionary<string, object?>? bindingData,
        CancellationToken cancellationToken,
        HttpContext? http = null)
    {
        var plan = function.Plan ?? throw new InvalidOperationException($"The '{function.Name}' function is not loaded.");
        bindingData ??= NoBindingData;
        return plan.Retry is null
            ? InvokeOnceAsync(plan, triggerValue, bindingData, InvocationRetry.None, http, cancellationToken)
            : InvokeWithRetriesAsync(plan, plan.Retry, triggerValue, bindingData, cancellationToken);
    }

    private async ValueTask<object?> InvokeWithRetriesAsync(
        FunctionPlan plan,
        FunctionRetry retry,
        object? triggerValue,
        IReadOnlyDictionary<string, object?> bindingData,
        CancellationToken cancellationToken)
    {
        for (var count = 0; ; count++)
        {
            try
            {
                return await InvokeOnceAsync(
                    plan, triggerValue, bindingData, new InvocationRetry(count, retry.MaxRetries), null, cancellationToken);
            }
            catch (Exception) when (retry.Allows(count + 1) && !cancellationToken.IsCancellationRequested)
            {
                await Task.Delay(retry.DelayBefore(count + 1), plan.Time, cancellationToken);
            }
        }
    }

    private async ValueTask<object?> InvokeOnceAsync(
        FunctionPlan plan,
        object? triggerValue,
        IReadOnlyDictionary<string, object?> bindingData,
        InvocationRetry retry,
        HttpContext? http,
        CancellationToken cancellationToken)
    {
        var name = plan.Function.Name;
        using var activity = http is null ? Source.StartActivity($"function {name}", ActivityKind.Server) : null;
        await using var context = new InvocationContext(plan, triggerValue, bindingData, http, cancellationToken) { Retry = retry };
        var started = Stopwatch.GetTimestamp();
        Executing(plan.Logger, name, context);
        try
        {
            await pipeline.RunAsync(context, plan);
            var result = await SendOutputsAsync(context, plan, http is not null);
            Succeeded(plan.Logger, name, context, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            return result;
        }
        catch (Exception e)
        {
            var error = e is OperationCanceledException && context.TimedOut
                ? new TimeoutException($"Timeout value of {plan.Timeout} was exceeded by function: Functions.{name}", e)
                : e;
            activity?.SetStatus(ActivityStatusCode.Error, error.Message);
            Failed(plan.Logger, error, name, context.InvocationId, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            if (error != e)
                throw error;
            throw;
        }
    }

    private static async ValueTask<object?> SendOutputsAsync(InvocationContext context, FunctionPlan plan, bool http)
    {
        object? answer = null;
        var slots = plan.Outputs;
        for (var i = 0; i < slots.Length; i++)
        {
            var value = slots[i].Read is null ? context.Result : context.OutputValues?[i];
            if (slots[i].Send is not { } send)
                answer = value;
            else if (value is not null)
                await SendAsync(send, slots[i], value, context, plan, http);
        }
        // Middleware may have answered in the method's place.
        return answer ?? context.Result;
    }

    private static async ValueTask SendAsync(
        Func<object?, FunctionContext, ValueTask> send,
        OutputSlot slot,
        object value,
        InvocationContext context,
        FunctionPlan plan,
        bool http)
    {
        try
        {
            await send(value, context);
        }
        catch (Exception e) when (http)
        {
            // As in the real host: the caller has its answer already, only the log knows.
            OutputFailed(plan.Logger, e, slot.Name, slot.BindingType, plan.Function.Name, context.InvocationId);
        }
    }

    private static void Executing(ILogger logger, string name, InvocationContext context)
    {
        if (logger.IsEnabled(LogLevel.Debug))
            LogExecuting(logger, name, context.InvocationId);
    }

    private static void Succeeded(ILogger logger, string name, InvocationContext context, double milliseconds)
    {
        if (logger.IsEnabled(LogLevel.Debug))
            LogSucceeded(logger, name, context.InvocationId, milliseconds);
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Executing 'Functions.{Name}' (Id={Id})")]
    private static partial void LogExecuting(ILogger logger, string name, string id);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Executed 'Functions.{Name}' (Succeeded, Id={Id}, Duration={Milliseconds:0}ms)")]
    private static partial void LogSucceeded(ILogger logger, string name, string id, double milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Executed 'Functions.{Name}' (Failed, Id={Id}, Duration={Milliseconds:0}ms)")]
    private static partial void Failed(ILogger logger, Exception error, string name, string id, double milliseconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "The output '{Slot}' ({Type}) of 'Functions.{Name}' failed (Id={Id})")]
    private static partial void OutputFailed(ILogger logger, Exception error, string slot, string type, string name, string id);
}
